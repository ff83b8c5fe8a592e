namespace Heed.Kernels;

internal static partial class Reference
{
    /// <summary>One AdamW step for one weight in double precision, in the order of torch.optim.AdamW.</summary>
    public static void AdamW(double learningRate, double beta1, double beta2, double epsilon, double weightDecay, int step,
        double gradient, ref double weight, ref double m, ref double v)
    {
        weight *= 1 - learningRate * weightDecay;
        m = beta1 * m + (1 - beta1) * gradient;
        v = beta2 * v + (1 - beta2) * gradient * gradient;
        double denominator = Math.Sqrt(v) / Math.Sqrt(1 - Math.Pow(beta2, step)) + epsilon;
        weight -= learningRate / (1 - Math.Pow(beta1, step)) * m / denominator;
    }
}
