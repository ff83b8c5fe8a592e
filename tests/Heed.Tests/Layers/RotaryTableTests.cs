using Heed.Layers;
using Heed.Tensors;

namespace Heed.Tests.Layers;

/// <summary>How far pairs of columns turn, against the published formulas.</summary>
public sealed class RotaryTableTests
{
    private const int Dim = 8;

    // The angle of pair i at a position, from where the vector (1, 0) goes; modulo a whole turn.
    private static double[] Angles(PositionConfig.Rotary config, int position, int[]? others = null)
    {
        using MemoryScope scope = new();
        int[] positions = [position, .. others ?? []];
        Tensor x = Tensor.Zeros(new Shape(positions.Length, Dim));
        for (int i = 0; i < Dim / 2; i++) x.Row(0)[i] = 1;
        Tensor y = new RotaryTable(config, Dim).Rotate(x, 1, Tensor.From(new Shape(positions.Length), positions));
        return [.. Enumerable.Range(0, Dim / 2).Select(i => Math.Atan2(y.Row(0)[Dim / 2 + i], y.Row(0)[i]))];
    }

    private static void Turned(double theta, double position, double[] angles)
    {
        for (int i = 0; i < angles.Length; i++)
        {
            double expected = position * Math.Pow(theta, -2.0 * i / Dim);
            Assert.True(Math.Cos(angles[i] - expected) > 1 - 1e-6, $"pair {i}: {angles[i]}, expected {expected}");
        }
    }

    [Fact]
    public void PlainAndLinear()
    {
        Turned(100, 7, Angles(new PositionConfig.Rotary(100, 16), 7));
        Turned(100, 7 / 2.5, Angles(new PositionConfig.Rotary(100, 16, Scaling: new RopeScaling.Linear(2.5)), 7));
    }

    [Fact]
    public void DynamicFollowsTheLengthBeyondTheContextOnly()
    {
        PositionConfig.Rotary dynamic = new(100, 16, Scaling: new RopeScaling.Dynamic(2));
        Turned(100, 7, Angles(dynamic, 7));
        Turned(100, 7, Angles(dynamic, 7, [15]));
        // base · ((factor · length / context) - (factor - 1)) ^ (dim / (dim - 2))
        Turned(100 * Math.Pow(2.0 * 24 / 16 - 1, 8.0 / 6), 7, Angles(dynamic, 7, [23]));
        Turned(100 * Math.Pow(2.0 * 17 / 16 - 1, 8.0 / 6), 16, Angles(dynamic, 16));
    }

    [Fact]
    public void AShortTextAfterALongOneIsAsIfItWereTheFirst()
    {
        using MemoryScope scope = new();
        RotaryTable table = new(new PositionConfig.Rotary(100, 16, Scaling: new RopeScaling.Dynamic(2)), Dim);
        float[] first = Rotated(9), longer = Rotated(40), again = Rotated(9);
        Assert.Equal(first, again);
        Assert.NotEqual(first, longer);

        float[] Rotated(int position)
        {
            Tensor x = Tensor.Zeros(new Shape(1, Dim));
            x.Span.Fill(1);
            return table.Rotate(x, 1, Tensor.From(new Shape(1), [position])).ToArray();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void YarnKeepsFastPairsDividesSlowOnesAndScales(bool truncate)
    {
        // Pairs turn 100^(-i/4) · 64 / 2π times within the original context: 10.2, 3.2, 1.02, 0.32.
        PositionConfig.Rotary yarn = new(100, 256, Scaling: new RopeScaling.Yarn(4, 64, 1.2, BetaFast: 8, BetaSlow: 0.5, truncate));
        double[] angles = Angles(yarn, 5);
        double low = Pair(8), high = Pair(0.5);
        if (truncate) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        for (int i = 0; i < angles.Length; i++)
        {
            double ramp = Math.Clamp((i - low) / (high - low), 0, 1), plain = Math.Pow(100, -i / 4.0);
            Assert.True(Math.Cos(angles[i] - 5 * (plain * (1 - ramp) + plain / 4 * ramp)) > 1 - 1e-6, $"pair {i}");
        }
        using MemoryScope scope = new();
        Tensor x = Tensor.Zeros(new Shape(1, Dim));
        x.Span[0] = 1;
        Tensor y = new RotaryTable(yarn, Dim).Rotate(x, 1, Tensor.From(new Shape(1), [5]));
        Assert.Equal(1.2, Math.Sqrt(y.Span[0] * (double)y.Span[0] + y.Span[4] * (double)y.Span[4]), 1e-6);

        // The pair that turns so often within the original context.
        static double Pair(double turns) => Dim * Math.Log(64 / (turns * 2 * Math.PI)) / (2 * Math.Log(100));
    }

    [Fact]
    public void FrequenciesThatAreNoNumbersAreRejected()
    {
        RotaryTable table = new(new PositionConfig.Rotary(100, 16, Scaling: new RopeScaling.Linear(double.Epsilon)), Dim);
        using MemoryScope scope = new();
        Assert.Contains("no number", Assert.Throws<ArgumentException>(() => table.Rotate(Tensor.Zeros(new Shape(1, Dim)), 1, Tensor.From(new Shape(1), [1]))).Message);
    }
}
