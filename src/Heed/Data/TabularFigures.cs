using Heed.Metrics;
using Heed.Models;

namespace Heed.Data;

/// <summary>How near predictions are to what a table says; rows without the target are left out.</summary>
public static class TabularFigures
{
    /// <summary>The figures: "rmse", "mae" and "r2" of numbers, in the unit of the target, or the "accuracy" of labels.</summary>
    /// <exception cref="InvalidDataException">The target of a row is no number where one is predicted.</exception>
    public static IReadOnlyList<(string Name, double Value)> Of(TabularTarget target, TabularTable table, IReadOnlyList<TabularPrediction> predictions)
    {
        int[] known = [.. Enumerable.Range(0, table.Count).Where(i => table[i, target.Name] is not null)];
        if (known.Length == 0) return [];
        if (target.Labels.Count > 0) return [("accuracy", known.Count(i => predictions[i].Label == table[i, target.Name]) / (double)known.Length)];
        double[] truth = table.Numbers(target.Name);
        return Of([.. known.Select(i => truth[i])], [.. known.Select(i => predictions[i].Number)]);
    }

    /// <summary>Root mean squared error, mean absolute error, and the share of the variance that is explained.</summary>
    public static IReadOnlyList<(string Name, double Value)> Of(IReadOnlyList<double> truth, IReadOnlyList<double> predicted)
    {
        RegressionScores scores = RegressionScores.Of(truth, predicted);
        return [("rmse", scores.RootMeanSquare), ("mae", scores.MeanAbsolute), ("r2", scores.Determination)];
    }
}
