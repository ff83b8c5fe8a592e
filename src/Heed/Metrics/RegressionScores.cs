namespace Heed.Metrics;

/// <summary>How near predicted numbers are to the true ones.</summary>
/// <param name="RootMeanSquare">Root of the mean squared error (RMSE), in the unit of the numbers.</param>
/// <param name="MeanAbsolute">Mean absolute error (MAE), in their unit.</param>
/// <param name="Determination">R²: 1 is perfect, 0 no better than the mean of the true numbers, below 0 worse. Of constant ones 1 if all are met, else 0, as in scikit-learn.</param>
public sealed record RegressionScores(double RootMeanSquare, double MeanAbsolute, double Determination)
{
    /// <summary>Compares numbers.</summary>
    /// <param name="actual">The true ones.</param>
    /// <param name="predicted">The predicted ones.</param>
    /// <exception cref="ArgumentException">There are no numbers, or the lists differ in length.</exception>
    public static RegressionScores Of(IReadOnlyList<double> actual, IReadOnlyList<double> predicted)
    {
        Pairs.Check(actual, predicted, "numbers");
        double mean = actual.Average(), squares = 0, absolute = 0, spread = 0;
        for (int i = 0; i < actual.Count; i++)
        {
            double error = predicted[i] - actual[i];
            squares += error * error;
            absolute += Math.Abs(error);
            spread += (actual[i] - mean) * (actual[i] - mean);
        }
        double determination = spread > 0 ? 1 - squares / spread : squares == 0 ? 1 : 0;
        return new RegressionScores(Math.Sqrt(squares / actual.Count), absolute / actual.Count, determination);
    }
}
