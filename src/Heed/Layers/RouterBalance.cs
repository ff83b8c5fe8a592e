using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>
/// The load-balancing loss of the routers of a pass (Fedus et al. 2021, equations 4 to 6; as Mixtral has it): experts · Σ over the experts of
/// the share of tokens that went to it times its mean probability, both over the tokens of all blocks together that are no padding.
/// </summary>
/// <remarks>
/// What one block's scores must change depends on all blocks, so their gradient is computed on the way back, when every block has been noted;
/// a block that is computed again notes the same once more.
/// </remarks>
/// <param name="stack">The stack, whose feed-forward part is a mixture of experts.</param>
/// <param name="mask">(batch, tokens) 1 for a token, 0 for padding; null = no padding.</param>
/// <param name="weight">Factor of the loss.</param>
public sealed class RouterBalance(StackConfig stack, Tensor? mask, float weight)
{
    private readonly int experts = stack.FeedForward.Experts?.Count ?? throw new ArgumentException("only a mixture of experts has routers");
    private readonly double[]?[] sent = new double[stack.Depth][];          // of each block and expert: tokens that went there
    private readonly double[]?[] probabilities = new double[stack.Depth][]; // and the sum of its probabilities
    private int counted; // tokens of a block that are no padding

    /// <summary>The loss, times its weight; read it after the pass.</summary>
    public float Loss
    {
        get
        {
            double sum = 0;
            for (int e = 0; e < experts; e++) sum += Mean(sent, e) * Mean(probabilities, e);
            return (float)(weight * experts * sum);
        }
    }

    /// <summary>Notes a block's scores (tokens, experts) and the experts chosen, several for each token; returns the scores, through which the loss will reach the router.</summary>
    internal Tensor Note(int block, Tensor scores, ReadOnlySpan<int> chosen)
    {
        int perToken = chosen.Length / scores.Rows;
        double[] went = sent[block] = new double[experts], total = probabilities[block] = new double[experts];
        Tensor p = Tape.WithoutGradient(() => NeuralOps.Softmax(scores));
        counted = 0;
        for (int r = 0; r < scores.Rows; r++)
        {
            if (IsPadding(r)) continue;
            counted++;
            foreach (int e in chosen.Slice(r * perToken, perToken)) went[e]++;
            for (int e = 0; e < experts; e++) total[e] += p.Row(r)[e];
        }
        return LossOps.WithGradient(scores, () => Gradient(scores));
    }

    // Of the loss by one block's scores: the softmax's derivative on the shares.
    private Tensor Gradient(Tensor scores)
    {
        double[] share = [.. Enumerable.Range(0, experts).Select(e => Mean(sent, e))];
        double factor = (double)weight * experts / Math.Max(1, (long)stack.Depth * counted);
        Tensor gradient = NeuralOps.Softmax(scores);
        for (int r = 0; r < gradient.Rows; r++)
        {
            Span<float> row = gradient.Row(r);
            double mean = 0;
            for (int e = 0; e < experts; e++) mean += row[e] * share[e];
            for (int e = 0; e < experts; e++) row[e] = IsPadding(r) ? 0 : (float)(factor * row[e] * (share[e] - mean));
        }
        return gradient;
    }

    private bool IsPadding(int row) => mask is not null && mask.Ints[row] == 0;

    private double Mean(double[]?[] sums, int expert) => sums.Sum(s => s?[expert] ?? 0) / Math.Max(1, (long)stack.Depth * counted);
}
