using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>
/// A sparse mixture of experts (Shazeer et al. 2017; Mixtral, Jiang et al. 2024): a router scores the experts for each token, and the
/// token's output is that of the best few, weighted by the softmax over their scores.
/// </summary>
/// <remarks>
/// The softmax over all experts, renormalised over the chosen, is the softmax over the chosen. Tokens are gathered by expert, so an expert
/// is one product over its tokens; no token is dropped. A score that two experts share goes to the first of them.
/// </remarks>
public sealed class MixtureOfExperts
{
    private readonly ExpertConfig config;
    private readonly int block;
    private readonly LinearLayer router; // (experts, width)
    private readonly FeedForward[] experts;

    /// <summary>Makes <c>router</c> and <c>experts.0</c>, <c>experts.1</c>, ... in <paramref name="scope"/>.</summary>
    /// <exception cref="ArgumentException">The stack's feed-forward part has no experts.</exception>
    public MixtureOfExperts(WeightScope scope, StackConfig stack, int block)
    {
        this.block = block;
        config = stack.FeedForward.Experts ?? throw new ArgumentException("a mixture of experts needs experts");
        router = scope.Linear("router", stack.Width, config.Count, hasBias: false, stack.Start(stack.Width));
        StackConfig single = stack with { FeedForward = stack.FeedForward with { Experts = null } };
        experts = [.. Enumerable.Range(0, config.Count).Select(e => new FeedForward(scope["experts"][$"{e}"], single))];
    }

    /// <summary>(..., width) -> (..., width).</summary>
    /// <param name="x">Rows.</param>
    /// <param name="balance">Learns where the tokens went; null = nobody asks.</param>
    public Tensor Forward(Tensor x, RouterBalance? balance = null)
    {
        Tensor rows = x.Reshape(new Shape(x.Rows, x.Columns)), scores = router.Forward(rows);
        int[] chosen = Best(scores);
        if (balance is not null) scores = balance.Note(block, scores, chosen);
        Tensor weights = NeuralOps.Softmax(RowOps.Choose(scores, Tensor.From(new Shape(x.Rows, config.PerToken), chosen)));

        // The rows of the experts' outputs, expert after expert, and for each token the rows that are its own.
        Tensor places = Tensor.Empty(new Shape(x.Rows, config.PerToken), DType.I32);
        List<Tensor> outputs = [];
        List<int> tokens = [];
        for (int e = 0, place = 0; e < experts.Length; e++)
        {
            tokens.Clear();
            for (int i = 0; i < chosen.Length; i++)
            {
                if (chosen[i] != e) continue;
                tokens.Add(i / config.PerToken);
                places.Ints[i] = place++;
            }
            if (tokens.Count > 0) outputs.Add(experts[e].Forward(NeuralOps.Embed(rows, Tensor.From(new Shape(tokens.Count), [.. tokens]))));
        }
        return RowOps.WeightedSum(RowOps.Stack(outputs), places, weights).Reshape(x.Shape);
    }

    // (tokens, experts) scores -> for each token the numbers of its experts, best first.
    private int[] Best(Tensor scores)
    {
        int[] chosen = new int[scores.Rows * config.PerToken];
        for (int r = 0; r < scores.Rows; r++)
        {
            ReadOnlySpan<float> row = scores.Row(r);
            Span<int> best = chosen.AsSpan(r * config.PerToken, config.PerToken);
            for (int k = 0; k < best.Length; k++)
            {
                int top = -1;
                for (int e = 0; e < row.Length; e++)
                    if (!best[..k].Contains(e) && (top < 0 || row[e] > row[top])) top = e;
                best[k] = top;
            }
        }
        return chosen;
    }
}
