using System.Runtime.CompilerServices;

namespace Heed.Kernels;

// The register tiles: rows x (2 registers) of C, summed over k in registers.
//   a: element (i, p) at a[p * strideA + i];  b: element (p, j) at b[p * 2 * I.Count + j]
//   C = add + sum, where add is null (0), C itself (ldAdd = ldc), or a bias row (ldAdd = 0). Only the first `rows` rows are stored.
// Written out by hand, because the compiler keeps named locals in registers and an array of them in memory.
public static unsafe partial class MatMul
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile12<I, R>(nint k, float* a, nint strideA, float* b, float* c, nint ldc, float* add, nint ldAdd, int rows)
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
        R c80 = zero, c81 = zero;
        R c90 = zero, c91 = zero;
        R c100 = zero, c101 = zero;
        R c110 = zero, c111 = zero;
        for (; k > 0; k--)
        {
            R b0 = I.Load(b), b1 = I.Load(b + I.Count);
            R x = I.Create(a[0]); c00 = I.MultiplyAdd(x, b0, c00); c01 = I.MultiplyAdd(x, b1, c01);
            x = I.Create(a[1]); c10 = I.MultiplyAdd(x, b0, c10); c11 = I.MultiplyAdd(x, b1, c11);
            x = I.Create(a[2]); c20 = I.MultiplyAdd(x, b0, c20); c21 = I.MultiplyAdd(x, b1, c21);
            x = I.Create(a[3]); c30 = I.MultiplyAdd(x, b0, c30); c31 = I.MultiplyAdd(x, b1, c31);
            x = I.Create(a[4]); c40 = I.MultiplyAdd(x, b0, c40); c41 = I.MultiplyAdd(x, b1, c41);
            x = I.Create(a[5]); c50 = I.MultiplyAdd(x, b0, c50); c51 = I.MultiplyAdd(x, b1, c51);
            x = I.Create(a[6]); c60 = I.MultiplyAdd(x, b0, c60); c61 = I.MultiplyAdd(x, b1, c61);
            x = I.Create(a[7]); c70 = I.MultiplyAdd(x, b0, c70); c71 = I.MultiplyAdd(x, b1, c71);
            x = I.Create(a[8]); c80 = I.MultiplyAdd(x, b0, c80); c81 = I.MultiplyAdd(x, b1, c81);
            x = I.Create(a[9]); c90 = I.MultiplyAdd(x, b0, c90); c91 = I.MultiplyAdd(x, b1, c91);
            x = I.Create(a[10]); c100 = I.MultiplyAdd(x, b0, c100); c101 = I.MultiplyAdd(x, b1, c101);
            x = I.Create(a[11]); c110 = I.MultiplyAdd(x, b0, c110); c111 = I.MultiplyAdd(x, b1, c111);
            a += strideA; b += 2 * I.Count;
        }
        Put<I, R>(c, add, c00, c01);
        if (rows == 1) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + ldc, add, c10, c11);
        if (rows == 2) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 2 * ldc, add, c20, c21);
        if (rows == 3) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 3 * ldc, add, c30, c31);
        if (rows == 4) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 4 * ldc, add, c40, c41);
        if (rows == 5) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 5 * ldc, add, c50, c51);
        if (rows == 6) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 6 * ldc, add, c60, c61);
        if (rows == 7) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 7 * ldc, add, c70, c71);
        if (rows == 8) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 8 * ldc, add, c80, c81);
        if (rows == 9) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 9 * ldc, add, c90, c91);
        if (rows == 10) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 10 * ldc, add, c100, c101);
        if (rows == 11) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 11 * ldc, add, c110, c111);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile8<I, R>(nint k, float* a, nint strideA, float* b, float* c, nint ldc, float* add, nint ldAdd, int rows)
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
        for (; k > 0; k--)
        {
            R b0 = I.Load(b), b1 = I.Load(b + I.Count);
            R x = I.Create(a[0]); c00 = I.MultiplyAdd(x, b0, c00); c01 = I.MultiplyAdd(x, b1, c01);
            x = I.Create(a[1]); c10 = I.MultiplyAdd(x, b0, c10); c11 = I.MultiplyAdd(x, b1, c11);
            x = I.Create(a[2]); c20 = I.MultiplyAdd(x, b0, c20); c21 = I.MultiplyAdd(x, b1, c21);
            x = I.Create(a[3]); c30 = I.MultiplyAdd(x, b0, c30); c31 = I.MultiplyAdd(x, b1, c31);
            x = I.Create(a[4]); c40 = I.MultiplyAdd(x, b0, c40); c41 = I.MultiplyAdd(x, b1, c41);
            x = I.Create(a[5]); c50 = I.MultiplyAdd(x, b0, c50); c51 = I.MultiplyAdd(x, b1, c51);
            x = I.Create(a[6]); c60 = I.MultiplyAdd(x, b0, c60); c61 = I.MultiplyAdd(x, b1, c61);
            x = I.Create(a[7]); c70 = I.MultiplyAdd(x, b0, c70); c71 = I.MultiplyAdd(x, b1, c71);
            a += strideA; b += 2 * I.Count;
        }
        Put<I, R>(c, add, c00, c01);
        if (rows == 1) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + ldc, add, c10, c11);
        if (rows == 2) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 2 * ldc, add, c20, c21);
        if (rows == 3) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 3 * ldc, add, c30, c31);
        if (rows == 4) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 4 * ldc, add, c40, c41);
        if (rows == 5) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 5 * ldc, add, c50, c51);
        if (rows == 6) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 6 * ldc, add, c60, c61);
        if (rows == 7) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 7 * ldc, add, c70, c71);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6<I, R>(nint k, float* a, nint strideA, float* b, float* c, nint ldc, float* add, nint ldAdd, int rows)
        where I : IRegister<R> where R : struct
    {
        R zero = I.Create(0f);
        R c00 = zero, c01 = zero;
        R c10 = zero, c11 = zero;
        R c20 = zero, c21 = zero;
        R c30 = zero, c31 = zero;
        R c40 = zero, c41 = zero;
        R c50 = zero, c51 = zero;
        for (; k > 0; k--)
        {
            R b0 = I.Load(b), b1 = I.Load(b + I.Count);
            R x = I.Create(a[0]); c00 = I.MultiplyAdd(x, b0, c00); c01 = I.MultiplyAdd(x, b1, c01);
            x = I.Create(a[1]); c10 = I.MultiplyAdd(x, b0, c10); c11 = I.MultiplyAdd(x, b1, c11);
            x = I.Create(a[2]); c20 = I.MultiplyAdd(x, b0, c20); c21 = I.MultiplyAdd(x, b1, c21);
            x = I.Create(a[3]); c30 = I.MultiplyAdd(x, b0, c30); c31 = I.MultiplyAdd(x, b1, c31);
            x = I.Create(a[4]); c40 = I.MultiplyAdd(x, b0, c40); c41 = I.MultiplyAdd(x, b1, c41);
            x = I.Create(a[5]); c50 = I.MultiplyAdd(x, b0, c50); c51 = I.MultiplyAdd(x, b1, c51);
            a += strideA; b += 2 * I.Count;
        }
        Put<I, R>(c, add, c00, c01);
        if (rows == 1) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + ldc, add, c10, c11);
        if (rows == 2) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 2 * ldc, add, c20, c21);
        if (rows == 3) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 3 * ldc, add, c30, c31);
        if (rows == 4) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 4 * ldc, add, c40, c41);
        if (rows == 5) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 5 * ldc, add, c50, c51);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4<I, R>(nint k, float* a, nint strideA, float* b, float* c, nint ldc, float* add, nint ldAdd, int rows)
        where I : IRegister<R> where R : struct
    {
        R zero = I.Create(0f);
        R c00 = zero, c01 = zero;
        R c10 = zero, c11 = zero;
        R c20 = zero, c21 = zero;
        R c30 = zero, c31 = zero;
        for (; k > 0; k--)
        {
            R b0 = I.Load(b), b1 = I.Load(b + I.Count);
            R x = I.Create(a[0]); c00 = I.MultiplyAdd(x, b0, c00); c01 = I.MultiplyAdd(x, b1, c01);
            x = I.Create(a[1]); c10 = I.MultiplyAdd(x, b0, c10); c11 = I.MultiplyAdd(x, b1, c11);
            x = I.Create(a[2]); c20 = I.MultiplyAdd(x, b0, c20); c21 = I.MultiplyAdd(x, b1, c21);
            x = I.Create(a[3]); c30 = I.MultiplyAdd(x, b0, c30); c31 = I.MultiplyAdd(x, b1, c31);
            a += strideA; b += 2 * I.Count;
        }
        Put<I, R>(c, add, c00, c01);
        if (rows == 1) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + ldc, add, c10, c11);
        if (rows == 2) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 2 * ldc, add, c20, c21);
        if (rows == 3) return;
        if (add != null) add += ldAdd;
        Put<I, R>(c + 3 * ldc, add, c30, c31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<I, R>(float* c, float* add, R x0, R x1) where I : IRegister<R> where R : struct
    {
        if (add != null)
        {
            x0 = I.Add(I.Load(add), x0);
            x1 = I.Add(I.Load(add + I.Count), x1);
        }
        I.Store(x0, c);
        I.Store(x1, c + I.Count);
    }
}
