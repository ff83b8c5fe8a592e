using System.Text.Json;
using Heed.Generation;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tokenization;

namespace Heed.Cli.Tests;

/// <summary>heed export, quantize and perplexity.</summary>
public sealed class GgufVerbTests : IDisposable
{
    private const string Words = "the green bottles hang on the wall and one of them falls down while nobody looks at it ";

    private readonly Folder folder = new();

    [Fact]
    public void AModelGoesToGgufAndComesBack()
    {
        string model = Model(), text = Text();
        JsonElement written = Json(Cli.Run("export", model, "--to", "gguf", "-o", folder["m.gguf"], "--json"));
        Assert.Equal(new FileInfo(folder["m.gguf"]).Length, written.GetProperty("bytes").GetInt64());

        JsonElement measured = Json(Cli.Run("perplexity", folder["m.gguf"], text, "--context", "16", "--json"));
        LanguageModel own = LanguageModel.Load(model);
        PerplexityResult expected = Perplexity.Measure(own.Transformer, own.Tokenizer.Encode(File.ReadAllText(text)), new() { Context = 16 });
        Assert.Equal(expected.Perplexity, measured.GetProperty("perplexity").GetDouble(), 1e-3 * expected.Perplexity);
        Assert.Equal(expected.Tokens, measured.GetProperty("tokens").GetInt64());

        Outcome back = Cli.Run("export", folder["m.gguf"], "--to", "safetensors", "--output", folder["back"]).Good();
        Assert.Contains("back: ", back.Out, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(Path.Combine(model, "model.safetensors")), File.ReadAllBytes(Path.Combine(folder["back"], "model.safetensors")));
        Assert.Equal(own.Tokenizer.Encode(Words), Tokenizer.Load(folder["back"]).Encode(Words));
        Assert.Equal("{{ bos_token }}!", File.ReadAllText(Path.Combine(folder["back"], "chat_template.jinja")));
        Assert.Equal(own.Complete("the wall", new() { Temperature = 0, MaxTokens = 5 }), LanguageModel.Load(folder["m.gguf"]).Complete("the wall", new() { Temperature = 0, MaxTokens = 5 }));
    }

    [Fact]
    public void AFolderCanHoldItsWeightsInHalfTheBytes()
    {
        string model = Model();
        Cli.Run("export", model, "--to", "safetensors", "--type", "bf16", "-o", folder["half"]).Good();
        Assert.Contains("\"torch_dtype\": \"bfloat16\"", File.ReadAllText(Path.Combine(folder["half"], "config.json")), StringComparison.Ordinal);
        Dictionary<string, float[]> whole = Weights(model), half = Weights(folder["half"]);
        Assert.Equal(whole.Keys.Order(), half.Keys.Order());
        foreach ((string name, float[] values) in whole)
            Assert.All(values.Zip(half[name]), v =>
            {
                Assert.Equal(0u, BitConverter.SingleToUInt32Bits(v.Second) & 0xFFFF);
                Assert.InRange(v.Second, v.First - MathF.Abs(v.First) / 256, v.First + MathF.Abs(v.First) / 256); // half of the last of 8 bits
            });

        static Dictionary<string, float[]> Weights(string path) => ModelFolder.Load(path).Weights.ToDictionary(w => w.Key, w => w.Value.Span.ToArray());
    }

    [Fact]
    public void QuantisationReportsWhatItCosts()
    {
        string model = Model(), text = Text();
        JsonElement root = Json(Cli.Run("quantize", model, "--type", "q4_0", "-o", folder["q.gguf"], "--calibrate", text, "--save-importance", folder["i.dat"], "--text", text, "--context", "16", "--json"));
        Assert.Equal(new FileInfo(folder["q.gguf"]).Length, root.GetProperty("bytes").GetInt64());
        Assert.InRange(root.GetProperty("bits_per_weight").GetDouble(), 4.5, 12); // small matrices beside vectors in float32
        Assert.True(root.GetProperty("tensors").GetProperty("Q4_0").GetInt32() >= 5);
        Assert.InRange(root.GetProperty("kl_mean").GetDouble(), 1e-9, 1);
        Assert.InRange(root.GetProperty("kl_99").GetDouble(), root.GetProperty("kl_mean").GetDouble(), 10);
        Assert.InRange(root.GetProperty("same_top").GetDouble(), 0.3, 1);
        Assert.NotEqual(root.GetProperty("original").GetProperty("perplexity").GetDouble(), root.GetProperty("quantised").GetProperty("perplexity").GetDouble());

        Outcome again = Cli.Run("quantize", model, "--type", "Q4_0", "-o", folder["again.gguf"], "--importance", folder["i.dat"]).Good();
        Assert.Contains("bits a weight", again.Out, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(folder["q.gguf"]), File.ReadAllBytes(folder["again.gguf"]));
    }

    [Fact]
    public void WhatCannotBeDoneIsSaid()
    {
        string model = Model();
        Cli.Run("quantize", model, "--type", "Q3_K_M").Misused("one of F32");
        Cli.Run("quantize", model, "--type", "Q8_0", "--importance", "a", "--calibrate", "b").Misused("exclude");
        Cli.Run("export", model, "--to", "safetensors", "--type", "Q8_0").Misused("one of F32, F16, BF16");
        Cli.Run("perplexity", model, folder.Write("short.txt", "too short"), "--context", "30").Failed("fewer than the context");
        Cli.Run("export", folder["none.gguf"], "--to", "gguf").Failed("none.gguf");
    }

    public void Dispose() => folder.Dispose();

    private string Text() => folder.Write("text.txt", string.Concat(Enumerable.Repeat(Words, 8)));

    // A small model with a byte-level vocabulary and a chat template.
    private string Model()
    {
        Tokenizer tokenizer = Tokenizer.Train([Words], new BpeTrainer { VocabularySize = 280, SpecialTokens = ["<|endoftext|>"] }, TokenizerPipeline.Gpt2);
        Transformer transformer = new(new TransformerConfig
        {
            ModelType = "qwen2",
            Vocabulary = tokenizer.VocabularySize + 3,
            Context = 32,
            BeginToken = 0,
            EndTokens = [0],
            Decoder = new StackConfig
            {
                Depth = 2,
                Width = 32,
                Heads = 2,
                KeyValueHeads = 1,
                Positions = new PositionConfig.Rotary(10000, 32),
                Norm = new NormConfig.RmsNorm(1e-6f),
                FeedForward = new FeedForwardConfig(64, ActivationKind.Silu, Gated: true, Bias: false),
                OutputBias = false,
                InitialDeviation = 0.3f,
            },
        }, seed: 3);
        new LanguageModel(transformer, tokenizer).Save(folder["small"]);
        File.WriteAllText(Path.Combine(folder["small"], "chat_template.jinja"), "{{ bos_token }}!");
        return folder["small"];
    }

    private static JsonElement Json(Outcome outcome) => JsonDocument.Parse(outcome.Good().Out).RootElement;
}
