using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Models;

namespace Heed.Tests.Generation;

/// <summary>Pages and ragged batches change where keys and values lie, never the result.</summary>
public sealed class PagedBatchTests
{
    public static TheoryData<string> Families => [.. TinyModels.Families];

    [Theory]
    [MemberData(nameof(Families))]
    public void RaggedPiecesEqualTheWholeForwardPass(string family)
    {
        Transformer model = TinyModels.Random(TinyModels.Config(family));
        int vocabulary = model.Config.Vocabulary;
        PagePool pool = new(model.Config.Main, new PageOptions { Tokens = 4, Bytes = 1 << 20 });
        int[][] texts = [TinyModels.Tokens(30, vocabulary, 1), TinyModels.Tokens(17, vocabulary, 2), TinyModels.Tokens(23, vocabulary, 3)];
        float[][] whole = [.. texts.Select(t => TinyModels.Logits(model, t))];
        PagedSequence[] sequences = [.. texts.Select(_ => new PagedSequence(pool))];
        RandomSource random = new(7);
        while (sequences.Where((s, i) => s.Length < texts[i].Length).Any())
        {
            (int Text, int Tokens)[] pieces = [.. texts.Select((t, i) => (i, Math.Min(1 + random.Next(9), t.Length - sequences[i].Length))).Where(p => p.Item2 > 0)];
            int[] past = [.. sequences.Select(s => s.Length)];
            float[] logits = Run(model, [.. pieces.Select(p => (sequences[p.Text], texts[p.Text].AsSpan(past[p.Text], p.Tokens).ToArray()))]);
            int row = 0;
            foreach ((int text, int tokens) in pieces)
            {
                Close(whole[text].AsSpan(past[text] * vocabulary, tokens * vocabulary), logits.AsSpan(row * vocabulary, tokens * vocabulary), 2e-5);
                row += tokens;
            }
        }
        if (pool.Window > 0) Assert.All(sequences, s => Assert.InRange(s.Held, 1, 6)); // window 5, and up to 9 new tokens
        foreach (PagedSequence s in sequences) s.Dispose();
        Assert.Equal(pool.Count, pool.Free);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("gemma2")]
    public void TokensThatComeOneByOneHaveTheBitsThatTheyHaveAlone(string family)
    {
        Transformer model = TinyModels.Random(TinyModels.Config(family));
        PagePool pool = new(model.Config.Main, new PageOptions { Tokens = 8, Bytes = 1 << 20 });
        int[][] texts = [.. Enumerable.Range(0, 5).Select(i => TinyModels.Tokens(14 + 4 * i, model.Config.Vocabulary, (ulong)i))];
        PagedSequence[] sequences = [.. texts.Select(_ => new PagedSequence(pool))];
        KeyValueCache[] caches = [.. texts.Select(_ => model.NewCache())];
        for (int i = 0; i < texts.Length; i++)
        {
            Run(model, (sequences[i], texts[i][..^6]));
            Alone(texts[i][..^6], caches[i]);
        }
        for (int step = 6; step > 0; step--)
        {
            float[] logits = Run(model, [.. texts.Select((t, i) => (sequences[i], (int[])[t[^step]]))]);
            for (int i = 0; i < texts.Length; i++) Assert.Equal(Alone([texts[i][^step]], caches[i]), logits.AsSpan(i * model.Config.Vocabulary, model.Config.Vocabulary).ToArray());
        }

        float[] Alone(int[] tokens, KeyValueCache cache)
        {
            using MemoryScope scope = new();
            return model.Forward(Tensor.From(new Shape(1, tokens.Length), tokens), new ForwardOptions { Cache = cache }).ToArray();
        }
    }

    [Fact]
    public void AWindowIsThatOfAModelThatHasIt()
    {
        TransformerConfig config = TinyModels.Config("llama");
        Transformer model = TinyModels.Random(config), windowed = TinyModels.Random(config with { Decoder = config.Decoder! with { Window = 7 } });
        PagePool pool = new(config.Decoder, new PageOptions { Tokens = 2, Bytes = 1 << 20, Window = 7 });
        int[] text = TinyModels.Tokens(38, config.Vocabulary, 4);
        using PagedSequence sequence = new(pool);
        float[] whole = TinyModels.Logits(windowed, text);
        for (int at = 0; at < text.Length;)
        {
            int tokens = Math.Min(at % 3 == 0 ? 6 : 1, text.Length - at);
            Close(whole.AsSpan(at * config.Vocabulary, tokens * config.Vocabulary), Run(model, (sequence, text[at..(at + tokens)])), 2e-5);
            at += tokens;
            Assert.InRange(sequence.Held, 1, 7);
        }
    }

    [Fact]
    public void SinksAreTheSameWhetherTokensComeOneByOneOrTogether()
    {
        TransformerConfig config = TinyModels.Config("llama");
        Transformer model = TinyModels.Random(config);
        int[] text = TinyModels.Tokens(38, config.Vocabulary, 4);
        float[] one = Pieces(3, 1), six = Pieces(3, 6), nineteen = Pieces(3, 19), none = Pieces(0, 1);
        Close(one, six, 2e-5);
        Close(one, nineteen, 2e-5);
        Assert.Equal(one[..(7 * config.Vocabulary)], none[..(7 * config.Vocabulary)]); // within the window nothing is hidden
        Assert.NotEqual(one[(20 * config.Vocabulary)..], none[(20 * config.Vocabulary)..]);

        float[] Pieces(int sinks, int length)
        {
            PagePool pool = new(config.Decoder!, new PageOptions { Tokens = 2, Bytes = 1 << 20, Window = 7, Sinks = sinks });
            using PagedSequence sequence = new(pool);
            return [.. text.Chunk(length).SelectMany(piece => Run(model, (sequence, piece)))];
        }
    }

    [Theory]
    [InlineData(BlockType.F16, 0.01)]
    [InlineData(BlockType.BF16, 0.06)]
    [InlineData(BlockType.Q8_0, 0.06)]
    public void SmallerPagesAreCloseAndTheSameForAnyPieces(BlockType type, double tolerance)
    {
        TransformerConfig config = TinyModels.Config("llama", width: 64);
        config = config with { Decoder = config.Decoder! with { HeadDim = 32, InitialDeviation = 0.1f } };
        Transformer model = TinyModels.Random(config);
        int[] text = TinyModels.Tokens(30, config.Vocabulary, 4);
        float[] whole = TinyModels.Logits(model, text), once = Pieces(30);
        Close(whole, once, tolerance);
        Close(once, Pieces(1), 2e-3); // a rounding that fell otherwise
        Close(once, Pieces(7), 2e-3);

        float[] Pieces(int length)
        {
            PagePool pool = new(config.Decoder!, new PageOptions { Tokens = 8, Bytes = 1 << 20, Type = type });
            using PagedSequence sequence = new(pool);
            return [.. text.Chunk(length).SelectMany(piece => Run(model, (sequence, piece)))];
        }
    }

    [Fact]
    public void BadBatchesSayWhatWasGiven()
    {
        Transformer model = TinyModels.Random(TinyModels.Config("llama"));
        PagePool pool = new(model.Config.Main, new PageOptions { Tokens = 4, Bytes = 1 << 20 });
        PagedSequence sequence = new(pool), other = new(pool);
        Assert.True(sequence.TryReserve(4));
        Assert.Contains("5 new tokens behind 0 do not fit into pages for 4", Assert.Throws<ArgumentException>(() => new PagedBatch((sequence, 5))).Message);
        Assert.Contains("do not fit", Assert.Throws<ArgumentException>(() => new PagedBatch((other, 1))).Message);
        Assert.Contains("different sequences", Assert.Throws<ArgumentException>(() => new PagedBatch((sequence, 1), (sequence, 1))).Message);
        Assert.Contains("needs a sequence", Assert.Throws<ArgumentException>(() => new PagedBatch()).Message);
        Assert.Contains("(1, 2)", Assert.Throws<ArgumentException>(() => model.Forward(Tensor.From(new Shape(1, 3), [1, 2, 3]), new ForwardOptions { Cache = new PagedBatch((sequence, 2)) })).Message);
        Assert.Contains("no page", Assert.Throws<ArgumentException>(() => new PagePool(model.Config.Main, new PageOptions { Bytes = 100 })).Message);
        Assert.Contains("its own text", Assert.Throws<ArgumentException>(() => new PagePool(model.Config.Main with { Causal = false }, new PageOptions())).Message);
    }

    private static float[] Run(Transformer model, params (PagedSequence Sequence, int[] Tokens)[] work)
    {
        using MemoryScope scope = new();
        foreach ((PagedSequence sequence, int[] tokens) in work) Assert.True(sequence.TryReserve(tokens.Length));
        int[] all = [.. work.SelectMany(w => w.Tokens)];
        PagedBatch batch = new([.. work.Select(w => (w.Sequence, w.Tokens.Length))]);
        return model.Forward(Tensor.From(new Shape(1, all.Length), all), new ForwardOptions { Cache = batch }).ToArray();
    }

    private static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> given, double tolerance)
    {
        Assert.Equal(expected.Length, given.Length);
        for (int i = 0; i < expected.Length; i++) Assert.True(Math.Abs(expected[i] - given[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])), $"logit {i}: {given[i]:R}, expected {expected[i]:R}");
    }
}
