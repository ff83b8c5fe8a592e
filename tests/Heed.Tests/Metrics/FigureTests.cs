using System.Text.Json;
using CsCheck;
using Heed.Metrics;

namespace Heed.Tests.Metrics;

/// <summary>Figures of classes, groups and numbers beside scikit-learn and scipy, and examples that were published.</summary>
public sealed class FigureTests
{
    private static readonly Gen<(int[] First, int[] Second)> Classes = Gen.Int[1, 40].SelectMany(n => Gen.Select(Gen.Int[0, 3].Array[n], Gen.Int[0, 3].Array[n]));

    [Fact]
    public void Figures_of_classes_are_those_of_scikit_learn()
    {
        foreach (JsonElement row in MetricReferences.Read("numbers.json", "classes"))
        {
            int kinds = row.GetProperty("kinds").GetInt32();
            ConfusionMatrix matrix = ConfusionMatrix.Of(row.Whole("actual"), row.Whole("predicted"), Names(kinds));
            for (int a = 0; a < kinds; a++)
            {
                for (int p = 0; p < kinds; p++) Assert.Equal(row.GetProperty("matrix")[a][p].GetInt64(), matrix[a, p]);
                JsonElement each = row.GetProperty("each");
                MetricReferences.Near(each[0][a].GetDouble(), matrix.Classes[a].Precision);
                MetricReferences.Near(each[1][a].GetDouble(), matrix.Classes[a].Recall);
                MetricReferences.Near(each[2][a].GetDouble(), matrix.Classes[a].F1);
                Assert.Equal(each[3][a].GetDouble(), matrix.Classes[a].Support);
            }
            MetricReferences.Near(row.Number("accuracy"), matrix.Accuracy);
            MetricReferences.Near(row.Number("matthews"), matrix.Matthews);
            Average(row.Numbers("macro"), matrix.Macro);
            Average(row.Numbers("micro"), matrix.Micro);
            Average(row.Numbers("weighted"), matrix.Weighted);
        }

        static void Average(double[] expected, ClassAverage given)
        {
            MetricReferences.Near(expected[0], given.Precision);
            MetricReferences.Near(expected[1], given.Recall);
            MetricReferences.Near(expected[2], given.F1);
        }
    }

    [Fact]
    public void Agreement_of_groups_is_that_of_scikit_learn()
    {
        foreach (JsonElement row in MetricReferences.Read("numbers.json", "groups"))
        {
            MetricReferences.Near(row.Number("nmi"), ClusterAgreement.NormalizedMutualInformation(row.Whole("first"), row.Whole("second")));
            MetricReferences.Near(row.Number("ari"), ClusterAgreement.AdjustedRand(row.Whole("first"), row.Whole("second")));
        }
    }

    [Fact]
    public void Correlations_and_errors_are_those_of_scipy_and_scikit_learn()
    {
        foreach (JsonElement row in MetricReferences.Read("numbers.json", "numbers"))
        {
            double[] first = row.Numbers("first"), second = row.Numbers("second");
            RegressionScores scores = RegressionScores.Of(first, second);
            MetricReferences.Near(row.Number("rmse"), scores.RootMeanSquare);
            MetricReferences.Near(row.Number("mae"), scores.MeanAbsolute);
            MetricReferences.Near(row.Number("r2"), scores.Determination);
            if (!row.TryGetProperty("pearson", out _)) continue;
            MetricReferences.Near(row.Number("pearson"), Correlation.Pearson(first, second));
            MetricReferences.Near(row.Number("spearman"), Correlation.Spearman(first, second));
            Assert.Equal(row.Numbers("ranks"), Correlation.Ranks(second));
        }
    }

    /// <summary>The example of Manning, Raghavan and Schütze 2008, figure 16.4: three clusters of x, o and diamonds, NMI 0.36.</summary>
    [Fact]
    public void The_example_of_the_book_on_retrieval_agrees()
    {
        string clusters = "11111122222233333", classes = "xxxxxoxoooodxxddd";
        Assert.Equal(0.36, ClusterAgreement.NormalizedMutualInformation(clusters.ToCharArray(), classes.ToCharArray()), 0.005);
    }

    [Fact]
    public void Bounds_and_symmetry_hold() => Classes.Sample((first, second) =>
    {
        ConfusionMatrix matrix = ConfusionMatrix.Of(first, second, Names(4)), back = ConfusionMatrix.Of(second, first, Names(4));
        Assert.Equal((matrix.Accuracy, matrix.Matthews, matrix.Micro.F1), (back.Accuracy, back.Matthews, back.Accuracy));
        Assert.Equal(matrix.Macro.Precision, back.Macro.Recall, 1e-12);
        Assert.InRange(matrix.Matthews, -1 - 1e-12, 1 + 1e-12);
        Assert.Equal(1, ConfusionMatrix.Of(first, first, Names(4)).Macro.F1, 1e-12);

        double nmi = ClusterAgreement.NormalizedMutualInformation(first, second), ari = ClusterAgreement.AdjustedRand(first, second);
        Assert.InRange(nmi, 0, 1);
        Assert.InRange(ari, -1, 1);
        Assert.Equal(nmi, ClusterAgreement.NormalizedMutualInformation(second.Select(g => $"group {9 - g}").ToArray(), first), 1e-12);
        Assert.Equal(ari, ClusterAgreement.AdjustedRand(second.Select(g => g * 7 + 1).ToArray(), first), 1e-12);
        Assert.Equal((1, 1), (ClusterAgreement.NormalizedMutualInformation(first, first), ClusterAgreement.AdjustedRand(first, first)));

        double[] x = [.. first.Select(v => (double)v)], y = [.. second.Select(v => v + 0.5)];
        if (first.Distinct().Count() < 2) Assert.True(double.IsNaN(Correlation.Pearson(x, y)));
        else
        {
            Assert.Equal(1, Correlation.Pearson(x, [.. x.Select(v => 3 * v - 2)]), 1e-12);
            Assert.Equal(-1, Correlation.Spearman(x, [.. x.Select(v => -Math.Exp(v))]), 1e-12);
        }
        Assert.Equal(RegressionScores.Of(x, y).RootMeanSquare, RegressionScores.Of(y, x).RootMeanSquare, 1e-12);
        Assert.True(RegressionScores.Of(x, y).MeanAbsolute <= RegressionScores.Of(x, y).RootMeanSquare + 1e-12);
    }, iter: 300);

    [Fact]
    public void What_cannot_be_compared_is_told()
    {
        Assert.Contains("2 and 1", Assert.Throws<ArgumentException>(() => Correlation.Pearson([1, 2], [1])).Message, StringComparison.Ordinal);
        Assert.Contains("no groups", Assert.Throws<ArgumentException>(() => ClusterAgreement.AdjustedRand<int, int>([], [])).Message, StringComparison.Ordinal);
        Assert.Contains("class 2", Assert.Throws<ArgumentException>(() => ConfusionMatrix.Of([0, 2], [0, 1], Names(2))).Message, StringComparison.Ordinal);
        Assert.Contains("no numbers", Assert.Throws<ArgumentException>(() => RegressionScores.Of([], [])).Message, StringComparison.Ordinal);
    }

    private static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(i => $"class {i}")];
}
