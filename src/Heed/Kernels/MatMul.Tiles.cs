using System.Runtime.CompilerServices;

namespace Heed.Kernels;

// The register tiles: rows x (2 registers) of C, summed over k in registers.
//   a: element (i, p) at a[p * strideA + i];  b: element (p, j) at b[p * strideB + j]
//   C = add + sum, where add is null (0), C itself (ldAdd = ldc), or a bias row (ldAdd = 0). Only the first `rows` rows are stored.
// Written out by hand, because the compiler keeps named locals in registers and an array of them in memory.
public static unsafe partial class MatMul
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile12<V>(nint k, float* a, nint strideA, float* b, nint strideB, float* c, nint ldc, float* add, nint ldAdd, int rows)
        where V : struct, IVec<V>
    {
        V zero = V.Create(0f);
        V c00 = zero, c01 = zero;
        V c10 = zero, c11 = zero;
        V c20 = zero, c21 = zero;
        V c30 = zero, c31 = zero;
        V c40 = zero, c41 = zero;
        V c50 = zero, c51 = zero;
        V c60 = zero, c61 = zero;
        V c70 = zero, c71 = zero;
        V c80 = zero, c81 = zero;
        V c90 = zero, c91 = zero;
        V c100 = zero, c101 = zero;
        V c110 = zero, c111 = zero;
        for (; k > 0; k--)
        {
            V b0 = V.Load(b), b1 = V.Load(b + V.Count);
            V x = V.Create(a[0]); c00 = V.MultiplyAdd(x, b0, c00); c01 = V.MultiplyAdd(x, b1, c01);
            x = V.Create(a[1]); c10 = V.MultiplyAdd(x, b0, c10); c11 = V.MultiplyAdd(x, b1, c11);
            x = V.Create(a[2]); c20 = V.MultiplyAdd(x, b0, c20); c21 = V.MultiplyAdd(x, b1, c21);
            x = V.Create(a[3]); c30 = V.MultiplyAdd(x, b0, c30); c31 = V.MultiplyAdd(x, b1, c31);
            x = V.Create(a[4]); c40 = V.MultiplyAdd(x, b0, c40); c41 = V.MultiplyAdd(x, b1, c41);
            x = V.Create(a[5]); c50 = V.MultiplyAdd(x, b0, c50); c51 = V.MultiplyAdd(x, b1, c51);
            x = V.Create(a[6]); c60 = V.MultiplyAdd(x, b0, c60); c61 = V.MultiplyAdd(x, b1, c61);
            x = V.Create(a[7]); c70 = V.MultiplyAdd(x, b0, c70); c71 = V.MultiplyAdd(x, b1, c71);
            x = V.Create(a[8]); c80 = V.MultiplyAdd(x, b0, c80); c81 = V.MultiplyAdd(x, b1, c81);
            x = V.Create(a[9]); c90 = V.MultiplyAdd(x, b0, c90); c91 = V.MultiplyAdd(x, b1, c91);
            x = V.Create(a[10]); c100 = V.MultiplyAdd(x, b0, c100); c101 = V.MultiplyAdd(x, b1, c101);
            x = V.Create(a[11]); c110 = V.MultiplyAdd(x, b0, c110); c111 = V.MultiplyAdd(x, b1, c111);
            a += strideA; b += strideB;
        }
        Put(c, add, c00, c01);
        if (rows == 1) return;
        if (add != null) add += ldAdd;
        Put(c + ldc, add, c10, c11);
        if (rows == 2) return;
        if (add != null) add += ldAdd;
        Put(c + 2 * ldc, add, c20, c21);
        if (rows == 3) return;
        if (add != null) add += ldAdd;
        Put(c + 3 * ldc, add, c30, c31);
        if (rows == 4) return;
        if (add != null) add += ldAdd;
        Put(c + 4 * ldc, add, c40, c41);
        if (rows == 5) return;
        if (add != null) add += ldAdd;
        Put(c + 5 * ldc, add, c50, c51);
        if (rows == 6) return;
        if (add != null) add += ldAdd;
        Put(c + 6 * ldc, add, c60, c61);
        if (rows == 7) return;
        if (add != null) add += ldAdd;
        Put(c + 7 * ldc, add, c70, c71);
        if (rows == 8) return;
        if (add != null) add += ldAdd;
        Put(c + 8 * ldc, add, c80, c81);
        if (rows == 9) return;
        if (add != null) add += ldAdd;
        Put(c + 9 * ldc, add, c90, c91);
        if (rows == 10) return;
        if (add != null) add += ldAdd;
        Put(c + 10 * ldc, add, c100, c101);
        if (rows == 11) return;
        if (add != null) add += ldAdd;
        Put(c + 11 * ldc, add, c110, c111);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile8<V>(nint k, float* a, nint strideA, float* b, nint strideB, float* c, nint ldc, float* add, nint ldAdd, int rows)
        where V : struct, IVec<V>
    {
        V zero = V.Create(0f);
        V c00 = zero, c01 = zero;
        V c10 = zero, c11 = zero;
        V c20 = zero, c21 = zero;
        V c30 = zero, c31 = zero;
        V c40 = zero, c41 = zero;
        V c50 = zero, c51 = zero;
        V c60 = zero, c61 = zero;
        V c70 = zero, c71 = zero;
        for (; k > 0; k--)
        {
            V b0 = V.Load(b), b1 = V.Load(b + V.Count);
            V x = V.Create(a[0]); c00 = V.MultiplyAdd(x, b0, c00); c01 = V.MultiplyAdd(x, b1, c01);
            x = V.Create(a[1]); c10 = V.MultiplyAdd(x, b0, c10); c11 = V.MultiplyAdd(x, b1, c11);
            x = V.Create(a[2]); c20 = V.MultiplyAdd(x, b0, c20); c21 = V.MultiplyAdd(x, b1, c21);
            x = V.Create(a[3]); c30 = V.MultiplyAdd(x, b0, c30); c31 = V.MultiplyAdd(x, b1, c31);
            x = V.Create(a[4]); c40 = V.MultiplyAdd(x, b0, c40); c41 = V.MultiplyAdd(x, b1, c41);
            x = V.Create(a[5]); c50 = V.MultiplyAdd(x, b0, c50); c51 = V.MultiplyAdd(x, b1, c51);
            x = V.Create(a[6]); c60 = V.MultiplyAdd(x, b0, c60); c61 = V.MultiplyAdd(x, b1, c61);
            x = V.Create(a[7]); c70 = V.MultiplyAdd(x, b0, c70); c71 = V.MultiplyAdd(x, b1, c71);
            a += strideA; b += strideB;
        }
        Put(c, add, c00, c01);
        if (rows == 1) return;
        if (add != null) add += ldAdd;
        Put(c + ldc, add, c10, c11);
        if (rows == 2) return;
        if (add != null) add += ldAdd;
        Put(c + 2 * ldc, add, c20, c21);
        if (rows == 3) return;
        if (add != null) add += ldAdd;
        Put(c + 3 * ldc, add, c30, c31);
        if (rows == 4) return;
        if (add != null) add += ldAdd;
        Put(c + 4 * ldc, add, c40, c41);
        if (rows == 5) return;
        if (add != null) add += ldAdd;
        Put(c + 5 * ldc, add, c50, c51);
        if (rows == 6) return;
        if (add != null) add += ldAdd;
        Put(c + 6 * ldc, add, c60, c61);
        if (rows == 7) return;
        if (add != null) add += ldAdd;
        Put(c + 7 * ldc, add, c70, c71);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6<V>(nint k, float* a, nint strideA, float* b, nint strideB, float* c, nint ldc, float* add, nint ldAdd, int rows)
        where V : struct, IVec<V>
    {
        V zero = V.Create(0f);
        V c00 = zero, c01 = zero;
        V c10 = zero, c11 = zero;
        V c20 = zero, c21 = zero;
        V c30 = zero, c31 = zero;
        V c40 = zero, c41 = zero;
        V c50 = zero, c51 = zero;
        for (; k > 0; k--)
        {
            V b0 = V.Load(b), b1 = V.Load(b + V.Count);
            V x = V.Create(a[0]); c00 = V.MultiplyAdd(x, b0, c00); c01 = V.MultiplyAdd(x, b1, c01);
            x = V.Create(a[1]); c10 = V.MultiplyAdd(x, b0, c10); c11 = V.MultiplyAdd(x, b1, c11);
            x = V.Create(a[2]); c20 = V.MultiplyAdd(x, b0, c20); c21 = V.MultiplyAdd(x, b1, c21);
            x = V.Create(a[3]); c30 = V.MultiplyAdd(x, b0, c30); c31 = V.MultiplyAdd(x, b1, c31);
            x = V.Create(a[4]); c40 = V.MultiplyAdd(x, b0, c40); c41 = V.MultiplyAdd(x, b1, c41);
            x = V.Create(a[5]); c50 = V.MultiplyAdd(x, b0, c50); c51 = V.MultiplyAdd(x, b1, c51);
            a += strideA; b += strideB;
        }
        Put(c, add, c00, c01);
        if (rows == 1) return;
        if (add != null) add += ldAdd;
        Put(c + ldc, add, c10, c11);
        if (rows == 2) return;
        if (add != null) add += ldAdd;
        Put(c + 2 * ldc, add, c20, c21);
        if (rows == 3) return;
        if (add != null) add += ldAdd;
        Put(c + 3 * ldc, add, c30, c31);
        if (rows == 4) return;
        if (add != null) add += ldAdd;
        Put(c + 4 * ldc, add, c40, c41);
        if (rows == 5) return;
        if (add != null) add += ldAdd;
        Put(c + 5 * ldc, add, c50, c51);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4<V>(nint k, float* a, nint strideA, float* b, nint strideB, float* c, nint ldc, float* add, nint ldAdd, int rows)
        where V : struct, IVec<V>
    {
        V zero = V.Create(0f);
        V c00 = zero, c01 = zero;
        V c10 = zero, c11 = zero;
        V c20 = zero, c21 = zero;
        V c30 = zero, c31 = zero;
        for (; k > 0; k--)
        {
            V b0 = V.Load(b), b1 = V.Load(b + V.Count);
            V x = V.Create(a[0]); c00 = V.MultiplyAdd(x, b0, c00); c01 = V.MultiplyAdd(x, b1, c01);
            x = V.Create(a[1]); c10 = V.MultiplyAdd(x, b0, c10); c11 = V.MultiplyAdd(x, b1, c11);
            x = V.Create(a[2]); c20 = V.MultiplyAdd(x, b0, c20); c21 = V.MultiplyAdd(x, b1, c21);
            x = V.Create(a[3]); c30 = V.MultiplyAdd(x, b0, c30); c31 = V.MultiplyAdd(x, b1, c31);
            a += strideA; b += strideB;
        }
        Put(c, add, c00, c01);
        if (rows == 1) return;
        if (add != null) add += ldAdd;
        Put(c + ldc, add, c10, c11);
        if (rows == 2) return;
        if (add != null) add += ldAdd;
        Put(c + 2 * ldc, add, c20, c21);
        if (rows == 3) return;
        if (add != null) add += ldAdd;
        Put(c + 3 * ldc, add, c30, c31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<V>(float* c, float* add, V x0, V x1) where V : struct, IVec<V>
    {
        if (add != null)
        {
            x0 = V.Load(add) + x0;
            x1 = V.Load(add + V.Count) + x1;
        }
        x0.Store(c);
        x1.Store(c + V.Count);
    }
}
