using System.Runtime.CompilerServices;
using CsCheck;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Tests;

/// <summary>Keys and values of several sequences, scattered over pages, and their queries as a ragged batch.</summary>
internal sealed class PagedCase
{
    private readonly List<byte[]> memory = []; // pinned

    public PageShape Pages { get; }

    public AttentionShape S { get; }

    public PagedRows[] Rows { get; }

    public nint[] Addresses { get; }

    /// <summary>Of each sequence all keys and values (length, KV * D).</summary>
    public float[][] K { get; }

    public float[][] V { get; }

    /// <summary>(rows, H * D).</summary>
    public float[] Q { get; }

    public int Width => S.Heads * S.HeadDim;

    public PagedCase(AttentionShape s, int pageTokens, BlockType type, params (int Length, int Rows)[] sequences)
    {
        Pages = new PageShape { Layers = 2, KeyValueHeads = s.KeyValueHeads, HeadDim = s.HeadDim, Tokens = pageTokens, Type = type };
        int width = s.Heads * s.HeadDim, keyWidth = s.KeyValueHeads * s.HeadDim, row = 0;
        S = s with { QueryRowStride = width, OutputRowStride = width, Causal = true, Scale = 1 / MathF.Sqrt(s.HeadDim) };
        Rows = new PagedRows[sequences.Length];
        List<nint> addresses = [];
        for (int i = 0; i < sequences.Length; i++)
        {
            Rows[i] = new PagedRows(row, sequences[i].Rows, sequences[i].Length, addresses.Count);
            row += sequences[i].Rows;
            for (int p = 0; p < Pages.Count(sequences[i].Length); p++) addresses.Add(Page());
        }
        Addresses = [.. addresses];
        K = [.. sequences.Select((x, i) => Random(x.Length * keyWidth, 3 * i))];
        V = [.. sequences.Select((x, i) => Random(x.Length * keyWidth, 3 * i + 1))];
        Q = Random(row * width, 1000);
        for (int i = 0; i < Rows.Length; i++)
        {
            PagedRows all = Rows[i] with { FirstRow = 0, Rows = Rows[i].Length };
            Heed.Kernels.Pages.Store(Pages, 1, Addresses, [all], K[i], keyWidth, V[i], keyWidth);
        }
    }

    public float[] Run(params PagedRows[] rows)
    {
        float[] output = new float[Q.Length];
        Attention.Paged(S, Pages, 1, Addresses, rows.Length == 0 ? Rows : rows, Sinks, Q, output);
        return output;
    }

    /// <summary>With registers of a width that the machine may not have.</summary>
    public float[] RunWith(int width)
    {
        float[] output = new float[Q.Length];
        switch (width)
        {
            case 512: Attention.Paged<Vec512>(S, Pages, 1, Addresses, Rows, Sinks, Q, output); break;
            case 256: Attention.Paged<Vec256>(S, Pages, 1, Addresses, Rows, Sinks, Q, output); break;
            case 128: Attention.Paged<Vec128>(S, Pages, 1, Addresses, Rows, Sinks, Q, output); break;
            default: Attention.Paged<VecPortable>(S, Pages, 1, Addresses, Rows, Sinks, Q, output); break;
        }
        return output;
    }

    public int Sinks { get; init; }

    public Span<float> Of(int sequence, float[] rows) => rows.AsSpan(Rows[sequence].FirstRow * Width, Rows[sequence].Rows * Width);

    /// <summary>The same by the kernel for keys without gaps.</summary>
    public float[] Dense(int sequence)
    {
        int keyWidth = S.KeyValueHeads * S.HeadDim, length = Rows[sequence].Length;
        AttentionShape s = S with { Batch = 1, QueryLength = Rows[sequence].Rows, KeyLength = length, KeyRowStride = keyWidth, ValueRowStride = keyWidth };
        float[] output = new float[Rows[sequence].Rows * Width];
        Attention.Forward(s, Of(sequence, Q), K[sequence], V[sequence], [], [], output, []);
        return output;
    }

    /// <summary>The same by the definition in double precision, sinks included.</summary>
    public double[] Reference(int sequence)
    {
        int keyWidth = S.KeyValueHeads * S.HeadDim, length = Rows[sequence].Length, rows = Rows[sequence].Rows;
        double[] bias = new double[rows * length];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < length; j++)
                if (S.Window > 0 && j <= length - rows + i - S.Window && j >= Sinks) bias[i * length + j] = double.NegativeInfinity;
        AttentionShape s = S with { Batch = 1, QueryLength = rows, KeyLength = length, KeyRowStride = keyWidth, ValueRowStride = keyWidth, Window = 0, BiasRowStride = length };
        double[] output = new double[rows * Width];
        Heed.Kernels.Reference.AttentionForward(s, Double(Of(sequence, Q)), Double(K[sequence]), Double(V[sequence]), bias, [], output, new double[S.Heads * rows], new double[S.Heads * rows * length]);
        return output;
    }

    private static double[] Double(ReadOnlySpan<float> x)
    {
        double[] result = new double[x.Length];
        for (int i = 0; i < x.Length; i++) result[i] = x[i];
        return result;
    }

    private unsafe nint Page()
    {
        byte[] page = GC.AllocateUninitializedArray<byte>((int)Pages.Bytes, pinned: true);
        Array.Fill(page, (byte)0xFF); // NaN: nothing beyond a sequence's tokens may be read
        memory.Add(page);
        return (nint)Unsafe.AsPointer(ref page[0]);
    }

    public static float[] Random(int count, int seed)
    {
        float[] x = new float[count];
        new RandomSource((ulong)seed).FillNormal(x, 1);
        return x;
    }
}

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class PagedAttentionTests
{
    private static AttentionShape Shape(int heads, int keyHeads, int depth, int window = 0, float cap = 0) => new() { Heads = heads, KeyValueHeads = keyHeads, HeadDim = depth, Window = window, SoftCap = cap };

    [Theory]
    [InlineData(4, 2, 32, 0, 0f, 16)]
    [InlineData(3, 3, 23, 0, 2f, 32)]
    [InlineData(4, 1, 72, 50, 0f, 8)]
    [InlineData(2, 2, 10, 300, 0f, 64)]
    public void EverySequenceHasTheBitsThatItHasAloneWithoutPages(int heads, int keyHeads, int depth, int window, float cap, int pageTokens)
    {
        PagedCase c = new(Shape(heads, keyHeads, depth, window, cap), pageTokens, BlockType.F32, (1, 1), (70, 1), (300, 3), (257, 2), (4, 4));
        float[] together = c.Run();
        float[] one = Threads.With(1, () => c.Run());
        Assert.Equal(together, one);
        for (int i = 0; i < c.Rows.Length; i++)
        {
            Assert.Equal(c.Dense(i), c.Of(i, together).ToArray());
            Assert.Equal(c.Of(i, together).ToArray(), c.Of(i, c.Run(c.Rows[i])).ToArray());
        }
    }

    [Theory]
    [InlineData(BlockType.F32, 1e-5)]
    [InlineData(BlockType.F16, 3e-3)]
    [InlineData(BlockType.BF16, 2e-2)]
    [InlineData(BlockType.Q8_0, 3e-2)]
    public void EveryTypeOfPageIsCloseToTheDefinition(BlockType type, double tolerance)
    {
        PagedCase c = new(Shape(4, 2, 32), 16, type, (5, 1), (270, 2), (33, 4));
        float[] given = c.Run();
        for (int i = 0; i < c.Rows.Length; i++) Close(c.Reference(i), c.Of(i, given), tolerance);
    }

    [Theory]
    [InlineData(40, 3)]
    [InlineData(40, 16)]
    [InlineData(5, 280)]
    [InlineData(300, 4)]
    public void SinksStayVisibleAndWhatLiesBetweenMayBeGone(int window, int sinks)
    {
        PagedCase c = new(Shape(4, 2, 16, window), 8, BlockType.F32, (30, 1), (310, 2), (520, 1)) { Sinks = sinks };
        float[] whole = c.Run();
        for (int i = 0; i < c.Rows.Length; i++) Close(c.Reference(i), c.Of(i, whole), 1e-5);
        int gone = 0;
        foreach (PagedRows r in c.Rows)
            for (int page = 0; page < c.Pages.Count(r.Length); page++)
                if (page * 8 >= sinks && page * 8 + 8 <= r.Length - r.Rows - window + 1)
                {
                    c.Addresses[r.FirstPage + page] = 0;
                    gone++;
                }
        Assert.True(gone > 10);
        Assert.Equal(whole, c.Run());
    }

    [Theory]
    [InlineData(BlockType.F32, 0f)]
    [InlineData(BlockType.F16, 0.001f)]
    [InlineData(BlockType.BF16, 0.01f)]
    [InlineData(BlockType.Q8_0, 0.02f)]
    public void WhatIsStoredIsGathered(BlockType type, float tolerance)
    {
        PagedCase c = new(Shape(2, 2, 32), 8, type, (30, 1), (20, 1));
        float[] k = new float[17 * 64], v = new float[17 * 64];
        ReadOnlySpan<nint> second = c.Addresses.AsSpan(c.Rows[1].FirstPage);
        Pages.Gather(c.Pages, 1, second, 3, 17, k, v);
        for (int i = 0; i < k.Length; i++)
        {
            Assert.Equal(c.K[1][3 * 64 + i], k[i], tolerance * 2);
            Assert.Equal(c.V[1][3 * 64 + i], v[i], tolerance * 2);
        }
        c.Addresses[c.Rows[1].FirstPage + 1] = 0;
        Pages.Gather(c.Pages, 1, second, 3, 17, k, v);
        Assert.All(k[(5 * 64)..(13 * 64)], x => Assert.Equal(0, x));
        Assert.NotEqual(0, k[5 * 64 - 1]);
        Assert.NotEqual(0, v[13 * 64]);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(128)]
    [InlineData(0)]
    public void EveryRegisterWidth(int width)
    {
        PagedCase c = new(Shape(4, 2, 37, window: 70, cap: 3), 8, BlockType.F32, (1, 1), (300, 2), (90, 3)) { Sinks = 5 };
        float[] given = c.RunWith(width);
        for (int i = 0; i < c.Rows.Length; i++) Close(c.Reference(i), c.Of(i, given), 1e-5);
    }

    [Fact]
    public void RandomBatches() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 40], Gen.Int[0, 6], Gen.Select(Gen.Int[1, 300], Gen.Int[1, 5]).Array[1, 3], Gen.Int[0, 60], Gen.Int[0, 20])
            .Sample((keyHeads, group, depth, page, sequences, window, sinks) =>
            {
                PagedCase c = new(Shape(keyHeads * group, keyHeads, depth, window), 1 << page, BlockType.F32, [.. sequences.Select(s => (s.Item1, Math.Min(s.Item1, s.Item2)))]) { Sinks = window == 0 ? 0 : sinks };
                float[] given = c.Run();
                for (int i = 0; i < c.Rows.Length; i++) Close(c.Reference(i), c.Of(i, given), 2e-5);
                return true;
            }, iter: 15, threads: 1);

    [Fact]
    public void BadArgumentsSayWhatWasGiven()
    {
        PagedCase c = new(Shape(4, 2, 16), 8, BlockType.F32, (30, 1), (20, 2));
        void Bad(string part, Action run) => Assert.Contains(part, Assert.Throws<ArgumentException>(run).Message);
        Bad("up to 256, given 24", () => Attention.Paged(c.S, c.Pages with { Tokens = 24 }, 0, c.Addresses, c.Rows, 0, c.Q, c.Q));
        Bad("layer 2", () => Attention.Paged(c.S, c.Pages, 2, c.Addresses, c.Rows, 0, c.Q, c.Q));
        Bad("given Q4_K", () => Attention.Paged(c.S, c.Pages with { Type = BlockType.Q4_K }, 0, c.Addresses, c.Rows, 0, c.Q, c.Q));
        Bad("multiple of 32 columns, given 16", () => Attention.Paged(c.S, c.Pages with { Type = BlockType.Q8_0 }, 0, c.Addresses, c.Rows, 0, c.Q, c.Q));
        Bad("2 key/value heads of 16 was given pages of 4", () => Attention.Paged(c.S, c.Pages with { KeyValueHeads = 4 }, 0, c.Addresses, c.Rows, 0, c.Q, c.Q));
        Bad("a list of 6 pages", () => Attention.Paged(c.S, c.Pages, 0, c.Addresses.AsSpan(0, 6), c.Rows, 0, c.Q, c.Q));
        Bad("192 were expected", () => Attention.Paged(c.S, c.Pages, 0, c.Addresses, c.Rows, 0, c.Q.AsSpan(1), new float[192]));
        Bad("21 of them new", () => Attention.Paged(c.S, c.Pages, 0, c.Addresses, [c.Rows[1] with { Rows = 21 }], 0, c.Q, c.Q));
        c.Addresses[6] = 0;
        Bad("given back", () => Pages.Store(c.Pages, 0, c.Addresses, c.Rows, c.Q, 32, c.Q, 32));
    }

    private static void Close(double[] expected, ReadOnlySpan<float> given, double tolerance)
    {
        Assert.Equal(expected.Length, given.Length);
        for (int i = 0; i < given.Length; i++) Assert.True(Math.Abs(expected[i] - given[i]) <= tolerance, $"element {i}: {given[i]}, expected {expected[i]}");
    }
}
