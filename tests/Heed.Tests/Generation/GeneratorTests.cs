using Heed.Generation;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Formats;
using Heed.Tests.Models;

namespace Heed.Tests.Generation;

/// <summary>The cache changes the cost, never the result.</summary>
[Trait("isa", "all")]
public sealed class GeneratorTests
{
    public static TheoryData<string> Fixtures => ["gpt2", "llama-gqa", "qwen2"];

    private static Transformer Fixture(string name) => ModelFolder.Load(FixtureFolder.Path(name));

    private static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> given, string what)
    {
        Assert.Equal(expected.Length, given.Length);
        for (int i = 0; i < expected.Length; i++) Assert.True(Math.Abs(expected[i] - given[i]) <= 1e-5 * Math.Max(1, Math.Abs(expected[i])), $"{what}, logit {i}: {given[i]:R}, expected {expected[i]:R}");
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void CachedStepsEqualTheWholeForwardPass(string name)
    {
        Transformer model = Fixture(name);
        int vocabulary = model.Config.Vocabulary;
        int[] ids = TinyModels.Tokens(Math.Min(19, model.Config.Context), vocabulary, 3);
        float[] whole = TinyModels.Logits(model, ids);
        foreach (int[] parts in (int[][])[[.. Enumerable.Repeat(1, ids.Length)], [ids.Length], [ids.Length - 1, 1], [5, 1, 1, ids.Length - 7], [2, ids.Length - 2]])
        {
            KeyValueCache cache = model.NewCache();
            int at = 0;
            foreach (int length in parts)
            {
                using MemoryScope scope = new();
                float[] logits = model.Forward(Tensor.From(new Shape(1, length), ids.AsSpan(at, length)), new ForwardOptions { Cache = cache }).ToArray();
                Close(whole.AsSpan(at * vocabulary, length * vocabulary), logits, $"tokens {at}..{at + length} of parts {string.Join("+", parts)}");
                at += length;
                Assert.Equal(at, cache.Length);
            }
        }
    }

    [Fact]
    public void ATruncatedCacheContinuesAsIfTheRestHadNeverBeen()
    {
        Transformer model = Fixture("llama-gqa");
        int vocabulary = model.Config.Vocabulary;
        int[] ids = TinyModels.Tokens(12, vocabulary, 4), other = [.. ids[..5], .. TinyModels.Tokens(4, vocabulary, 5)];
        KeyValueCache cache = model.NewCache();
        using MemoryScope scope = new();
        model.Forward(Tensor.From(new Shape(1, 12), ids), new ForwardOptions { Cache = cache });
        cache.Truncate(5);
        float[] logits = model.Forward(Tensor.From(new Shape(1, 4), other.AsSpan(5)), new ForwardOptions { Cache = cache }).ToArray();
        Close(TinyModels.Logits(model, other).AsSpan(5 * vocabulary), logits, "after truncation");
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(10));
        KeyValueCache small = model.NewCache(1, 3);
        Assert.Contains("do not fit", Assert.Throws<InvalidOperationException>(() => model.Forward(Tensor.From(new Shape(1, 4), [1, 2, 3, 4]), new ForwardOptions { Cache = small })).Message);
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void GreedyTokensAreTheLargestLogitsOfTheWholePass(string name)
    {
        Transformer model = Fixture(name);
        int vocabulary = model.Config.Vocabulary;
        List<int> ids = [.. TinyModels.Tokens(5, vocabulary, 6)];
        SamplingOptions options = new() { Temperature = 0, MaxTokens = Math.Min(15, model.Config.Context - 5), StopAtEnd = false, LogProbs = 3 };
        int count = 0;
        foreach (GeneratedToken token in new Generator(model).Generate([.. ids], options))
        {
            float[] logits = TinyModels.Logits(model, [.. ids])[^vocabulary..];
            Assert.True(logits[token.Id] >= logits.Max() - 1e-5f);
            double total = Math.Log(logits.Sum(x => Math.Exp((double)x)));
            Assert.Equal(logits[token.Id] - total, token.LogProb, 1e-4);
            Assert.Equal([.. logits.OrderDescending().Take(3).Select(x => (float)(x - total))], token.Top.Select(t => t.LogProb).ToArray(), (a, b) => Math.Abs(a - b) < 1e-4);
            Assert.Equal(token.Id, token.Top[0].Id);
            ids.Add(token.Id);
            Assert.Equal(++count == options.MaxTokens ? FinishReason.Length : FinishReason.None, token.Finish);
        }
        Assert.Equal(options.MaxTokens, count);
    }

    [Theory]
    [InlineData("gpt2", 0)]
    [InlineData("gpt2", 0.9f)]
    [InlineData("llama-gqa", 0)]
    [InlineData("llama-gqa", 0.9f)]
    [InlineData("qwen2", 1.2f)]
    public void ABatchEqualsItsPromptsAlone(string name, float temperature)
    {
        Transformer model = Fixture(name);
        int[][] prompts = [.. ((int[])[3, 11, 1, 7]).Select((length, i) => TinyModels.Tokens(length, model.Config.Vocabulary, (ulong)i))];
        // Half of the end tokens of a real model, so that prompts end at different times.
        SamplingOptions options = new() { Temperature = temperature, MaxTokens = 14, Seed = 40, TopK = 20, RepetitionPenalty = 1.1f };
        List<GeneratedToken>[] together = [.. prompts.Select(_ => new List<GeneratedToken>())];
        foreach (GeneratedToken[] step in new Generator(model).GenerateBatch(prompts, options))
            for (int b = 0; b < step.Length; b++)
                if (step[b].Id >= 0) together[b].Add(step[b]);
                else Assert.NotEqual(FinishReason.None, together[b][^1].Finish);
        for (int b = 0; b < prompts.Length; b++)
        {
            GeneratedToken[] alone = [.. new Generator(model).Generate(prompts[b], options with { Seed = options.Seed + (ulong)b })];
            Assert.Equal(alone.Select(t => t.Id), together[b].Select(t => t.Id));
            Assert.Equal(alone.Select(t => t.LogProb), together[b].Select(t => t.LogProb), (x, y) => Math.Abs(x - y) < 1e-4);
            Assert.Equal(alone[^1].Finish, together[b][^1].Finish);
        }
    }

    [Fact]
    public void GenerationEndsAtTheEndTokenOrTheContext()
    {
        Transformer model = Parrot.Of([5, 6, 7, 2, 8], context: 12, vocabulary: 10, end: 2);
        Assert.Equal([6, 7, 2], Ids(new() { Temperature = 0, MaxTokens = 8 }, out FinishReason finish));
        Assert.Equal(FinishReason.Stop, finish);
        Assert.Equal([6, 7, 2, 8], Ids(new() { Temperature = 0, MaxTokens = 4, StopAtEnd = false }, out finish));
        Assert.Equal(FinishReason.Length, finish);
        Assert.Equal(12, Ids(new() { Temperature = 0, MaxTokens = 100, StopAtEnd = false }, out finish).Length); // the last token needs no place in the cache
        Assert.Equal(FinishReason.Length, finish);
        Assert.Empty(new Generator(model).Generate([5], new() { MaxTokens = 0 }));

        int[] Ids(SamplingOptions options, out FinishReason finish)
        {
            GeneratedToken[] tokens = [.. new Generator(model).Generate([5], options)];
            finish = tokens[^1].Finish;
            return [.. tokens.Select(t => t.Id)];
        }
    }

    [Fact]
    public void AWrongPromptIsRefusedAtOnce()
    {
        Transformer model = Parrot.Of([5, 6], context: 12, vocabulary: 10, end: 2);
        Generator generator = new(model);
        Assert.Contains("at least one token", Assert.Throws<ArgumentException>(() => generator.Generate([], new()).Any()).Message);
        Assert.Contains("13 tokens", Assert.Throws<ArgumentException>(() => generator.Generate(new int[13], new()).Any()).Message);
        Assert.Contains("token id 10", Assert.Throws<ArgumentException>(() => generator.Generate([10], new()).Any()).Message);
        Assert.Contains("token id -1", Assert.Throws<ArgumentException>(() => generator.Generate([-1], new()).Any()).Message);
        Assert.Throws<ArgumentException>(() => generator.GenerateBatch([], new SamplingOptions()));
        using CancellationTokenSource stop = new();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (GeneratedToken token in generator.Generate([1], new() { StopAtEnd = false }, stop.Token)) stop.Cancel();
        });
    }

    [Fact]
    public void LogitsThatAreNoNumbersAreAnError()
    {
        Transformer model = TinyModels.Random(TinyModels.Config("gpt2"));
        model.Weights.First(w => w.Key == "final_norm.weight").Value.Span[0] = float.NaN;
        Assert.Contains("not finite", Assert.Throws<InvalidDataException>(() => new Generator(model).Generate([1], new()).Any()).Message);
    }
}
