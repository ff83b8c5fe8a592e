using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Autograd;

public static partial class LossOps
{
    /// <summary>
    /// Cross-entropy in which the labels have weights: Σ w[target] · -log softmax(logits)[target] / Σ w[target] over the targets that count, as in
    /// PyTorch: logits (..., V), targets (...), weights (V) -> one value.
    /// </summary>
    /// <remarks>With label smoothing s the target has the share 1 - s + s / V and every other label s / V, each times its label's weight.</remarks>
    /// <exception cref="ArgumentException">Not one weight for each label, a weight below 0, or a target outside the labels.</exception>
    public static Tensor WeightedCrossEntropy(Tensor logits, Tensor targets, Tensor weights, int ignoreIndex = IgnoreIndex, float smoothing = 0)
    {
        int labels = logits.Columns;
        if (weights.Count != labels || targets.Count != logits.Rows) throw new ArgumentException($"a weighted loss needs a target for each of {logits.Rows} rows and a weight for each of {labels} labels, given {targets.Shape} and {weights.Shape}");
        foreach (float weight in weights.Span)
            if (!(weight >= 0 && float.IsFinite(weight))) throw new ArgumentException($"a label has the weight {weight}; 0 or more was expected");
        Tensor shares = Tensor.Zeros(new Shape(logits.Rows, labels));
        double total = 0;
        for (int row = 0; row < logits.Rows; row++)
        {
            int target = targets.Ints[row];
            if (target == ignoreIndex) continue;
            if ((uint)target >= (uint)labels) throw new ArgumentException($"row {row} has the target {target}, one of {labels} labels or {ignoreIndex} (none) was expected");
            Span<float> own = shares.Row(row);
            for (int c = 0; c < labels; c++) own[c] = weights.Span[c] * smoothing / labels;
            own[target] += weights.Span[target] * (1 - smoothing);
            total += weights.Span[target];
        }
        return CrossEntropyToShares(logits, shares, total > 0 ? total : 1);
    }

    /// <summary>
    /// Cross-entropy with a share of every answer instead of one right answer: Σ over rows and columns of shares · -log softmax(logits), divided by
    /// <paramref name="divisor"/>: logits (..., V), shares (rows, V) -> one value. A row of zeros does not count.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor CrossEntropyToShares(Tensor logits, Tensor shares, double divisor)
    {
        if (shares.Rows != logits.Rows || shares.Columns != logits.Columns) throw new ArgumentException($"a loss needs a share for each of the logits {logits.Shape}, given {shares.Shape}");
        IBackend backend = logits.Device.Backend;
        // The surprise at the highest logit and that logit are together the logarithm of the row's sum of exponentials.
        Tensor highest = Tensor.Empty(new Shape(logits.Rows), DType.I32), surprise = Tensor.Empty(new Shape(logits.Rows));
        for (int row = 0; row < logits.Rows; row++) highest.Ints[row] = Reduce.ArgMax(logits.Row(row));
        backend.CrossEntropy(logits, highest, IgnoreIndex, 0, surprise);
        float[] totals = new float[logits.Rows];
        double sum = 0;
        for (int row = 0; row < logits.Rows; row++)
        {
            ReadOnlySpan<float> x = logits.Row(row), share = shares.Row(row);
            double logSum = (double)surprise.Span[row] + x[highest.Ints[row]], loss = 0, total = 0;
            for (int c = 0; c < x.Length; c++)
            {
                if (share[c] == 0) continue; // an answer that is ruled out may have the logit -infinity
                loss += share[c] * (logSum - x[c]);
                total += share[c];
            }
            sum += loss;
            totals[row] = (float)total;
        }
        Tensor mean = Tensor.From(Shape.Scalar, [(float)(sum / divisor)]);
        return Tape.Records(logits)
            ? Tape.Record(mean, dLoss => Tape.GiveNew(logits, d =>
            {
                backend.Softmax(logits, d);
                float factor = (float)(dLoss.Item / divisor);
                for (int row = 0; row < d.Rows; row++)
                {
                    Span<float> own = d.Row(row);
                    ReadOnlySpan<float> share = shares.Row(row);
                    for (int c = 0; c < own.Length; c++) own[c] = factor * (own[c] * totals[row] - share[c]);
                }
            }))
            : mean;
    }
}
