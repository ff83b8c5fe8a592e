using Heed.Tensors;

namespace Heed.Autograd;

/// <summary>Losses; value and gradient of each stand in one method.</summary>
public static partial class LossOps
{
    /// <summary>The label that is left out of every loss, as in PyTorch.</summary>
    public const int IgnoreIndex = -100;

    /// <summary>Logits that a chunk of the fused loss may hold at once, in floats (128 MB).</summary>
    private const long ChunkFloats = 1L << 25;

    /// <summary>Mean over the targets that count of -log softmax(logits)[target]: logits (..., V), targets (...) -> one value.</summary>
    /// <remarks>With label smoothing s (Szegedy et al. 2016) the target has probability 1 - s + s / V and every other id s / V.</remarks>
    public static Tensor CrossEntropy(Tensor logits, Tensor targets, int ignoreIndex = IgnoreIndex, float smoothing = 0)
    {
        int counted = Counted(targets, ignoreIndex);
        IBackend backend = logits.Device.Backend;
        Tensor losses = Tensor.Empty(new Shape(logits.Rows));
        backend.CrossEntropy(logits, targets, ignoreIndex, smoothing, losses);
        Tensor loss = Mean(losses.Span, counted);
        return Tape.Records(logits)
            ? Tape.Record(loss, dLoss =>
            {
                Tensor d = Tensor.Empty(logits.Shape);
                backend.Copy(logits, d);
                backend.CrossEntropyBackward(d, targets, ignoreIndex, smoothing, dLoss.Item / counted, losses);
                Tape.Give(logits, d);
                Tape.Discard(d);
            })
            : loss;
    }

    /// <summary>
    /// Output projection and cross-entropy in one, by chunks of rows, so that the logits of a whole batch never stand in memory:
    /// x (..., C), weight (V, C), bias (V), targets (...) -> mean loss, times <paramref name="scale"/>.
    /// </summary>
    /// <remarks>
    /// Gradients are computed while a chunk's logits are at hand, so the result must be what backward starts from
    /// (that is why it takes a scale, for gradient accumulation).
    /// </remarks>
    public static Tensor LinearCrossEntropy(Tensor x, Tensor weight, Tensor targets, Tensor? bias = null, float scale = 1, int ignoreIndex = IgnoreIndex, float smoothing = 0)
    {
        IBackend backend = x.Device.Backend;
        return ByChunks(x, weight.Rows, targets, Tape.Records(x, weight, bias), scale, ignoreIndex, smoothing,
            (part, logits) => backend.Linear(part, weight, bias, logits, Kernels.ActivationKind.None, null, accumulate: false),
            (d, dx) => backend.MatMul(d, false, weight, false, dx, false),
            (d, part) =>
            {
                MatrixOps.GiveProduct(weight, d, true, part, false);
                if (bias is not null) MatrixOps.GiveColumnSum(bias, d);
            });
    }

    /// <summary>The same with a held weight (V, C), which does not learn.</summary>
    /// <inheritdoc cref="LinearCrossEntropy(Tensor, Tensor, Tensor, Tensor?, float, int, float)"/>
    public static Tensor LinearCrossEntropy(Tensor x, PackedWeight weight, Tensor targets, Tensor? bias = null, float scale = 1, int ignoreIndex = IgnoreIndex, float smoothing = 0)
    {
        IBackend backend = x.Device.Backend;
        return ByChunks(x, weight.Rows, targets, Tape.Records(x, bias), scale, ignoreIndex, smoothing,
            (part, logits) => backend.PackedLinear(part, weight, bias, logits, Kernels.ActivationKind.None),
            (d, dx) => backend.PackedLinearBackward(d, weight, dx, accumulate: false),
            (d, _) =>
            {
                if (bias is not null) MatrixOps.GiveColumnSum(bias, d);
            });
    }

    // project: rows of x to logits. back: the logits' gradient to that of the rows. learn: the logits' gradient and the rows to those of the weights.
    private static Tensor ByChunks(Tensor x, int vocabulary, Tensor targets, bool records, float scale, int ignoreIndex, float smoothing, Action<Tensor, Tensor> project, Action<Tensor, Tensor> back, Action<Tensor, Tensor> learn)
    {
        if (targets.Count != x.Rows) throw new ArgumentException($"a loss needs one target for each of {x.Rows} rows, given {targets.Shape}");
        int counted = Counted(targets, ignoreIndex);
        IBackend backend = x.Device.Backend;
        Tensor rows = x.Reshape(new Shape(x.Rows, x.Columns));
        Tensor flat = targets.Reshape(new Shape((int)targets.Count));
        // Chunks of equal size: the gradient of the weight is rewritten once for each.
        int chunks = (int)Math.Max(1, (long)x.Rows * vocabulary / ChunkFloats);
        int chunk = (x.Rows + chunks - 1) / chunks;
        Tensor losses = Tensor.Empty(new Shape(x.Rows));
        Tensor? dx = records && x.RequiresGradient ? Tensor.Empty(x.Shape) : null;
        Tensor logits = Tensor.Empty(new Shape(chunk, vocabulary));
        for (int first = 0; first < x.Rows; first += chunk)
        {
            int count = Math.Min(chunk, x.Rows - first);
            Tensor part = rows.SliceRows(first, count), out_ = logits.SliceRows(0, count);
            Tensor target = flat.SliceRange(first, count), loss = losses.SliceRange(first, count);
            project(part, out_);
            if (!records)
            {
                backend.CrossEntropy(out_, target, ignoreIndex, smoothing, loss);
                continue;
            }
            backend.CrossEntropyBackward(out_, target, ignoreIndex, smoothing, scale / counted, loss);
            if (dx is not null) back(out_, dx.Reshape(rows.Shape).SliceRows(first, count));
            learn(out_, part);
        }
        logits.Storage.Release();
        Tensor mean = Mean(losses.Span, counted, scale);
        return records
            ? Tape.Record(mean, dLoss =>
            {
                if (dLoss.Item != 1) throw new InvalidOperationException("the fused loss must be what backward starts from; weight it with its scale argument");
                if (dx is not null) Tape.Give(x, dx);
            })
            : mean;
    }

    /// <summary>Mean of (value - target)² over all elements; shapes may differ where the counts agree.</summary>
    public static Tensor MeanSquaredError(Tensor values, Tensor targets) =>
        Elementwise(values, targets, null, (x, t) => (x - t) * (x - t), (x, t) => 2 * (x - t));

    /// <summary>Mean of a loss that is (value - target)² / 2 up to a distance of <paramref name="delta"/> and grows in a straight line beyond (Huber 1964).</summary>
    public static Tensor Huber(Tensor values, Tensor targets, float delta) => Elementwise(values, targets, null,
        (x, t) => Math.Abs(x - t) <= delta ? (x - t) * (x - t) / 2 : delta * (Math.Abs(x - t) - delta / 2),
        (x, t) => Math.Clamp(x - t, -delta, delta));

    /// <summary>
    /// Mean of -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)) over all elements, or over those where the mask is not 0;
    /// shapes may differ where the counts agree.
    /// </summary>
    /// <param name="logits">x.</param>
    /// <param name="targets">t, 0 to 1.</param>
    /// <param name="mask">An integer for each element; null = all count.</param>
    public static Tensor BinaryCrossEntropy(Tensor logits, Tensor targets, Tensor? mask = null) => Elementwise(logits, targets, mask,
        (x, t) => Math.Max(x, 0) - x * t + double.LogP1(Math.Exp(-Math.Abs(x))),
        (x, t) => 1 / (1 + Math.Exp(-x)) - t);

    // The mean of a loss of each element, with the derivative beside it.
    private static Tensor Elementwise(Tensor values, Tensor targets, Tensor? mask, Func<double, double, double> loss, Func<double, double, double> derivative)
    {
        if (targets.Count != values.Count || mask is not null && mask.Count != values.Count)
            throw new ArgumentException($"a loss needs one target (and mask) for each value, given {values.Shape}, {targets.Shape}{(mask is null ? "" : $", {mask.Shape}")}");
        double sum = 0;
        int counted = 0;
        for (int i = 0; i < values.Count; i++)
        {
            if (mask is not null && mask.Ints[i] == 0) continue;
            sum += loss(values.Span[i], targets.Span[i]);
            counted++;
        }
        counted = Math.Max(counted, 1);
        Tensor mean = Tensor.From(Shape.Scalar, [(float)(sum / counted)]);
        return Tape.Records(values)
            ? Tape.Record(mean, dLoss => Tape.GiveNew(values, d =>
            {
                for (int i = 0; i < values.Count; i++)
                    d.Span[i] = mask is not null && mask.Ints[i] == 0 ? 0 : (float)(dLoss.Item / counted * derivative(values.Span[i], targets.Span[i]));
            }))
            : mean;
    }

    /// <summary>x itself; on the way back <paramref name="gradient"/> is called and its result, of x's shape, added to x's gradient: a further loss that x has a part in.</summary>
    public static Tensor WithGradient(Tensor x, Func<Tensor> gradient) => !Tape.Records(x) ? x : Tape.Record(x.Alias(), dy =>
    {
        Tape.Give(x, dy);
        Tensor more = gradient();
        Tape.Give(x, more);
        Tape.Discard(more);
    });

    /// <summary>A loss of one element and a further one whose gradient flows by <see cref="WithGradient"/>.</summary>
    public static Tensor Plus(Tensor loss, float further)
    {
        Tensor sum = Tensor.From(loss.Shape, [loss.Item + further]);
        return Tape.Records(loss) ? Tape.Record(sum, d => Tape.Give(loss, d)) : sum;
    }

    private static int Counted(Tensor targets, int ignoreIndex)
    {
        int counted = 0;
        foreach (int target in targets.Ints)
            if (target != ignoreIndex) counted++;
        return Math.Max(counted, 1);
    }

    private static Tensor Mean(ReadOnlySpan<float> losses, int counted, float scale = 1)
    {
        double sum = 0;
        foreach (float loss in losses) sum += loss;
        return Tensor.From(Shape.Scalar, [(float)(sum / counted * scale)]);
    }
}
