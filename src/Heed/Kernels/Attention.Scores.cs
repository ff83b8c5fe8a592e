using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Heed.Kernels;

public static unsafe partial class Attention
{
    /// <summary>
    /// Makes scores [from, to) of one row ready for the exponential: adds bias and mask (given at score 0, in natural units, or null) to
    /// [first, last) and sets everything outside [first, last) to -inf. The scores are in units of log 2; to - from is a multiple of the register.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BiasAndMask<V>(float* scores, int from, int to, int first, int last, float* bias, float* mask) where V : struct, IVec<V>
    {
        first = Math.Clamp(first, from, to);
        last = Math.Clamp(last, first, to);
        AddBias<V>(scores, first, last, bias);
        AddBias<V>(scores, first, last, mask);
        // Whole registers, for the loads that follow at once would wait for smaller stores.
        V hidden = V.Create(float.NegativeInfinity), lanes = V.Load((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Lanes)));
        for (int j = from; j < first; j += V.Count)
            V.IfGreater(V.Create(first - j), lanes, hidden, V.Load(scores + j)).Store(scores + j);
        for (int j = from + (last - from) / V.Count * V.Count; j < to; j += V.Count)
            V.IfGreater(lanes, V.Create(last - j - 1), hidden, V.Load(scores + j)).Store(scores + j);
    }

    /// <summary>Adds the bias (in natural units, or null) to scores [first, last) (in units of log 2).</summary>
    private static void AddBias<V>(float* scores, int first, int last, float* bias) where V : struct, IVec<V>
    {
        if (bias == null) return;
        V unit = V.Create(AttentionMath.Log2E);
        int j = first;
        for (; j + V.Count <= last; j += V.Count) V.MultiplyAdd(V.Load(bias + j), unit, V.Load(scores + j)).Store(scores + j);
        for (; j < last; j++) scores[j] += bias[j] * AttentionMath.Log2E;
    }

    // Constant data, which does not move; no register has more lanes.
    private static ReadOnlySpan<float> Lanes => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    /// <summary>
    /// Soft cap of a row of scores s / cap: cap * tanh(s / cap), in units of log 2. Where given, slopes receives the derivative by s, 1 - tanh^2.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CapRow<V>(float* scores, int count, float cap, float* slopes) where V : struct, IVec<V>
    {
        V high = V.Create(cap * AttentionMath.Log2E), one = V.Create(1f);
        int j = 0;
        for (; j + V.Count <= count; j += V.Count)
        {
            V t = VecMath.Tanh(V.Load(scores + j));
            (t * high).Store(scores + j);
            if (slopes != null) ((one - t) * (one + t)).Store(slopes + j);
        }
        if (j == count) return;
        V tail = VecMath.Tanh(VectorLoop.LoadTail<V>(scores + j, count - j, 0f));
        VectorLoop.StoreTail(tail * high, scores + j, count - j);
        if (slopes != null) VectorLoop.StoreTail((one - tail) * (one + tail), slopes + j, count - j);
    }

    /// <summary>The scores of one query, in units of log 2, for keys [first, last) of those that start at key j0; nothing else of the row is written.</summary>
    private static void QueryScores<V>(in Arguments x, float* query, int b, int h, int i, int j0, int first, int last, float* scores) where V : struct, IVec<V>
    {
        float* keys = x.K + x.KeyAt(b, h / (x.S.Heads / x.S.KeyValueHeads), j0);
        AttentionTile.PackRows<V>(x.Q + x.QueryAt(b, h, i), 0, 1, x.S.HeadDim, x.QueryFactor, query, 1, x.S.HeadDim);
        ScoreRow<V>(query, keys, x.S.KeyRowStride, x.S.HeadDim, first, last, scores);
        if (x.S.SoftCap > 0f) CapRow<V>(scores + first, last - first, x.S.SoftCap, null);
        AddBias<V>(scores, first, last, x.BiasAt(b, h, i, j0));
        AddBias<V>(scores, first, last, x.MaskAt(b, j0));
    }
}
