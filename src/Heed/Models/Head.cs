using Heed.Autograd;
using Heed.Kernels;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>The part above the last hidden state: perhaps a pooled vector and a layer, then the output projection.</summary>
public sealed class Head
{
    private readonly HeadConfig config;
    private readonly LinearLayer? dense;
    private readonly Norm? norm;
    private Tensor? bias;   // (outputs)
    private readonly LinearLayer? projection; // (outputs, inputs)

    /// <summary>Makes <c>dense</c>, <c>norm</c>, <c>weight</c> and <c>bias</c> in <paramref name="scope"/>, as the configuration asks.</summary>
    /// <param name="scope">Where the weights are made.</param>
    /// <param name="config">The head.</param>
    /// <param name="stack">The stack below it.</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="tied">The embedding table, where it is the output projection too.</param>
    public Head(WeightScope scope, HeadConfig config, StackConfig stack, int vocabulary, EmbeddingLayer? tied)
    {
        this.config = config;
        int inputs = config.Transform?.Width ?? stack.Width, outputs = config.Outputs(vocabulary);
        if (config.Transform is { } transform)
        {
            dense = scope.Linear("dense", stack.Width, transform.Width, hasBias: true, stack.Start(stack.Width));
            if (transform.Norm is { } n) norm = Norm.Create(scope["norm"], transform.Width, n);
        }
        if (outputs == 0) return;
        projection = tied is null ? scope.Projection(inputs, outputs, Bias, stack.Start(inputs)) : scope.Register(tied.Projection(Bias()));

        Tensor? Bias() => bias = config.Bias ? scope.Constant("bias", new Shape(outputs), 0, trainable: !config.FixedBias) : null;
    }

    /// <summary>
    /// The answer: hidden (batch, tokens, width) -> (batch, tokens, outputs), for one answer to the whole text (batch, outputs),
    /// for one score at every place (batch, tokens).
    /// </summary>
    /// <param name="hidden">The last hidden state; for a head over single places any (..., width).</param>
    /// <param name="mask">(batch, tokens) 1 for a token, 0 for padding; null = no padding. Only pooling reads it.</param>
    public Tensor Forward(Tensor hidden, Tensor? mask = null) => Project(Features(hidden, mask));

    /// <summary>What enters the output projection.</summary>
    public Tensor Features(Tensor hidden, Tensor? mask)
    {
        Tensor x = config.Kind is HeadKind.Sequence || (config.Kind is HeadKind.None && dense is not null) ? Pooled(hidden, mask) : hidden;
        if (dense is not null)
        {
            x = dense.Forward(x, config.Transform!.Activation);
            if (norm is not null) x = norm.Forward(x);
        }
        return config.Scale == 1 ? x : Arithmetic.Scale(x, config.Scale);
    }

    /// <summary>The output projection of <see cref="Features"/>.</summary>
    public Tensor Project(Tensor features)
    {
        if (projection is null) return features;
        Tensor logits = projection.Forward(features);
        if (config.Kind == HeadKind.Replaced) return logits.Reshape(new Shape(features.Shape.ToArray()[..^1]));
        return config.SoftCap == 0 ? logits : Arithmetic.Scale(NeuralOps.Activate(Arithmetic.Scale(logits, 1 / config.SoftCap), ActivationKind.Tanh), config.SoftCap);
    }

    /// <summary>The loss of the answer to hidden (batch, tokens, width), as <see cref="HeadLoss"/> defines it for each kind of head.</summary>
    /// <param name="hidden">The last hidden state.</param>
    /// <param name="mask">(batch, tokens) 1 for a token, 0 for padding; null = no padding.</param>
    /// <param name="targets">What the answer should be.</param>
    /// <param name="scale">Factor of the loss, for gradient accumulation.</param>
    /// <param name="smoothing">Label smoothing: the share of each target that is spread evenly over all ids or labels.</param>
    /// <param name="labelWeights">How much each label counts, (labels); null = all the same.</param>
    /// <exception cref="ArgumentException">The targets do not fit the head.</exception>
    public Tensor Loss(Tensor hidden, Tensor? mask, Tensor targets, float scale, float smoothing = 0, Tensor? labelWeights = null)
    {
        Tensor loss;
        if (config.Kind == HeadKind.Vocabulary)
        {
            (hidden, targets) = HeadLoss.CountedRows(hidden, targets);
            Tensor features = Features(hidden, mask);
            if (config.SoftCap == 0 && projection is Linear { Updates.Count: 0 } linear) return LossOps.LinearCrossEntropy(features, linear.Weight, targets, bias, scale, smoothing: smoothing);
            if (config.SoftCap == 0 && projection is StoredLinear { Updates.Count: 0 } stored) return LossOps.LinearCrossEntropy(features, stored.Weight.For(features.Rows), targets, bias, scale, smoothing: smoothing);
            loss = LossOps.CrossEntropy(Project(features), targets, smoothing: smoothing);
        }
        else
        {
            loss = HeadLoss.Of(config, Forward(hidden, mask), targets, mask, smoothing, labelWeights);
        }
        return scale == 1 ? loss : Arithmetic.Scale(loss, scale);
    }

    // (batch, tokens, width) -> (batch, width).
    private Tensor Pooled(Tensor hidden, Tensor? mask)
    {
        int batch = hidden.Shape[0], tokens = hidden.Shape[1];
        if (config.Pooling == Pooling.Mean)
        {
            Tensor places = Tensor.Empty(new Shape(batch, tokens), DType.I32), weights = Tensor.Zeros(places.Shape);
            for (int b = 0; b < batch; b++)
            {
                int real = mask is null ? tokens : Count(mask.Ints.Slice(b * tokens, tokens));
                for (int i = b * tokens; i < (b + 1) * tokens; i++)
                {
                    places.Ints[i] = i;
                    if (mask is null || mask.Ints[i] != 0) weights.Span[i] = 1f / real;
                }
            }
            return RowOps.WeightedSum(hidden.Reshape(new Shape(batch * tokens, hidden.Columns)), places, weights);
        }
        Tensor rows = Tensor.Empty(new Shape(batch), DType.I32);
        for (int b = 0; b < batch; b++)
        {
            int place = 0;
            if (config.Pooling == Pooling.Last)
            {
                place = tokens - 1;
                while (mask is not null && place > 0 && mask.Ints[b * tokens + place] == 0) place--;
            }
            rows.Ints[b] = b * tokens + place;
        }
        return NeuralOps.Embed(hidden.Reshape(new Shape(batch * tokens, hidden.Columns)), rows);
    }

    private static int Count(ReadOnlySpan<int> mask)
    {
        int count = 0;
        foreach (int m in mask)
            if (m != 0) count++;
        return Math.Max(count, 1);
    }
}
