namespace Heed.Kernels;

internal static partial class Reference
{
    /// <summary>Rotates by complex multiplication, one pair after the other.</summary>
    public static void Rotary(int tokens, int heads, int headDim, int rotaryDim, int rowStride, Span<float> x, ReadOnlySpan<int> positions,
        ReadOnlySpan<float> cos, ReadOnlySpan<float> sin, bool interleaved, bool inverse)
    {
        int half = rotaryDim / 2;
        for (int t = 0; t < tokens; t++)
        {
            for (int h = 0; h < heads; h++)
            {
                for (int i = 0; i < half; i++)
                {
                    int start = t * rowStride + h * headDim, a = start + (interleaved ? 2 * i : i), b = interleaved ? a + 1 : a + half;
                    System.Numerics.Complex turn = new(cos[positions[t] * half + i], sin[positions[t] * half + i]);
                    System.Numerics.Complex z = new System.Numerics.Complex(x[a], x[b]) * (inverse ? System.Numerics.Complex.Conjugate(turn) : turn);
                    x[a] = (float)z.Real;
                    x[b] = (float)z.Imaginary;
                }
            }
        }
    }
}
