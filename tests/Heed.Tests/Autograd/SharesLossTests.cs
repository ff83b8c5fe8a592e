using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Tests.Autograd;

/// <summary>Losses with weights of labels and with shares of answers, against PyTorch's values and against differences.</summary>
public sealed class SharesLossTests
{
    private static readonly float[] Logits = [0.5f, -1, 2, 0.25f, 1.5f, 0, -0.5f, 3, 0.1f, 0.2f, 0.3f, -2, 4, -4, 1, 1];

    [Theory]
    [InlineData(0f, 4.9834619, new float[] { 0.044067f, 0.009833f, -0.088219f, 0.034319f, -0.118396f, 0.005458f, 0.003310f, 0.109627f, 0, 0, 0, 0, 0.519523f, -0.571254f, 0.025866f, 0.025866f })]
    [InlineData(0.2f, 4.7723441, new float[] { 0.042433f, -0.017510f, -0.020675f, -0.004248f, -0.085960f, -0.020657f, -0.009486f, 0.116103f, 0, 0, 0, 0, 0.492898f, -0.485547f, 0.010610f, -0.017962f })]
    public void LabelWeightsAreThoseOfPyTorch(float smoothing, double loss, float[] gradient)
    {
        using MemoryScope scope = new();
        Tensor logits = Tensor.From(new Shape(4, 4), Logits), targets = Tensor.From(new Shape(4), [2, 0, LossOps.IgnoreIndex, 1]);
        logits.RequiresGradient = true;
        using Tape tape = new();
        Tensor given = LossOps.WeightedCrossEntropy(logits, targets, Tensor.From(new Shape(4), [0.5f, 2, 1, 3]), smoothing: smoothing);
        Assert.Equal(loss, given.Item, 2e-6);
        tape.Backward(given);
        for (int i = 0; i < gradient.Length; i++) Assert.Equal(gradient[i], logits.Gradient!.Span[i], 2e-6f);
    }

    [Fact]
    public void EqualWeightsChangeNothing()
    {
        using MemoryScope scope = new();
        Tensor logits = Tensor.From(new Shape(4, 4), Logits), targets = Tensor.From(new Shape(4), [2, 0, LossOps.IgnoreIndex, 1]), ones = Tensor.From(new Shape(4), [7f, 7, 7, 7]);
        foreach (float smoothing in (float[])[0, 0.3f])
            Assert.Equal(LossOps.CrossEntropy(logits, targets, smoothing: smoothing).Item, LossOps.WeightedCrossEntropy(logits, targets, ones, smoothing: smoothing).Item, 1e-6);
    }

    [Fact]
    public void TheGradientOfSharesAgreesWithDifferences() => GradientCheck.Run(
        x => LossOps.CrossEntropyToShares(x[0], Tensor.From(new Shape(3, 4), [0.1f, 0.2f, 0.3f, 0.4f, 0, 0, 0, 0, 2, 0, 0, 1]), 2.5), ([3, 4], 1));

    [Fact]
    public void WhatDoesNotFitIsAnError()
    {
        using MemoryScope scope = new();
        Tensor logits = Tensor.From(new Shape(4, 4), Logits), targets = Tensor.From(new Shape(4), [2, 0, 4, 1]);
        Assert.Contains("target 4", Assert.Throws<ArgumentException>(() => LossOps.WeightedCrossEntropy(logits, targets, Tensor.From(new Shape(4), [1f, 1, 1, 1]))).Message, StringComparison.Ordinal);
        Assert.Contains("weight -1", Assert.Throws<ArgumentException>(() => LossOps.WeightedCrossEntropy(logits, targets, Tensor.From(new Shape(4), [1f, -1, 1, 1]))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LossOps.WeightedCrossEntropy(logits, targets, Tensor.From(new Shape(3), [1f, 1, 1])));
    }
}
