using Heed.Generation;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Formats;
using Heed.Tests.Models;
using Heed.Tokenization;

namespace Heed.Tests.Generation;

public sealed class ModelInspectorTests
{
    private const string Text = "the cat sat";
    private const int Vocabulary = 300; // more than the tokenizer has

    public static TheoryData<string> Decoders => [.. TinyModels.Families];

    public static TheoryData<string> Rewriters => [.. TinyRewriters.Variants];

    private static Transformer Decoder(string family) => new(TinyModels.Config(family, vocabulary: Vocabulary), seed: 5);

    private static ModelInspector Of(Transformer model) => new(model, Tokenizer.Bytes());

    [Theory]
    [MemberData(nameof(Decoders))]
    public void TheLastLayerOfTheLensIsWhatTheModelSays(string family)
    {
        Transformer model = Decoder(family);
        Inspection seen = Of(model).Inspect(Text, top: 4);
        using MemoryScope scope = new();
        AssertSays(seen.Lens!, model.Config.Main.Depth, model.Forward(Tensor.From(new Shape(1, seen.Main.Tokens.Count), [.. seen.Main.Tokens.Select(t => t.Id)])));
    }

    /// <summary>After one block the model should say what a model says that has only this block, and the same embedding, norm and head.</summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    [InlineData("gemma2")]
    public void AnEarlierLayerSaysWhatAModelOfSoManyBlocksSays(string family)
    {
        Transformer model = Decoder(family);
        Transformer shorter = new(model.Config with { Decoder = model.Config.Decoder! with { Depth = 1, WindowedBlocks = model.Config.Decoder.WindowedBlocks?.Take(1).ToArray() } }, seed: null);
        Dictionary<string, Tensor> weights = model.Weights.ToDictionary(w => w.Key, w => w.Value);
        foreach ((string name, Tensor weight) in shorter.Weights) weights[name].Span.CopyTo(weight.Span);
        Inspection seen = Of(model).Inspect(Text);
        using MemoryScope scope = new();
        AssertSays(seen.Lens!, 1, shorter.Forward(Tensor.From(new Shape(1, Text.Length), [.. seen.Main.Tokens.Select(t => t.Id)])));
    }

    [Fact]
    public void AnEncodersLensSpeaksOfThePlaceItself()
    {
        Transformer model = new(TinyEncoders.Config("bert", vocabulary: Vocabulary), seed: 5);
        Inspection seen = Of(model).Inspect(Text);
        using MemoryScope scope = new();
        AssertSays(seen.Lens!, 2, model.Forward(Tensor.From(new Shape(1, Text.Length), [.. seen.Main.Tokens.Select(t => t.Id)])));
        Assert.Null(seen.Decoder);
        Assert.Null(seen.Cross);
        Assert.Null(Of(new Transformer(TinyEncoders.Config("bert", HeadKind.Sequence, vocabulary: Vocabulary, labels: ["a", "b"]), seed: 5)).Inspect(Text).Lens);
    }

    [Theory]
    [MemberData(nameof(Rewriters))]
    public void AnEncoderDecoderIsSeenWhileItWritesItsTarget(string variant)
    {
        Transformer model = new(TinyRewriters.Config(variant, vocabulary: Vocabulary), seed: 5);
        ModelInspector inspector = Of(model);
        Inspection seen = inspector.Inspect(Text, "dog");
        int start = model.Config.DecoderStartToken ?? model.Config.BeginToken!.Value;
        Assert.Equal([start, 'd', 'o'], seen.Decoder!.Tokens.Select(t => t.Id));
        Assert.Equal("dog", string.Concat(seen.Target.Select(t => t.Text)));
        Assert.Equal((3, Text.Length), (seen.Cross!.Queries.Count, seen.Cross.Keys.Count));
        AttentionMaps apart = new AttentionReader(model, Tokenizer.Bytes()).Read(Text, "dog");
        foreach (AttentionMaps maps in (AttentionMaps[])[seen.Cross, seen.Encoder!.Attention, seen.Decoder.Attention])
            Assert.All(maps.Of(), row => Assert.Equal(1, row.Sum(), 1e-5));
        Assert.Equal(apart.Of(0, 1), seen.Cross.Of(0, 1));
        using MemoryScope scope = new();
        Tensor memory = model.Encode(Tensor.From(new Shape(1, Text.Length), [.. seen.Encoder.Tokens.Select(t => t.Id)]));
        AssertSays(seen.Lens!, model.Config.Main.Depth, model.Forward(Tensor.From(new Shape(1, 3), [start, 'd', 'o']), new ForwardOptions { Memory = memory }));
        // Without a target it is the model's own, greedy here: each of its tokens is the most probable one of its place.
        Inspection own = inspector.Inspect(Text);
        for (int i = 0; i < Math.Min(4, own.Target.Count); i++) Assert.Equal(own.Lens![model.Config.Main.Depth, i][0].Id, own.Target[i].Id);
    }

    [Fact]
    public void OneWeightIsThatOfItsMapAndTheMeanIsOfAll()
    {
        AttentionMaps maps = Of(Decoder("llama")).Inspect(Text).Main.Attention;
        for (int q = 0; q < Text.Length; q++)
            for (int k = 0; k < Text.Length; k++)
            {
                Assert.Equal(maps.Of(1, 2)[q][k], maps.Weight(1, 2, q, k));
                Assert.Equal(Enumerable.Range(0, 8).Average(i => (double)maps.Weight(i / 4, i % 4, q, k)), maps.Of()[q][k], 1e-6);
                if (k > q) Assert.Equal(0, maps.Weight(0, 0, q, k));
            }
        Assert.Throws<ArgumentOutOfRangeException>(() => maps.Weight(0, 4, 0, 0));
    }

    [Fact]
    public void NeighboursAreNearestByCosineOfAllTokens()
    {
        Transformer model = Decoder("llama");
        ModelInspector inspector = Of(model);
        Tensor table = model.Weights.Single(w => w.Key == "embedding.weight").Value;
        IReadOnlyList<IReadOnlyList<TokenNeighbour>> found = inspector.Embeddings.Neighbours(['a', 'z'], 5);
        for (int i = 0; i < 2; i++)
        {
            int id = i == 0 ? 'a' : 'z';
            (int Id, double Cosine)[] expected = [.. Enumerable.Range(0, 256).Where(other => other != id).Select(other => (other, Cosine(table.Row(id).ToArray(), table.Row(other).ToArray()))).OrderByDescending(n => n.Item2).Take(5)];
            Assert.Equal(expected.Select(n => n.Id), found[i].Select(n => n.Token.Id));
            for (int n = 0; n < 5; n++) Assert.Equal(expected[n].Cosine, found[i][n].Cosine, 1e-5);
        }
        Assert.Equal(table.Row('q').ToArray(), inspector.Embeddings.Vectors('q')[0]);
        table.Row('a').Clear(); // no direction
        inspector = Of(model);
        Assert.Empty(inspector.Embeddings.Neighbours(['a'], 3)[0]);
        Assert.DoesNotContain(inspector.Embeddings.Neighbours(['z'], 255)[0], n => n.Token.Id == 'a');
        Assert.Throws<ArgumentException>(() => inspector.Embeddings.Neighbours([256], 3));
    }

    [Fact]
    public void PlacesAreToldApartAsTheFamilyDoes()
    {
        // Rotary: place times theta^(-2 i / columns).
        IReadOnlyList<float[]> angles = Of(Decoder("llama")).Inspect(Text).Main.Places;
        for (int p = 0; p < Text.Length; p++)
            for (int i = 0; i < 3; i++) Assert.Equal(p * Math.Pow(10000, -2.0 * i / 6), angles[p][i], 1e-5);
        // Learned: rows of the table, behind BART's two.
        Transformer bart = new(TinyRewriters.Config("bart", vocabulary: Vocabulary), seed: 5);
        IReadOnlyList<float[]> learned = Of(bart).Inspect(Text, "dog").Encoder!.Places;
        Tensor table = bart.Weights.Single(w => w.Key == "encoder.positions.weight").Value;
        for (int p = 0; p < Text.Length; p++) Assert.Equal(table.Row(p + 2).ToArray(), learned[p]);
        // Sines and cosines of the paper.
        float[] place = Of(new Transformer(TinyRewriters.Config("transformer", vocabulary: Vocabulary), seed: 5)).Inspect(Text, "dog").Encoder!.Places[5];
        for (int c = 0; c < 24; c++) Assert.Equal(c % 2 == 0 ? Math.Sin(5 / Math.Pow(10000, c / 24.0)) : Math.Cos(5 / Math.Pow(10000, (c - 1) / 24.0)), place[c], 1e-6);
        // T5: what lies near has a bucket of its own, by direction in the encoder; the decoder looks back only.
        Transformer t5 = new(TinyRewriters.Config("t5", vocabulary: Vocabulary), seed: 5);
        Inspection seen = Of(t5).Inspect(Text, "dog");
        Tensor bias = t5.Weights.Single(w => w.Key == "encoder.relative_bias.weight").Value; // (buckets, heads)
        Assert.Equal((4, 2 * Text.Length - 1), (seen.Encoder!.Places.Count, seen.Encoder.Places[0].Length));
        for (int h = 0; h < 4; h++)
        {
            Assert.Equal(bias.Row(0)[h], seen.Encoder.Places[h][Text.Length - 1]);     // itself
            Assert.Equal(bias.Row(1)[h], seen.Encoder.Places[h][Text.Length - 2]);     // the one before
            Assert.Equal(bias.Row(4 + 1)[h], seen.Encoder.Places[h][Text.Length]);     // the one behind: the other half of 8
        }
        Assert.Equal((4, 3), (seen.Decoder!.Places.Count, seen.Decoder.Places[0].Length));
    }

    [Fact]
    public void TokensAreNamedAsTheyRead()
    {
        IReadOnlyList<InspectedToken> tokens = Of(Decoder("llama")).Inspect("a 床").Main.Tokens;
        Assert.Equal(["a", " ", "<E5>", "<BA>", "<8A>"], tokens.Select(t => t.Text));
        Assert.Equal(["a", "Ġ", "<E5>", "<BA>", "<8A>"], Of(Decoder("llama")).Inspect("a 床").Main.Attention.Keys);
    }

    /// <summary>A checkpoint has no tokenizer, and may be deleted while it is looked at.</summary>
    [Fact]
    public void ACheckpointIsReadWithItsRunsTokenizer()
    {
        using TemporaryFolder run = new();
        Transformer model = Decoder("llama");
        string checkpoint = run["checkpoints"];
        ModelFolder.Save(model, checkpoint);
        Tokenizer.Bytes().Save(run["tokenizer.json"]);
        ModelInspector inspector = ModelInspector.LoadCheckpoint(checkpoint, run.Path); // the run folder has no model before its end
        ModelFolder.Save(model, run.Path);
        Directory.Delete(checkpoint, recursive: true);
        Assert.Equal(Of(model).Inspect(Text).Lens![2, 3], inspector.Inspect(Text).Lens![2, 3]);
        Assert.Equal(Of(model).Inspect(Text).Lens![2, 3][0].Id, ModelInspector.Load(run.Path).Inspect(Text).Lens![2, 3][0].Id);
    }

    [Fact]
    public void WhatIsWrongIsTold()
    {
        ModelInspector inspector = Of(Decoder("llama"));
        Assert.Contains("no tokens", Assert.Throws<ArgumentException>(() => inspector.Inspect("")).Message, StringComparison.Ordinal);
        Assert.Contains("context is 40", Assert.Throws<ArgumentException>(() => inspector.Inspect(new string('a', 41))).Message, StringComparison.Ordinal);
        Assert.Contains("llama", Assert.Throws<ArgumentException>(() => inspector.Inspect("a", "b")).Message, StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => inspector.Inspect("a", cancellation: new CancellationToken(canceled: true)));
    }

    private static double Cosine(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(x => (double)x * x));

    // logits (1, tokens, vocabulary) against what the lens says after a layer.
    private static void AssertSays(LogitLens lens, int layer, Tensor logits)
    {
        Assert.Equal(logits.Rows, lens.Tokens);
        for (int i = 0; i < logits.Rows; i++)
        {
            float[] row = logits.Row(i).ToArray();
            double sum = row.Sum(l => Math.Exp(l - row.Max()));
            (int Id, double Probability)[] expected = [.. row.Select((l, id) => (id, Math.Exp(l - row.Max()) / sum)).OrderByDescending(t => t.Item2).Take(lens[layer, i].Count)];
            for (int n = 0; n < expected.Length; n++)
            {
                Assert.Equal(expected[n].Probability, lens[layer, i][n].Probability, 1e-5);
                Assert.Equal(expected[n].Probability, Math.Exp(row[lens[layer, i][n].Id] - row.Max()) / sum, 1e-5);
            }
        }
    }
}
