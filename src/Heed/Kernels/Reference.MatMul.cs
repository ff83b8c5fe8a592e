namespace Heed.Kernels;

internal static partial class Reference
{
    /// <summary>C (m,n) = [C +] op(A) (m,k) * op(B) (k,n) [+ bias (n)], summed in double: the truth that <see cref="MatMul"/> is tested against.</summary>
    public static void MatMul(int m, int n, int k, ReadOnlySpan<float> a, int lda, bool transposeA,
        ReadOnlySpan<float> b, int ldb, bool transposeB, Span<double> c, int ldc, bool accumulate, ReadOnlySpan<float> bias)
    {
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                double sum = bias.IsEmpty ? 0 : bias[j];
                for (int p = 0; p < k; p++)
                    sum += (double)a[transposeA ? p * lda + i : i * lda + p] * b[transposeB ? j * ldb + p : p * ldb + j];
                c[i * ldc + j] = accumulate ? c[i * ldc + j] + sum : sum;
            }
    }
}
