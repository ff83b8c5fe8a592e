using CsCheck;
using Heed.Generation;

namespace Heed.Tests.Generation;

public sealed class ProjectionTests
{
    [Fact]
    public void ItIsWhatNumpysSingularValuesSay()
    {
        float[][] points = [[1f, 2.3f, 2.86f, 2.22f], [-0.36f, 1.01f, 3.03f, 6.68f], [-0.48f, 1.38f, 3.24f, 4.71f], [1.32f, 1.07f, 2.99f, 5.39f], [-3.03f, 1.54f, 2.05f, 1.42f], [-4.53f, 1.76f, 2.37f, 4.54f], [1.47f, 1.81f, 1.74f, 2.92f]];
        Projection projection = Projection.Of(points);
        double[][] axes = [[0.9660365, -0.03412113, 0.08796856, 0.2405633], [-0.2545953, -0.1736677, 0.1677029, 0.9364275]], places = [[1.174535, -2.161121], [0.9926084, 2.614136], [0.408623, 0.7708861], [2.299657, 0.9612965], [-2.956365, -1.888096], [-3.634219, 1.430909], [1.715161, -1.728011]];
        for (int d = 0; d < 2; d++)
            for (int c = 0; c < 4; c++) Assert.Equal(axes[d][c], projection.Axes[d][c], 1e-5);
        for (int i = 0; i < points.Length; i++)
            for (int d = 0; d < 2; d++)
            {
                Assert.Equal(places[i][d], projection.Points[i][d], 1e-5);
                Assert.Equal(places[i][d], projection.Place(points[i])[d], 1e-5);
            }
        Assert.Equal(0.584498546, projection.Shares[0], 1e-6);
        Assert.Equal(0.386351339, projection.Shares[1], 1e-6);
    }

    /// <summary>No direction at right angles to the first ones shows more of the points' spread than the next one.</summary>
    [Fact]
    public void NoOtherDirectionShowsMore() => Gen.Select(Gen.Int[2, 30], Gen.Int[2, 12], Gen.Int[0, 1000]).Sample((count, columns, seed) =>
    {
        Random random = new(seed);
        float[][] points = [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, columns).Select(c => (float)((c + 1) * (random.NextDouble() - 0.5))).ToArray())];
        Projection projection = Projection.Of(points);
        Assert.Equal(0, projection.Axes[0].Zip(projection.Axes[1], (a, b) => a * b).Sum(), 1e-9);
        Assert.All(projection.Axes.Take(count > 2 ? 2 : 1), axis => Assert.Equal(1, axis.Sum(a => a * a), 1e-9));
        Assert.True(projection.Shares[0] >= projection.Shares[1] - 1e-9);
        double[] mean = [.. Enumerable.Range(0, columns).Select(c => points.Average(p => (double)p[c]))];
        double total = points.Sum(p => p.Select((x, c) => (x - mean[c]) * (x - mean[c])).Sum());
        for (int trial = 0; trial < 20; trial++)
        {
            double[] other = [.. Enumerable.Range(0, columns).Select(_ => random.NextDouble() - 0.5)];
            Assert.True(Spread(other) <= projection.Shares[0] * total * (1 + 1e-6));
            double along = other.Zip(projection.Axes[0], (a, b) => a * b).Sum();
            double[] across = [.. other.Select((a, c) => a - along * projection.Axes[0][c])];
            if (across.Sum(a => a * a) > 1e-6) Assert.True(Spread(across) <= projection.Shares[1] * total + 1e-6 * total);
        }

        double Spread(double[] axis) => points.Sum(p => Math.Pow(p.Select((x, c) => (x - mean[c]) * axis[c]).Sum(), 2)) / axis.Sum(a => a * a);
    }, iter: Brief.Or(60, 5));

    [Fact]
    public void PointsThatDoNotSpreadLieInTheMiddle()
    {
        foreach (float[][] points in (float[][][])[[[3, 4]], [[1, 2, 3], [1, 2, 3]]])
        {
            Projection projection = Projection.Of(points, 3);
            Assert.All(projection.Points, p => Assert.Equal([0, 0, 0], p));
            Assert.Equal([0, 0, 0], projection.Shares);
        }
        Projection line = Projection.Of([[0, 0], [1, 1], [2, 2]]);
        Assert.Equal(1, line.Shares[0], 1e-12);
        Assert.All(line.Points, p => Assert.Equal(0, p[1]));
    }

    [Fact]
    public void WhatIsWrongIsTold()
    {
        Assert.Contains("given none", Assert.Throws<ArgumentException>(() => Projection.Of([])).Message, StringComparison.Ordinal);
        Assert.Contains("2 columns", Assert.Throws<ArgumentException>(() => Projection.Of([[1, 2], [1]])).Message, StringComparison.Ordinal);
        Assert.Contains("finite", Assert.Throws<ArgumentException>(() => Projection.Of([[1, float.NaN]])).Message, StringComparison.Ordinal);
        Assert.Contains("2 columns", Assert.Throws<ArgumentException>(() => Projection.Of([[1, 2], [3, 4]]).Place([1])).Message, StringComparison.Ordinal);
    }
}
