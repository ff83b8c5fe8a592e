using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Tests.Models;

/// <summary>What holds for every decoder family: a cache and padding change nothing.</summary>
public sealed class DecoderTests
{
    private const int Length = 17;

    public static TheoryData<string> Cases => [.. Configs.Keys];

    private static readonly Dictionary<string, TransformerConfig> Configs = TinyModels.Families.ToDictionary(f => f, f => TinyModels.Config(f)).Concat(new Dictionary<string, TransformerConfig>
    {
        ["gpt2 by block"] = Of("gpt2", s => s with { Scores = new ScoreConfig(1, ByBlock: true) }),
        ["gpt_neox sequential"] = Of("gpt_neox", s => s with { Placement = Placement.Pre }),
        ["llama yarn"] = Of("llama", s => s with { Positions = new PositionConfig.Rotary(100, 40, Scaling: new RopeScaling.Yarn(2, 20, 1.25)) }),
        ["llama dynamic"] = Of("llama", s => s with { Positions = new PositionConfig.Rotary(100, 40, Scaling: new RopeScaling.Dynamic(2)) }),
        ["mixtral window"] = Of("mixtral", s => s with { Window = 3 }),
    }).ToDictionary();

    private static TransformerConfig Of(string family, Func<StackConfig, StackConfig> change) => TinyModels.Config(family) with { Decoder = change(TinyModels.Config(family).Main) };

    [Theory]
    [MemberData(nameof(Cases))]
    public void CachedDecodingEqualsTheWholePass(string name)
    {
        Transformer model = TinyModels.Random(Configs[name]);
        int[] ids = TinyModels.Tokens(Length, 61, 3);
        float[] whole = TinyModels.Logits(model, ids);
        KeyValueCache cache = model.NewCache();
        int at = 0;
        foreach (int count in (int[])[6, 1, 1, 4, 1, 1, 1, 2])
        {
            using MemoryScope scope = new();
            Tensor logits = model.Forward(Tensor.From(new Shape(1, count), ids.AsSpan(at, count)), new ForwardOptions { Cache = cache });
            Close(whole.AsSpan(at * 61, count * 61), logits.Span, $"{count} tokens from {at}");
            at += count;
        }
        Assert.Equal(Length, at);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ABatchWithLeftPaddingEqualsSingles(string name)
    {
        Transformer model = TinyModels.Random(Configs[name]);
        int[] lengths = [Length, 9, 1];
        int[][] texts = [.. lengths.Select((n, i) => TinyModels.Tokens(n, 61, (ulong)i + 20))];
        float[][] singles = [.. texts.Select(t => TinyModels.Logits(model, t))];

        // The whole batch at once, and the same through a cache: the first 12 columns, then one by one.
        foreach (int[] steps in (int[][])[[Length], [12, 1, 1, 1, 1, 1]])
        {
            KeyValueCache cache = model.NewCache(lengths.Length);
            int at = 0;
            foreach (int count in steps)
            {
                using MemoryScope scope = new();
                int seen = at + count;
                Tensor tokens = Tensor.Zeros(new Shape(lengths.Length, count), DType.I32), places = Tensor.Zeros(tokens.Shape, DType.I32);
                Tensor mask = Tensor.Zeros(new Shape(lengths.Length, seen), DType.I32);
                for (int b = 0; b < lengths.Length; b++)
                    for (int c = 0; c < seen; c++)
                    {
                        int place = c - (Length - lengths[b]);
                        if (place < 0) continue;
                        mask.Ints[b * seen + c] = 1;
                        if (c >= at) (tokens.Ints[b * count + c - at], places.Ints[b * count + c - at]) = (texts[b][place], place);
                    }
                Tensor logits = model.Forward(tokens, new ForwardOptions { AttentionMask = mask, Positions = places, Cache = cache });
                for (int b = 0; b < lengths.Length; b++)
                    for (int c = at; c < seen; c++)
                    {
                        int place = c - (Length - lengths[b]);
                        if (place >= 0) Close(singles[b].AsSpan(place * 61, 61), logits.Row(b * count + c - at), $"text {b}, place {place}, {steps.Length} steps");
                    }
                at = seen;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void LaterTokensChangeNothingBefore(string name)
    {
        Transformer model = TinyModels.Random(Configs[name]);
        int[] ids = TinyModels.Tokens(Length, 61, 4), other = [.. ids];
        other[11] = (ids[11] + 1) % 61;
        float[] a = TinyModels.Logits(model, ids), b = TinyModels.Logits(model, other);
        Close(a.AsSpan(0, 11 * 61), b.AsSpan(0, 11 * 61), "before the change");
        Assert.True(a.AsSpan(11 * 61, 61).ToArray().Zip(b.AsSpan(11 * 61, 61).ToArray()).Any(p => MathF.Abs(p.First - p.Second) > 1e-2f), "the token itself");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryWeightCountsAndLearns(string name)
    {
        Transformer model = TinyModels.Random(Configs[name]);
        using MemoryScope scope = new();
        using Heed.Autograd.Tape tape = new();
        int[] ids = TinyModels.Tokens(4 * 33, 61, 5);
        Tensor tokens = Tensor.From(new Shape(4, 33), ids);
        tape.Backward(model.Loss(tokens, tokens));
        foreach ((string weight, Tensor value) in model.Weights)
            Assert.True(value.Gradient is { } g && g.Span.ToArray().Any(x => MathF.Abs(x) > 1e-7f), $"{weight} has no gradient");
    }

    [Fact]
    public void AWindowHidesWhatLiesBeforeIt()
    {
        Transformer model = TinyModels.Random(Of("mistral", s => s with { Depth = 1, Window = 3 }));
        int[] ids = TinyModels.Tokens(Length, 61, 6), other = [.. ids];
        other[4] = (ids[4] + 1) % 61;
        float[] a = TinyModels.Logits(model, ids), b = TinyModels.Logits(model, other);
        for (int place = 0; place < Length; place++)
        {
            bool same = a.AsSpan(place * 61, 61).SequenceEqual(b.AsSpan(place * 61, 61));
            Assert.True(same == place is < 4 or > 6, $"place {place}");
        }
    }

    [Fact]
    public void AClassifierReadsTheLastTokenThatIsNoPadding()
    {
        HeadConfig head = new() { Kind = HeadKind.Sequence, Pooling = Pooling.Last, Labels = ["a", "b", "c"] };
        Transformer model = TinyModels.Random(TinyModels.Config("llama") with { Head = head, PadToken = 0 });
        int[] ids = [.. TinyModels.Tokens(7, 60, 7).Select(i => i + 1)];
        using MemoryScope scope = new();
        Tensor alone = model.Forward(Tensor.From(new Shape(1, 7), ids)), padded = model.Forward(Tensor.From(new Shape(1, 10), [.. ids, 0, 0, 0]));
        Assert.Equal(new Shape(1, 3), padded.Shape);
        Close(alone.Span, padded.Span, "padded by id");
        Transformer unpadded = TinyModels.Random(TinyModels.Config("llama") with { Head = head });
        Tensor mask = Tensor.From(new Shape(1, 10), [1, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
        Close(alone.Span, unpadded.Forward(Tensor.From(new Shape(1, 10), [.. ids, 0, 0, 0]), new ForwardOptions { AttentionMask = mask }).Span, "padded by mask");
    }

    private static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> given, string where)
    {
        Assert.Equal(expected.Length, given.Length);
        for (int i = 0; i < expected.Length; i++) Assert.True(MathF.Abs(expected[i] - given[i]) <= 1e-4f, $"{where}: element {i} is {given[i]}, expected {expected[i]}");
    }
}
