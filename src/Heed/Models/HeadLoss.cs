using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>The losses of the heads, as Hugging Face defines them. Targets, by the kind of head:</summary>
/// <remarks>
/// <list type="bullet">
/// <item><see cref="HeadKind.Vocabulary"/>, <see cref="HeadKind.Tokens"/>: (batch, length) ids, <see cref="LossOps.IgnoreIndex"/> where there is nothing to learn; mean cross-entropy over the others.</item>
/// <item><see cref="HeadKind.Sequence"/>, by <see cref="ProblemKind"/>: (batch) ids; or (batch, labels) 0 or 1; or (batch) or (batch, labels) values.</item>
/// <item><see cref="HeadKind.Span"/>: (2, batch), the first place of each answer, then the last; a place beyond the text does not count. The mean of both cross-entropies.</item>
/// <item><see cref="HeadKind.Replaced"/>: (batch, length) 0 or 1; binary cross-entropy over what is no padding.</item>
/// </list>
/// </remarks>
public static class HeadLoss
{
    /// <summary>The loss of an answer, one value.</summary>
    /// <param name="head">The head; not one over the vocabulary, whose loss is fused with its output projection.</param>
    /// <param name="logits">Its answer.</param>
    /// <param name="targets">What the answer should be.</param>
    /// <param name="mask">(batch, length) 1 for a token, 0 for padding; null = no padding.</param>
    /// <param name="smoothing">Of labels that exclude each other: the share of each target that is spread evenly over all labels.</param>
    /// <param name="labelWeights">Of labels that exclude each other: how much each counts, (labels); null = all the same.</param>
    /// <exception cref="ArgumentException">The targets do not fit the head.</exception>
    public static Tensor Of(HeadConfig head, Tensor logits, Tensor targets, Tensor? mask, float smoothing = 0, Tensor? labelWeights = null) => head.Kind switch
    {
        HeadKind.Sequence => Sequence(head, logits, targets, smoothing, labelWeights),
        HeadKind.Tokens => Labels(logits, Expect(targets, DType.I32, logits.Rows, "a label id for each token"), smoothing, labelWeights),
        HeadKind.Span => Span(logits, Expect(targets, DType.I32, 2 * logits.Shape[0], "first and last places (2, batch) of the answers")),
        HeadKind.Replaced => LossOps.BinaryCrossEntropy(logits, Floats(Expect(targets, null, logits.Count, "0 or 1 for each token")), mask),
        _ => throw new InvalidOperationException($"a head of kind {head.Kind} has no loss of its own"),
    };

    /// <summary>
    /// The rows of hidden (..., width) that have a target, and those targets: of a masked text, one row in seven goes through the head.
    /// Where most rows count nothing is copied.
    /// </summary>
    internal static (Tensor Hidden, Tensor Targets) CountedRows(Tensor hidden, Tensor targets)
    {
        ReadOnlySpan<int> ids = Expect(targets, DType.I32, hidden.Rows, "an id for each token").Ints;
        int counted = ids.Length - ids.Count(LossOps.IgnoreIndex);
        if (counted == 0 || 2 * counted > ids.Length) return (hidden, targets);
        Tensor rows = Tensor.Empty(new Shape(counted), DType.I32), kept = Tensor.Empty(new Shape(counted), DType.I32);
        for (int i = 0, n = 0; i < ids.Length; i++)
        {
            if (ids[i] == LossOps.IgnoreIndex) continue;
            rows.Ints[n] = i;
            kept.Ints[n++] = ids[i];
        }
        return (NeuralOps.Embed(hidden.Reshape(new Shape(hidden.Rows, hidden.Columns)), rows), kept);
    }

    private static Tensor Labels(Tensor logits, Tensor targets, float smoothing, Tensor? weights) =>
        weights is null ? LossOps.CrossEntropy(logits, targets, smoothing: smoothing) : LossOps.WeightedCrossEntropy(logits, targets, weights, smoothing: smoothing);

    private static Tensor Sequence(HeadConfig head, Tensor logits, Tensor targets, float smoothing, Tensor? labelWeights)
    {
        ProblemKind problem = head.Problem ?? (logits.Columns == 1 ? ProblemKind.Regression : targets.Type == DType.I32 ? ProblemKind.SingleLabel : ProblemKind.MultiLabel);
        return problem switch
        {
            ProblemKind.SingleLabel => Labels(logits, Expect(targets, DType.I32, logits.Rows, "a label id for each text"), smoothing, labelWeights),
            ProblemKind.MultiLabel => LossOps.BinaryCrossEntropy(logits, Floats(Expect(targets, null, logits.Count, "0 or 1 for each label of each text")), null),
            _ => LossOps.MeanSquaredError(logits, Floats(Expect(targets, null, logits.Count, "a value for each score of each text"))),
        };
    }

    // logits (batch, length, 2), places (2, batch).
    private static Tensor Span(Tensor logits, Tensor places)
    {
        int batch = logits.Shape[0], length = logits.Shape[1];
        Tensor first = End(0), last = End(1);
        return Arithmetic.Scale(Arithmetic.Add(first, last), 0.5f);

        Tensor End(int column)
        {
            Tensor targets = Tensor.Empty(new Shape(batch), DType.I32);
            for (int b = 0; b < batch; b++)
            {
                int place = Math.Max(places.Ints[column * batch + b], 0);
                targets.Ints[b] = place < length ? place : LossOps.IgnoreIndex;
            }
            return LossOps.CrossEntropy(Arithmetic.Contiguous(logits.SliceColumns(column, 1)).Reshape(new Shape(batch, length)), targets);
        }
    }

    private static Tensor Expect(Tensor targets, DType? type, long count, string what) =>
        targets.Count == count && (type is null || targets.Type == type) ? targets : throw new ArgumentException($"this head's loss needs {what}{(type == DType.I32 ? ", integers" : "")}: {count} in all, given {targets}");

    private static Tensor Floats(Tensor targets)
    {
        if (targets.Type == DType.F32) return targets;
        Tensor floats = Tensor.Empty(targets.Shape);
        for (int i = 0; i < floats.Count; i++) floats.Span[i] = targets.Ints[i];
        return floats;
    }
}
