using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Heed.Formats;
using Heed.Formats.Gguf;
using Heed.Models;
using Heed.Tests.Formats;

namespace Heed.Tests.Models;

/// <summary>Files that Heed writes, beside what llama.cpp's converter makes of the same folders (<c>make_gguf_architecture_references.py</c>).</summary>
public sealed class GgufConverterTests
{
    // Where the converter does not look into the configuration: it takes the width for GLM's context and head, and four times it for Phi's feed-forward part.
    private static readonly string[] assumed = ["chatglm.context_length", "chatglm.attention.layer_norm_rms_epsilon", "chatglm.rope.dimension_count", "phi2.feed_forward_length"];

    // BERT's pooled layer, which the converter leaves out.
    private static readonly string[] ours = ["cls.weight", "cls.bias"];

    public static TheoryData<string> Cases => ["bert-base", "gemma", "gemma2", "glm", "glm4", "gpt-neox", "gpt2", "llama-bf16-sharded", "phi", "qwen2", "qwen3", "t5-v1.0"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void TensorsAndMetadataAreThoseOfTheConverter(string fixture)
    {
        using TemporaryFolder folder = new();
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(FixtureFolder.Path("gguf/converted.json")));
        JsonElement expected = document.RootElement.GetProperty(fixture);
        GgufModelWriter.Write(ModelFolder.Load(FixtureFolder.Path(fixture)), folder["m.gguf"]);
        using GgufFile file = new(folder["m.gguf"]);
        JsonProperty[] tensors = [.. expected.GetProperty("tensors").EnumerateObject()];
        Assert.Equal(tensors.Select(t => t.Name).Concat(fixture == "bert-base" ? ours : []).Order(StringComparer.Ordinal), file.Weights.Keys.Order(StringComparer.Ordinal));
        foreach (JsonProperty tensor in tensors)
        {
            WeightInfo info = file.Weights[tensor.Name];
            Assert.Equal(WeightType.F32, info.Type);
            Assert.Equal(tensor.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64()), info.Shape);
            float[] values = new float[info.Count];
            file.ReadFloats(tensor.Name, values);
            string hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())))[..16];
            Assert.True(tensor.Value.GetProperty("sha256").GetString() == hash, $"{tensor.Name} has other values");
        }
        foreach (JsonProperty field in expected.GetProperty("metadata").EnumerateObject())
        {
            if (assumed.Contains(field.Name) || field.Name.StartsWith("tokenizer.", StringComparison.Ordinal)) continue;
            if (field.Value.ValueKind == JsonValueKind.Number) Assert.Equal((float)field.Value.GetDouble(), file.Fields.Get<float>(field.Name));
            else if (field.Value.ValueKind == JsonValueKind.String) Assert.Equal(field.Value.GetString(), file.Fields.Get<string>(field.Name));
            else Assert.Equal(field.Value.GetBoolean(), file.Fields.Get<bool>(field.Name));
        }
    }
}
