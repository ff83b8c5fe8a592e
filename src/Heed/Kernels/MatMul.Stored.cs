using System.Runtime.CompilerServices;

namespace Heed.Kernels;

// Plain weights that lie in memory as a file stores them: F32 rows are packed in place, F16 and BF16 are widened on the way into the panels.
public static unsafe partial class MatMul
{
    /// <summary>C (m, rows) = act(A (m, columns) · Bᵀ + bias) with B of type F32, F16 or BF16.</summary>
    internal static void Stored(int m, float* a, nint lda, in BlockMatrix b, float* c, nint ldc, float* bias, ActivationKind activation)
    {
        if (Vec512.IsSupported) Stored<Vec512>(m, a, lda, b, c, ldc, bias, activation);
        else if (Vec256.IsSupported) Stored<Vec256>(m, a, lda, b, c, ldc, bias, activation);
        else if (Vec128.IsSupported) Stored<Vec128>(m, a, lda, b, c, ldc, bias, activation);
        else Stored<VecPortable>(m, a, lda, b, c, ldc, bias, activation);
    }

    /// <summary>The same with registers of the type <typeparamref name="V"/>, so that tests reach every path.</summary>
    internal static void Stored<V>(int m, float* a, nint lda, in BlockMatrix b, float* c, nint ldc, float* bias, ActivationKind activation) where V : struct, IVec<V>
    {
        if (m == 0 || b.Rows == 0) return;
        Blocked<V>(new Problem
        {
            M = m,
            N = b.Rows,
            K = b.Columns,
            A = a,
            Lda = lda,
            B = (float*)b.Data,
            Ldb = b.Columns,
            TransposeB = true,
            StoredB = b.Type,
            C = c,
            Ldc = ldc,
            Bias = bias,
            Activation = activation,
            Inline = (long)m * b.Rows * b.Columns < InlineWork,
        });
    }

    /// <summary>Packs columns of 16-bit floats, stored (columns, k), into one panel.</summary>
    [SkipLocalsInit]
    private static void PackWidened(BlockType type, ushort* source, nint stride, int k, int columns, int width, float* target)
    {
        float* wide = stackalloc float[32 * PackSweep];
        for (int p = 0; p < k; p += PackSweep)
        {
            int sweep = Math.Min(PackSweep, k - p);
            for (int j = 0; j < columns; j++)
                if (type == BlockType.BF16) Conversions.BFloat16ToFloatHere(source + j * stride + p, wide + j * PackSweep, sweep);
                else Conversions.HalfToFloatHere(source + j * stride + p, wide + j * PackSweep, sweep);
            PackTransposed(wide, PackSweep, sweep, columns, width, target + (nint)p * width);
        }
    }
}
