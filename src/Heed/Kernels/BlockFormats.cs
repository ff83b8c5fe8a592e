using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>
/// How a quantised type lies in memory when 8 rows stand side by side. A unit is one block of each row. The units' scales come first, then their runs
/// of 32 columns. In every register of 32 bytes, lane r holds 4 columns ("quad") of row r; a run has 8 quads.
/// </summary>
/// <remarks>
/// Nibbles take 4 registers: quads 0 to 3 in the low, 4 to 7 in the high ones. A fifth bit takes one more register, in which bit q of a byte belongs to quad q;
/// bits 5 and 6 take two, for quads 0 to 3 and 4 to 7, with a pair of bits for each. Scales are halves of 8 rows, then those of minima, then (for blocks of 256) 8 bytes
/// for each run's scale and 8 for its minimum, or for each 16 columns' signed scale.
/// </remarks>
internal unsafe interface IBlockFormat
{
    /// <summary>Runs of 32 columns in a block.</summary>
    static abstract int Runs { get; }

    /// <summary>Bytes of a unit's scales.</summary>
    static abstract int ScaleBytes { get; }

    /// <summary>Bytes of a run.</summary>
    static abstract int RunBytes { get; }

    /// <summary>Whether a minimum is added.</summary>
    static abstract bool Minimum { get; }

    /// <summary>Whether each run has whole factors of the block's scale and minimum.</summary>
    static abstract bool Factors { get; }

    /// <summary>4 columns of each row, as bytes.</summary>
    static abstract R Quad<L, R, F>(byte* run, int quad) where L : ILanes<R, F> where R : struct where F : struct;

    /// <summary>Σ w · x over a run as an exact integer.</summary>
    /// <param name="w0">The quads, as <see cref="Quad"/> gives them.</param>
    /// <param name="w1">Quad 1.</param><param name="w2">Quad 2.</param><param name="w3">Quad 3.</param><param name="w4">Quad 4.</param><param name="w5">Quad 5.</param><param name="w6">Quad 6.</param><param name="w7">Quad 7.</param>
    /// <param name="x">A record of <see cref="BlockActivations"/>.</param>
    /// <param name="scales">The bytes of this run's two scales for 16 columns (Q6_K).</param>
    static abstract R Dot<L, R, F>(R w0, R w1, R w2, R w3, R w4, R w5, R w6, R w7, byte* x, byte* scales) where L : ILanes<R, F> where R : struct where F : struct;
}

#pragma warning disable CS1591 // the members are documented on IBlockFormat
internal static unsafe class BlockQuads
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Nibble<L, R, F>(byte* run, int quad) where L : ILanes<R, F> where R : struct where F : struct =>
        quad < 4 ? L.And(L.Load(run + 32 * quad), L.Bytes(15)) : L.And(L.Right(L.Load(run + 32 * (quad - 4)), 4), L.Bytes(15));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R FiveBits<L, R, F>(byte* run, int quad) where L : ILanes<R, F> where R : struct where F : struct
    {
        R bits = L.Load(run + 128);
        return L.Or(Nibble<L, R, F>(run, quad), L.And(quad <= 4 ? L.Left(bits, 4 - quad) : L.Right(bits, quad - 4), L.Bytes(16)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R SixBits<L, R, F>(byte* run, int quad) where L : ILanes<R, F> where R : struct where F : struct
    {
        R bits = L.Load(run + (quad < 4 ? 128 : 160));
        int q = quad % 4;
        return L.Or(Nibble<L, R, F>(run, quad), L.And(q <= 2 ? L.Left(bits, 4 - 2 * q) : L.Right(bits, 2 * q - 4), L.Bytes(48)));
    }
}

internal readonly unsafe struct FormatQ8_0 : IBlockFormat
{
    public static int Runs => 1;
    public static int ScaleBytes => 16;
    public static int RunBytes => 256;
    public static bool Minimum => false;
    public static bool Factors => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Quad<L, R, F>(byte* run, int quad) where L : ILanes<R, F> where R : struct where F : struct => L.Load(run + 32 * quad);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Dot<L, R, F>(R w0, R w1, R w2, R w3, R w4, R w5, R w6, R w7, byte* x, byte* scales) where L : ILanes<R, F> where R : struct where F : struct =>
        L.DotSigned(w0, w1, w2, w3, w4, w5, w6, w7, x);
}

internal readonly unsafe struct FormatIQ4_NL : IBlockFormat
{
    public static int Runs => 1;
    public static int ScaleBytes => 16;
    public static int RunBytes => 128;
    public static bool Minimum => false;
    public static bool Factors => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Quad<L, R, F>(byte* run, int quad) where L : ILanes<R, F> where R : struct where F : struct => L.Levels(BlockQuads.Nibble<L, R, F>(run, quad));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Dot<L, R, F>(R w0, R w1, R w2, R w3, R w4, R w5, R w6, R w7, byte* x, byte* scales) where L : ILanes<R, F> where R : struct where F : struct =>
        L.DotSigned(w0, w1, w2, w3, w4, w5, w6, w7, x);
}

internal readonly unsafe struct FormatQ4_0 : IBlockFormat
{
    public static int Runs => 1;
    public static int ScaleBytes => 16;
    public static int RunBytes => 128;
    public static bool Minimum => false;
    public static bool Factors => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Quad<L, R, F>(byte* run, int quad) where L : ILanes<R, F> where R : struct where F : struct => BlockQuads.Nibble<L, R, F>(run, quad);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Dot<L, R, F>(R w0, R w1, R w2, R w3, R w4, R w5, R w6, R w7, byte* x, byte* scales) where L : ILanes<R, F> where R : struct where F : struct =>
        L.Add(L.Dot4(w0, w1, w2, w3, w4, w5, w6, w7, x), L.Broadcast(x + BlockActivations.Sum));
}

internal readonly unsafe struct FormatQ5_0 : IBlockFormat
{
    public static int Runs => 1;
    public static int ScaleBytes => 16;
    public static int RunBytes => 160;
    public static bool Minimum => false;
    public static bool Factors => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Quad<L, R, F>(byte* run, int quad) where L : ILanes<R, F> where R : struct where F : struct => BlockQuads.FiveBits<L, R, F>(run, quad);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Dot<L, R, F>(R w0, R w1, R w2, R w3, R w4, R w5, R w6, R w7, byte* x, byte* scales) where L : ILanes<R, F> where R : struct where F : struct =>
        L.Add(L.Add(L.HalfDot5(w0, w1, w2, w3, x), L.HalfDot5(w4, w5, w6, w7, x + 16)), L.Left(L.Broadcast(x + BlockActivations.Sum), 1));
}

/// <summary>Q4_1, and Q4_K with factors.</summary>
internal readonly unsafe struct FormatQ4<TBlock> : IBlockFormat where TBlock : struct, IMinimumBlock
{
    public static int Runs => TBlock.Runs;
    public static int ScaleBytes => TBlock.ScaleBytes;
    public static int RunBytes => 128;
    public static bool Minimum => true;
    public static bool Factors => TBlock.Runs > 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Quad<L, R, F>(byte* run, int quad) where L : ILanes<R, F> where R : struct where F : struct => BlockQuads.Nibble<L, R, F>(run, quad);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Dot<L, R, F>(R w0, R w1, R w2, R w3, R w4, R w5, R w6, R w7, byte* x, byte* scales) where L : ILanes<R, F> where R : struct where F : struct =>
        L.Dot4(w0, w1, w2, w3, w4, w5, w6, w7, x);
}

/// <summary>Q5_1, and Q5_K with factors.</summary>
internal readonly unsafe struct FormatQ5<TBlock> : IBlockFormat where TBlock : struct, IMinimumBlock
{
    public static int Runs => TBlock.Runs;
    public static int ScaleBytes => TBlock.ScaleBytes;
    public static int RunBytes => 160;
    public static bool Minimum => true;
    public static bool Factors => TBlock.Runs > 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Quad<L, R, F>(byte* run, int quad) where L : ILanes<R, F> where R : struct where F : struct => BlockQuads.FiveBits<L, R, F>(run, quad);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Dot<L, R, F>(R w0, R w1, R w2, R w3, R w4, R w5, R w6, R w7, byte* x, byte* scales) where L : ILanes<R, F> where R : struct where F : struct =>
        L.Add(L.HalfDot5(w0, w1, w2, w3, x), L.HalfDot5(w4, w5, w6, w7, x + 16));
}

internal readonly unsafe struct FormatQ6_K : IBlockFormat
{
    public static int Runs => 8;
    public static int ScaleBytes => 16 + 16 * 8;
    public static int RunBytes => 192;
    public static bool Minimum => false;
    public static bool Factors => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Quad<L, R, F>(byte* run, int quad) where L : ILanes<R, F> where R : struct where F : struct => BlockQuads.SixBits<L, R, F>(run, quad);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Dot<L, R, F>(R w0, R w1, R w2, R w3, R w4, R w5, R w6, R w7, byte* x, byte* scales) where L : ILanes<R, F> where R : struct where F : struct
    {
        R first = L.Add(L.HalfDot6(w0, w1, w2, w3, x), L.Left(L.Broadcast(x + BlockActivations.Sum0), 2));
        R last = L.Add(L.HalfDot6(w4, w5, w6, w7, x + 16), L.Left(L.Broadcast(x + BlockActivations.Sum1), 2));
        return L.Add(L.Multiply(first, L.WidenSigned(scales)), L.Multiply(last, L.WidenSigned(scales + 8)));
    }
}

internal interface IMinimumBlock
{
    static abstract int Runs { get; }
    static abstract int ScaleBytes { get; }
}

/// <summary>One run; scale and minimum as halves.</summary>
internal readonly struct OneRun : IMinimumBlock
{
    public static int Runs => 1;
    public static int ScaleBytes => 32;
}

/// <summary>Eight runs with factors of the block's scale and minimum.</summary>
internal readonly struct EightRuns : IMinimumBlock
{
    public static int Runs => 8;
    public static int ScaleBytes => 32 + 8 * 16;
}
#pragma warning restore CS1591
