using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>Reductions over one row on the calling thread, with four independent sums in a fixed order.</summary>
internal static unsafe class RowMath
{
    /// <summary>The greatest element; -infinity for an empty row. Whether a NaN shows depends on the instruction set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Max<V>(float* x, nint n) where V : struct, IVec<V>
    {
        V a = V.Create(float.NegativeInfinity), b = a, c = a, d = a;
        nint i = 0;
        for (; i <= n - 4 * V.Count; i += 4 * V.Count)
        {
            a = V.Max(a, V.Load(x + i));
            b = V.Max(b, V.Load(x + i + V.Count));
            c = V.Max(c, V.Load(x + i + 2 * V.Count));
            d = V.Max(d, V.Load(x + i + 3 * V.Count));
        }
        for (; i <= n - V.Count; i += V.Count) a = V.Max(a, V.Load(x + i));
        float max = V.HorizontalMax(V.Max(V.Max(a, b), V.Max(c, d)));
        for (; i < n; i++) max = MathF.Max(max, x[i]);
        return max;
    }

    /// <summary>The greatest element, or NaN when there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float MaxOrNaN<V>(float* x, nint n) where V : struct, IVec<V>
    {
        V low = V.Create(-float.MaxValue), high = V.Create(float.MaxValue), zero = V.Create(0f);
        V a = V.Create(float.NegativeInfinity), b = a, nanA = zero, nanB = zero;
        nint i = 0;
        for (; i <= n - 2 * V.Count; i += 2 * V.Count)
        {
            V x0 = V.Load(x + i), x1 = V.Load(x + i + V.Count);
            a = V.Max(a, x0);
            b = V.Max(b, x1);
            // Infinities are limited first, so that only NaN gives NaN.
            nanA = V.MultiplyAdd(V.Min(high, V.Max(low, x0)), zero, nanA);
            nanB = V.MultiplyAdd(V.Min(high, V.Max(low, x1)), zero, nanB);
        }
        float max = V.HorizontalMax(V.Max(a, b));
        if (float.IsNaN(V.Sum(nanA + nanB))) max = float.NaN;
        for (; i < n; i++) max = MathF.Max(max, x[i]); // MathF.Max keeps NaN
        return max;
    }

    /// <summary>Sum of e^(x - max).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float SumExp<V>(float* x, nint n, float max) where V : struct, IVec<V>
    {
        V m = V.Create(max), a = V.Create(0f), b = a;
        nint i = 0;
        for (; i <= n - 2 * V.Count; i += 2 * V.Count)
        {
            a += VecMath.Exp(V.Load(x + i) - m);
            b += VecMath.Exp(V.Load(x + i + V.Count) - m);
        }
        for (; i <= n - V.Count; i += V.Count) a += VecMath.Exp(V.Load(x + i) - m);
        if (i < n) b += VecMath.Exp(VectorLoop.LoadTail<V>(x + i, n - i, float.NegativeInfinity) - m);
        return V.Sum(a + b);
    }

    /// <summary>y = e^(x - max); returns the sum. y may be x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float StoreExp<V>(float* x, float* y, nint n, float max) where V : struct, IVec<V>
    {
        V m = V.Create(max), a = V.Create(0f), b = a;
        nint i = 0;
        for (; i <= n - 2 * V.Count; i += 2 * V.Count)
        {
            V e0 = VecMath.Exp(V.Load(x + i) - m), e1 = VecMath.Exp(V.Load(x + i + V.Count) - m);
            e0.Store(y + i);
            e1.Store(y + i + V.Count);
            a += e0;
            b += e1;
        }
        for (; i <= n - V.Count; i += V.Count)
        {
            V e = VecMath.Exp(V.Load(x + i) - m);
            e.Store(y + i);
            a += e;
        }
        if (i < n)
        {
            V e = VecMath.Exp(VectorLoop.LoadTail<V>(x + i, n - i, float.NegativeInfinity) - m);
            VectorLoop.StoreTail(e, y + i, n - i);
            b += e;
        }
        return V.Sum(a + b);
    }

    /// <summary>Sum of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Sum<V>(float* x, nint n) where V : struct, IVec<V>
    {
        V a = V.Create(0f), b = a, c = a, d = a;
        nint i = 0;
        for (; i <= n - 4 * V.Count; i += 4 * V.Count)
        {
            a += V.Load(x + i);
            b += V.Load(x + i + V.Count);
            c += V.Load(x + i + 2 * V.Count);
            d += V.Load(x + i + 3 * V.Count);
        }
        for (; i <= n - V.Count; i += V.Count) a += V.Load(x + i);
        if (i < n) b += VectorLoop.LoadTail<V>(x + i, n - i, 0f);
        return V.Sum((a + b) + (c + d));
    }

    /// <summary>Sum of x * y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot<V>(float* x, float* y, nint n) where V : struct, IVec<V>
    {
        V a = V.Create(0f), b = a, c = a, d = a;
        nint i = 0;
        for (; i <= n - 4 * V.Count; i += 4 * V.Count)
        {
            a = V.MultiplyAdd(V.Load(x + i), V.Load(y + i), a);
            b = V.MultiplyAdd(V.Load(x + i + V.Count), V.Load(y + i + V.Count), b);
            c = V.MultiplyAdd(V.Load(x + i + 2 * V.Count), V.Load(y + i + 2 * V.Count), c);
            d = V.MultiplyAdd(V.Load(x + i + 3 * V.Count), V.Load(y + i + 3 * V.Count), d);
        }
        for (; i <= n - V.Count; i += V.Count) a = V.MultiplyAdd(V.Load(x + i), V.Load(y + i), a);
        if (i < n) b = V.MultiplyAdd(VectorLoop.LoadTail<V>(x + i, n - i, 0f), VectorLoop.LoadTail<V>(y + i, n - i, 0f), b);
        return V.Sum((a + b) + (c + d));
    }
}
