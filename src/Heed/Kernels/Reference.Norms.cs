namespace Heed.Kernels;

internal static partial class Reference
{
    /// <summary>Layer norm when <paramref name="centered"/>, root-mean-square norm otherwise.</summary>
    public static void NormForward(bool centered, int rows, int cols, double epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight,
        ReadOnlySpan<float> bias, double weightOffset, Span<double> y, Span<double> mean, Span<double> rstd)
    {
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> row = x.Slice(r * cols, cols);
            double sum = 0, squares = 0;
            foreach (float v in row) sum += v;
            double m = centered ? sum / cols : 0;
            foreach (float v in row) squares += (v - m) * (v - m);
            mean[r] = m;
            rstd[r] = 1 / Math.Sqrt(squares / cols + epsilon);
            for (int i = 0; i < cols; i++)
                y[r * cols + i] = (row[i] - m) * rstd[r] * (weight[i] + weightOffset) + (bias.IsEmpty ? 0 : bias[i]);
        }
    }

    /// <summary>Gradients, added to dx, dWeight and dBias.</summary>
    public static void NormBackward(bool centered, int rows, int cols, double epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight,
        double weightOffset, ReadOnlySpan<float> dy, Span<double> dx, Span<double> dWeight, Span<double> dBias)
    {
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> row = x.Slice(r * cols, cols), d = dy.Slice(r * cols, cols);
            double sum = 0, squares = 0, sumG = 0, sumH = 0;
            foreach (float v in row) sum += v;
            double m = centered ? sum / cols : 0;
            foreach (float v in row) squares += (v - m) * (v - m);
            double rstd = 1 / Math.Sqrt(squares / cols + epsilon);
            for (int i = 0; i < cols; i++)
            {
                double g = d[i] * (weight[i] + weightOffset), h = (row[i] - m) * rstd;
                sumG += g;
                sumH += g * h;
                dWeight[i] += d[i] * h;
                if (!dBias.IsEmpty) dBias[i] += d[i];
            }
            for (int i = 0; i < cols; i++)
            {
                double g = d[i] * (weight[i] + weightOffset), h = (row[i] - m) * rstd;
                dx[r * cols + i] += rstd * (g - (centered ? sumG / cols : 0) - h * sumH / cols);
            }
        }
    }
}
