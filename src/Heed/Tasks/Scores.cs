namespace Heed.Tasks;

/// <summary>Numbers that the tasks make of a model's scores.</summary>
internal static class Scores
{
    /// <summary>exp(x) / sum of exp: probabilities of which one is right.</summary>
    public static double[] Softmax(ReadOnlySpan<float> scores)
    {
        float largest = float.NegativeInfinity;
        foreach (float score in scores) largest = MathF.Max(largest, score);
        double[] result = new double[scores.Length];
        double sum = 0;
        for (int i = 0; i < result.Length; i++) sum += result[i] = Math.Exp((double)scores[i] - largest);
        for (int i = 0; i < result.Length; i++) result[i] /= sum;
        return result;
    }

    /// <summary>1 / (1 + exp(-x)).</summary>
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>The scores, where they are numbers.</summary>
    /// <exception cref="InvalidDataException">One is not finite.</exception>
    public static ReadOnlySpan<float> Finite(ReadOnlySpan<float> scores) =>
        Kernels.Reduce.AllFinite(scores) ? scores : throw new InvalidDataException("the model's scores are not finite: its weights are damaged or its training diverged");
}
