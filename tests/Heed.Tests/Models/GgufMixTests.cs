using System.Text.Json;
using Heed.Kernels;
using Heed.Models;
using Heed.Tests.Formats;

namespace Heed.Tests.Models;

/// <summary>Which tensor has which type: as <c>llama-quantize</c> chooses (<c>make_gguf_mix_references.py</c>).</summary>
public sealed class GgufMixTests
{
    [Fact]
    public void EveryTensorHasTheTypeThatLlamaQuantizeGivesIt()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(FixtureFolder.Path("gguf/mixes.json")));
        int compared = 0;
        foreach (JsonElement model in document.RootElement.EnumerateArray())
        {
            MixTensor[] tensors = [.. model.GetProperty("tensors").EnumerateObject().Select(t => new MixTensor(t.Name, [.. t.Value.EnumerateArray().Select(n => n.GetInt64())]))];
            foreach (JsonProperty mix in model.GetProperty("mixes").EnumerateObject())
            {
                Dictionary<string, string> expected = mix.Value.GetProperty("others").EnumerateObject().SelectMany(t => t.Value.EnumerateArray().Select(n => (Name: n.GetString()!, Type: t.Name))).ToDictionary(t => t.Name, t => t.Type);
                Dictionary<string, BlockType> types = GgufMix.Find(mix.Name).Types(tensors, model.GetProperty("blocks").GetInt32(), model.GetProperty("queries_per_key").GetInt32(), important: false);
                foreach (MixTensor tensor in tensors)
                {
                    string type = tensor.Shape.Count == 1 || tensor.Name == "position_embd.weight" ? "-" : expected.GetValueOrDefault(tensor.Name, mix.Value.GetProperty("most").GetString()!);
                    Assert.Equal($"{tensor.Name} {type}", $"{tensor.Name} {(types.TryGetValue(tensor.Name, out BlockType chosen) ? chosen.ToString() : "-")}");
                    compared++;
                }
            }
        }
        Assert.True(compared > 3000);
    }

    [Fact]
    public void ImportanceLeadsToOtherTypesInTheFirstBlocks()
    {
        MixTensor[] tensors = [.. Enumerable.Range(0, 16).Select(i => new MixTensor($"blk.{i}.ffn_down.weight", [64, 256]))];
        Assert.Equal([0, 1], Special("Q4_0", BlockType.Q4_1, true));
        Assert.Equal([0, 1], Special("Q5_0", BlockType.Q5_1, true));
        Assert.Equal([0, 1], Special("IQ4_NL", BlockType.Q5_K, false));
        Assert.Empty(Special("IQ4_NL", BlockType.Q5_K, true));
        Assert.Empty(Special("Q4_0", BlockType.Q4_1, false));

        int[] Special(string mix, BlockType type, bool important) => [.. GgufMix.Find(mix).Types(tensors, 16, 1, important).Where(t => t.Value == type).Select(t => new MixTensor(t.Key, []).Block)];
    }

    [Fact]
    public void ValuesOfThe70BModelsHaveMoreBits()
    {
        MixTensor[] tensors = [.. Enumerable.Range(0, 80).Select(i => new MixTensor($"blk.{i}.attn_v.weight", [64, 256]))];
        Assert.DoesNotContain(BlockType.Q4_K, GgufMix.Find("Q4_K_M").Types(tensors, 80, 8, false).Values);
        Assert.Contains(BlockType.Q4_K, GgufMix.Find("Q4_K_M").Types(tensors, 80, 1, false).Values);
    }

    [Fact]
    public void AnUnknownMixIsRefusedWithThoseThatAreKnown()
    {
        ArgumentException e = Assert.Throws<ArgumentException>(() => GgufMix.Find("Q3_K"));
        Assert.Contains("Q3_K", e.Message, StringComparison.Ordinal);
        Assert.Contains("Q4_K_M", e.Message, StringComparison.Ordinal);
        Assert.Equal("Q4_K_M", GgufMix.Find("q4_k_m").Name);
    }
}
