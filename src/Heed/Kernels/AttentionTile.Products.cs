using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Heed.Kernels;

// The products. Written out by hand on the bare vector types (see IRegister), because the compiler keeps named locals in registers.
internal static unsafe partial class AttentionTile
{
    /// <summary>
    /// C (8, width) = or += A (8, depth) B (depth, width), where A[r, k] is <c>a[r * aRow + k * aDepth]</c>; width is a multiple of the register.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Multiply<V>(float* a, nint aRow, nint aDepth, float* b, nint bRow, float* c, nint cRow, int depth, int width, bool add)
        where V : struct, IVec<V>
    {
        if (typeof(V) == typeof(Vec512)) Multiply<Register512, Vector512<float>>(a, aRow, aDepth, b, bRow, c, cRow, depth, width, add);
        else if (typeof(V) == typeof(Vec256)) Multiply<Register256, Vector256<float>>(a, aRow, aDepth, b, bRow, c, cRow, depth, width, add);
        else if (typeof(V) == typeof(Vec128)) Multiply<Register128, Vector128<float>>(a, aRow, aDepth, b, bRow, c, cRow, depth, width, add);
        else Multiply<RegisterPortable, Vector<float>>(a, aRow, aDepth, b, bRow, c, cRow, depth, width, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply<I, R>(float* a, nint aRow, nint aDepth, float* b, nint bRow, float* c, nint cRow, int depth, int width, bool add)
        where I : IRegister<R> where R : struct
    {
        int column = 0;
        if (I.Count == 16 || AdvSimd.IsSupported)
        {
            // 32 registers.
            for (; column + 2 * I.Count <= width; column += 2 * I.Count)
                EightByTwo<I, R>(a, aRow, aDepth, b + column, bRow, c + column, cRow, depth, add);
        }
        else
        {
            // 16 registers: four rows at a time. 4 x 3 sums leave room for latency, which 4 x 2 do not.
            for (; column + 3 * I.Count <= width; column += 3 * I.Count)
            {
                FourByThree<I, R>(a, aRow, aDepth, b + column, bRow, c + column, cRow, depth, add);
                FourByThree<I, R>(a + 4 * aRow, aRow, aDepth, b + column, bRow, c + column + 4 * cRow, cRow, depth, add);
            }
            if (column + 2 * I.Count <= width)
            {
                FourByTwo<I, R>(a, aRow, aDepth, b + column, bRow, c + column, cRow, depth, add);
                FourByTwo<I, R>(a + 4 * aRow, aRow, aDepth, b + column, bRow, c + column + 4 * cRow, cRow, depth, add);
                column += 2 * I.Count;
            }
        }
        if (column < width) EightByOne<I, R>(a, aRow, aDepth, b + column, bRow, c + column, cRow, depth, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightByTwo<I, R>(float* a, nint aRow, nint aDepth, float* b, nint bRow, float* c, nint cRow, nint depth, bool add)
        where I : IRegister<R> where R : struct
    {
        R zero = I.Create(0f);
        R c00 = zero, c01 = zero;
        R c10 = zero, c11 = zero;
        R c20 = zero, c21 = zero;
        R c30 = zero, c31 = zero;
        R c40 = zero, c41 = zero;
        R c50 = zero, c51 = zero;
        R c60 = zero, c61 = zero;
        R c70 = zero, c71 = zero;
        if (add)
        {
            c00 = I.Load(c); c01 = I.Load(c + I.Count);
            c10 = I.Load(c + cRow); c11 = I.Load(c + cRow + I.Count);
            c20 = I.Load(c + 2 * cRow); c21 = I.Load(c + 2 * cRow + I.Count);
            c30 = I.Load(c + 3 * cRow); c31 = I.Load(c + 3 * cRow + I.Count);
            c40 = I.Load(c + 4 * cRow); c41 = I.Load(c + 4 * cRow + I.Count);
            c50 = I.Load(c + 5 * cRow); c51 = I.Load(c + 5 * cRow + I.Count);
            c60 = I.Load(c + 6 * cRow); c61 = I.Load(c + 6 * cRow + I.Count);
            c70 = I.Load(c + 7 * cRow); c71 = I.Load(c + 7 * cRow + I.Count);
        }
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow, a5 = a4 + aRow, a6 = a5 + aRow, a7 = a6 + aRow;
        nint end = depth * aDepth;
        for (nint k = 0; k < end; k += aDepth)
        {
            R b0 = I.Load(b), b1 = I.Load(b + I.Count);
            b += bRow;
            R x = I.Create(a[k]); c00 = I.MultiplyAdd(x, b0, c00); c01 = I.MultiplyAdd(x, b1, c01);
            x = I.Create(a1[k]); c10 = I.MultiplyAdd(x, b0, c10); c11 = I.MultiplyAdd(x, b1, c11);
            x = I.Create(a2[k]); c20 = I.MultiplyAdd(x, b0, c20); c21 = I.MultiplyAdd(x, b1, c21);
            x = I.Create(a3[k]); c30 = I.MultiplyAdd(x, b0, c30); c31 = I.MultiplyAdd(x, b1, c31);
            x = I.Create(a4[k]); c40 = I.MultiplyAdd(x, b0, c40); c41 = I.MultiplyAdd(x, b1, c41);
            x = I.Create(a5[k]); c50 = I.MultiplyAdd(x, b0, c50); c51 = I.MultiplyAdd(x, b1, c51);
            x = I.Create(a6[k]); c60 = I.MultiplyAdd(x, b0, c60); c61 = I.MultiplyAdd(x, b1, c61);
            x = I.Create(a7[k]); c70 = I.MultiplyAdd(x, b0, c70); c71 = I.MultiplyAdd(x, b1, c71);
        }
        I.Store(c00, c); I.Store(c01, c + I.Count);
        I.Store(c10, c + cRow); I.Store(c11, c + cRow + I.Count);
        I.Store(c20, c + 2 * cRow); I.Store(c21, c + 2 * cRow + I.Count);
        I.Store(c30, c + 3 * cRow); I.Store(c31, c + 3 * cRow + I.Count);
        I.Store(c40, c + 4 * cRow); I.Store(c41, c + 4 * cRow + I.Count);
        I.Store(c50, c + 5 * cRow); I.Store(c51, c + 5 * cRow + I.Count);
        I.Store(c60, c + 6 * cRow); I.Store(c61, c + 6 * cRow + I.Count);
        I.Store(c70, c + 7 * cRow); I.Store(c71, c + 7 * cRow + I.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByThree<I, R>(float* a, nint aRow, nint aDepth, float* b, nint bRow, float* c, nint cRow, nint depth, bool add)
        where I : IRegister<R> where R : struct
    {
        R zero = I.Create(0f);
        R c00 = zero, c01 = zero, c02 = zero;
        R c10 = zero, c11 = zero, c12 = zero;
        R c20 = zero, c21 = zero, c22 = zero;
        R c30 = zero, c31 = zero, c32 = zero;
        if (add)
        {
            c00 = I.Load(c); c01 = I.Load(c + I.Count); c02 = I.Load(c + 2 * I.Count);
            c10 = I.Load(c + cRow); c11 = I.Load(c + cRow + I.Count); c12 = I.Load(c + cRow + 2 * I.Count);
            c20 = I.Load(c + 2 * cRow); c21 = I.Load(c + 2 * cRow + I.Count); c22 = I.Load(c + 2 * cRow + 2 * I.Count);
            c30 = I.Load(c + 3 * cRow); c31 = I.Load(c + 3 * cRow + I.Count); c32 = I.Load(c + 3 * cRow + 2 * I.Count);
        }
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        nint end = depth * aDepth;
        for (nint k = 0; k < end; k += aDepth)
        {
            R b0 = I.Load(b), b1 = I.Load(b + I.Count), b2 = I.Load(b + 2 * I.Count);
            b += bRow;
            R x = I.Create(a[k]); c00 = I.MultiplyAdd(x, b0, c00); c01 = I.MultiplyAdd(x, b1, c01); c02 = I.MultiplyAdd(x, b2, c02);
            x = I.Create(a1[k]); c10 = I.MultiplyAdd(x, b0, c10); c11 = I.MultiplyAdd(x, b1, c11); c12 = I.MultiplyAdd(x, b2, c12);
            x = I.Create(a2[k]); c20 = I.MultiplyAdd(x, b0, c20); c21 = I.MultiplyAdd(x, b1, c21); c22 = I.MultiplyAdd(x, b2, c22);
            x = I.Create(a3[k]); c30 = I.MultiplyAdd(x, b0, c30); c31 = I.MultiplyAdd(x, b1, c31); c32 = I.MultiplyAdd(x, b2, c32);
        }
        I.Store(c00, c); I.Store(c01, c + I.Count); I.Store(c02, c + 2 * I.Count);
        I.Store(c10, c + cRow); I.Store(c11, c + cRow + I.Count); I.Store(c12, c + cRow + 2 * I.Count);
        I.Store(c20, c + 2 * cRow); I.Store(c21, c + 2 * cRow + I.Count); I.Store(c22, c + 2 * cRow + 2 * I.Count);
        I.Store(c30, c + 3 * cRow); I.Store(c31, c + 3 * cRow + I.Count); I.Store(c32, c + 3 * cRow + 2 * I.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo<I, R>(float* a, nint aRow, nint aDepth, float* b, nint bRow, float* c, nint cRow, nint depth, bool add)
        where I : IRegister<R> where R : struct
    {
        R zero = I.Create(0f);
        R c00 = zero, c01 = zero;
        R c10 = zero, c11 = zero;
        R c20 = zero, c21 = zero;
        R c30 = zero, c31 = zero;
        if (add)
        {
            c00 = I.Load(c); c01 = I.Load(c + I.Count);
            c10 = I.Load(c + cRow); c11 = I.Load(c + cRow + I.Count);
            c20 = I.Load(c + 2 * cRow); c21 = I.Load(c + 2 * cRow + I.Count);
            c30 = I.Load(c + 3 * cRow); c31 = I.Load(c + 3 * cRow + I.Count);
        }
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        nint end = depth * aDepth;
        for (nint k = 0; k < end; k += aDepth)
        {
            R b0 = I.Load(b), b1 = I.Load(b + I.Count);
            b += bRow;
            R x = I.Create(a[k]); c00 = I.MultiplyAdd(x, b0, c00); c01 = I.MultiplyAdd(x, b1, c01);
            x = I.Create(a1[k]); c10 = I.MultiplyAdd(x, b0, c10); c11 = I.MultiplyAdd(x, b1, c11);
            x = I.Create(a2[k]); c20 = I.MultiplyAdd(x, b0, c20); c21 = I.MultiplyAdd(x, b1, c21);
            x = I.Create(a3[k]); c30 = I.MultiplyAdd(x, b0, c30); c31 = I.MultiplyAdd(x, b1, c31);
        }
        I.Store(c00, c); I.Store(c01, c + I.Count);
        I.Store(c10, c + cRow); I.Store(c11, c + cRow + I.Count);
        I.Store(c20, c + 2 * cRow); I.Store(c21, c + 2 * cRow + I.Count);
        I.Store(c30, c + 3 * cRow); I.Store(c31, c + 3 * cRow + I.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightByOne<I, R>(float* a, nint aRow, nint aDepth, float* b, nint bRow, float* c, nint cRow, nint depth, bool add)
        where I : IRegister<R> where R : struct
    {
        R zero = I.Create(0f);
        R c00 = zero;
        R c10 = zero;
        R c20 = zero;
        R c30 = zero;
        R c40 = zero;
        R c50 = zero;
        R c60 = zero;
        R c70 = zero;
        if (add)
        {
            c00 = I.Load(c);
            c10 = I.Load(c + cRow);
            c20 = I.Load(c + 2 * cRow);
            c30 = I.Load(c + 3 * cRow);
            c40 = I.Load(c + 4 * cRow);
            c50 = I.Load(c + 5 * cRow);
            c60 = I.Load(c + 6 * cRow);
            c70 = I.Load(c + 7 * cRow);
        }
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow, a5 = a4 + aRow, a6 = a5 + aRow, a7 = a6 + aRow;
        nint end = depth * aDepth;
        for (nint k = 0; k < end; k += aDepth)
        {
            R b0 = I.Load(b);
            b += bRow;
            R x = I.Create(a[k]); c00 = I.MultiplyAdd(x, b0, c00);
            x = I.Create(a1[k]); c10 = I.MultiplyAdd(x, b0, c10);
            x = I.Create(a2[k]); c20 = I.MultiplyAdd(x, b0, c20);
            x = I.Create(a3[k]); c30 = I.MultiplyAdd(x, b0, c30);
            x = I.Create(a4[k]); c40 = I.MultiplyAdd(x, b0, c40);
            x = I.Create(a5[k]); c50 = I.MultiplyAdd(x, b0, c50);
            x = I.Create(a6[k]); c60 = I.MultiplyAdd(x, b0, c60);
            x = I.Create(a7[k]); c70 = I.MultiplyAdd(x, b0, c70);
        }
        I.Store(c00, c);
        I.Store(c10, c + cRow);
        I.Store(c20, c + 2 * cRow);
        I.Store(c30, c + 3 * cRow);
        I.Store(c40, c + 4 * cRow);
        I.Store(c50, c + 5 * cRow);
        I.Store(c60, c + 6 * cRow);
        I.Store(c70, c + 7 * cRow);
    }
}
