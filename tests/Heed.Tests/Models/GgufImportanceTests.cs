using Heed.Formats;
using Heed.Formats.Gguf;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Formats;

namespace Heed.Tests.Models;

/// <summary>How much each input column matters.</summary>
public sealed class GgufImportanceTests
{
    [Fact]
    public void ItIsTheMeanSquareOfWhatEntersEachMatrix()
    {
        // Without blocks' attention in the way: what enters the first product is the norm of the embedding, which is easily made again.
        Transformer model = TinyModels.Random(TinyModels.Config("qwen3"));
        int[] ids = TinyModels.Tokens(20, 61, 9);
        GgufImportance importance = GgufImportance.Measure(model, ids, context: 10, begin: 1);
        float[] table = Weight("embedding.weight"), norm = Weight("blocks.0.self_norm.weight");
        double[] expected = new double[24];
        for (int i = 0; i < ids.Length; i++)
        {
            float[] x = table.AsSpan((i % 10 == 0 ? 1 : ids[i]) * 24, 24).ToArray();
            double scale = 1 / Math.Sqrt(x.Sum(v => (double)v * v) / 24 + 1e-6);
            for (int c = 0; c < 24; c++) expected[c] += Math.Pow(x[c] * scale * norm[c], 2) / ids.Length;
        }
        foreach (string name in (string[])["attn_q", "attn_k", "attn_v", "attn_qkv"])
            Assert.All(importance.Of($"blk.0.{name}.weight", 24).ToArray().Zip(expected), p => Assert.Equal(p.Second, p.First, 1e-5 * (1 + p.Second)));
        string[] known = [.. importance.Tensors];
        foreach (string name in (string[])["blk.1.attn_output.weight", "blk.1.ffn_gate.weight", "blk.1.ffn_up.weight", "blk.1.ffn_down.weight"]) Assert.Contains(name, known);
        Assert.DoesNotContain("token_embd.weight", known);

        float[] Weight(string name) => model.Weights.Single(w => w.Key == name).Value.ToArray();
    }

    [Fact]
    public void AModelInAFileGivesTheSame()
    {
        using TemporaryFolder folder = new();
        Transformer model = TinyModels.Random(TinyModels.Config("gpt2"));
        GgufModelWriter.Write(model, folder["m.gguf"]);
        int[] ids = TinyModels.Tokens(30, 61, 9);
        GgufImportance a = GgufImportance.Measure(model, ids, 15), b = GgufImportance.Measure(GgufModel.Open(folder["m.gguf"]), ids, 15);
        Assert.Equal(a.Tensors.Order(), b.Tensors.Order());
        foreach (string tensor in a.Tensors)
        {
            int columns = tensor.Contains("ffn_down", StringComparison.Ordinal) ? 97 : 24;
            Assert.All(a.Of(tensor, columns).ToArray().Zip(b.Of(tensor, columns).ToArray()), p => Assert.Equal(p.First, p.Second, 1e-4f * (1 + p.First)));
        }
    }

    [Fact]
    public void ColumnsThatMatterAreKeptMoreExactly()
    {
        using TemporaryFolder folder = new();
        TransformerConfig config = TinyModels.Config("llama", width: 64);
        Transformer model = TinyModels.Random(config with { Decoder = config.Main with { FeedForward = config.Main.FeedForward with { Width = 64 } } });
        float[] one = [.. Enumerable.Range(0, 64).Select(i => i % 8 == 0 ? 1000f : 0.001f)];
        GgufModelWriter.Write(model, folder["plain.gguf"], new() { Mix = GgufMix.Find("Q4_0") });
        GgufModelWriter.Write(model, folder["kept.gguf"], new() { Mix = GgufMix.Find("Q4_0"), Importance = new(new Dictionary<string, float[]> { ["blk.0.ffn_up.weight"] = one }) });
        Assert.True(Error("kept.gguf") < 0.7 * Error("plain.gguf"), $"{Error("kept.gguf")} {Error("plain.gguf")}");

        double Error(string name)
        {
            using GgufFile file = new(folder[name]);
            float[] stored = new float[64 * 64], own = new float[64 * 64];
            file.ReadFloats("blk.0.ffn_up.weight", stored);
            GgufModelWriter.Write(model, folder["f32.gguf"]);
            using GgufFile exact = new(folder["f32.gguf"]);
            exact.ReadFloats("blk.0.ffn_up.weight", own);
            return stored.Zip(own).Where((_, i) => i % 8 == 0).Sum(p => Math.Pow(p.First - p.Second, 2));
        }
    }

    [Fact]
    public void FilesAreWrittenAndRead()
    {
        using TemporaryFolder folder = new();
        GgufImportance importance = new(new Dictionary<string, float[]> { ["blk.0.attn_q.weight"] = [1, 2.5f, 0], ["output.weight"] = [7] });
        importance.Save(folder["i.dat"]);
        GgufImportance back = GgufImportance.Load(folder["i.dat"]);
        Assert.Equal([1, 2.5f, 0], back.Of("blk.0.attn_q.weight", 3).ToArray());
        Assert.Equal([7], back.Of("output.weight", 1).ToArray());
        Assert.True(back.Of("blk.0.attn_k.weight", 3).IsEmpty);
        Assert.Contains("another model", Assert.Throws<ArgumentException>(() => back.Of("output.weight", 2)).Message, StringComparison.Ordinal);

        GgufWriter.Write(folder["i.gguf"], [], [GgufTensor.Floats("a.weight.in_sum2", [2], new float[] { 8, 2 }), GgufTensor.Floats("a.weight.counts", [1], new float[] { 4 })]);
        Assert.Equal([2, 0.5f], GgufImportance.Load(folder["i.gguf"]).Of("a.weight", 2).ToArray());
    }

    [Fact]
    public void DamagedFilesAreRefused()
    {
        using TemporaryFolder folder = new();
        new GgufImportance(new Dictionary<string, float[]> { ["blk.0.attn_q.weight"] = [1, 2.5f, 0] }).Save(folder["i.dat"]);
        byte[] whole = File.ReadAllBytes(folder["i.dat"]);
        for (int length = 0; length < whole.Length; length++) Refused(whole[..length]);
        foreach (int at in (int[])[0, 4, 27, 31])
        {
            byte[] damaged = [.. whole];
            BitConverter.GetBytes(int.MaxValue).CopyTo(damaged, at);
            if (at != 27) Refused(damaged); // 27: the number of passes, which may be large
        }
        byte[] notFinite = [.. whole];
        BitConverter.GetBytes(float.NaN).CopyTo(notFinite, notFinite.Length - 4);
        Refused(notFinite);
        GgufWriter.Write(folder["none.gguf"], [], [GgufTensor.Floats("a.weight", [1], new float[] { 4 })]);
        Assert.Throws<WeightFormatException>(() => GgufImportance.Load(folder["none.gguf"]));

        void Refused(byte[] bytes)
        {
            File.WriteAllBytes(folder["x.dat"], bytes);
            Assert.Contains("x.dat", Assert.Throws<WeightFormatException>(() => GgufImportance.Load(folder["x.dat"])).Message, StringComparison.Ordinal);
        }
    }
}
