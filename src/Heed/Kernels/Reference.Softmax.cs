namespace Heed.Kernels;

internal static partial class Reference
{
    /// <summary>Softmax of one row; zeros when every element is -infinity.</summary>
    public static void SoftmaxRow(ReadOnlySpan<float> x, Span<double> y)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (float v in x) max = Math.Max(max, v);
        for (int i = 0; i < x.Length; i++) sum += y[i] = double.IsNegativeInfinity(max) ? 0 : Math.Exp(x[i] - max);
        for (int i = 0; i < x.Length; i++) y[i] = sum == 0 ? 0 : y[i] / sum;
    }

    /// <summary>log sum e^x of one row.</summary>
    public static double LogSumExp(ReadOnlySpan<float> x)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (float v in x) max = Math.Max(max, v);
        if (double.IsNegativeInfinity(max)) return max;
        foreach (float v in x) sum += Math.Exp(v - max);
        return max + Math.Log(sum);
    }

    /// <summary>dx = y (dy - sum y dy) of one row.</summary>
    public static void SoftmaxBackwardRow(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<double> dx)
    {
        double dot = 0;
        for (int i = 0; i < y.Length; i++) dot += (double)y[i] * dy[i];
        for (int i = 0; i < y.Length; i++) dx[i] = y[i] * (dy[i] - dot);
    }

    /// <summary>The loss of one row and, when <paramref name="gradient"/> is not empty, (softmax - smoothed target) * scale.</summary>
    public static double CrossEntropyRow(ReadOnlySpan<float> logits, int target, double scale, Span<double> gradient, double smoothing = 0)
    {
        double lse = LogSumExp(logits), loss = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            double wanted = (i == target ? 1 - smoothing : 0) + smoothing / logits.Length;
            if (wanted != 0) loss += wanted * (lse - logits[i]);
            if (!gradient.IsEmpty) gradient[i] = (Math.Exp(logits[i] - lse) - wanted) * scale;
        }
        return loss;
    }
}
