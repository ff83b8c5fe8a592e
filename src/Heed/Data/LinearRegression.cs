namespace Heed.Data;

/// <summary>Ordinary least squares (Gauss 1809): the straight plane nearest to all points, by Householder's QR decomposition (1958) in double precision.</summary>
public sealed class LinearRegression
{
    private readonly double[] weights; // one for each column, then the constant

    private LinearRegression(double[] weights) => this.weights = weights;

    /// <summary>Fits a plane to rows.</summary>
    /// <param name="rows">Rows of equally many numbers. Columns that follow from others count as 0.</param>
    /// <param name="targets">A number for each row.</param>
    /// <exception cref="ArgumentException">There are fewer rows than columns, or the counts differ.</exception>
    public static LinearRegression Fit(IReadOnlyList<double[]> rows, IReadOnlyList<double> targets)
    {
        int n = rows.Count, m = n == 0 ? 1 : rows[0].Length + 1;
        if (targets.Count != n || n < m || rows.Any(r => r.Length != m - 1)) throw new ArgumentException($"a plane through {m - 1} columns needs {m} rows or more of that length and a target for each, given {n} and {targets.Count}");
        double[,] a = new double[n, m];
        double[] b = [.. targets];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < m - 1; j++) a[i, j] = rows[i][j];
            a[i, m - 1] = 1;
        }
        double[] sizes = [.. Enumerable.Range(0, m).Select(j => Norm(a, 0, j))];
        bool[] dependent = new bool[m];
        for (int k = 0, row = 0; k < m; k++)
        {
            double norm = Norm(a, row, k);
            dependent[k] = norm <= 1e-10 * sizes[k];
            if (dependent[k]) continue;
            Reflect(a, b, row, k, norm);
            row++;
        }
        double[] weights = new double[m];
        for (int k = m - 1, row = dependent.Count(d => !d) - 1; k >= 0; k--)
        {
            if (dependent[k]) continue;
            double sum = b[row];
            for (int j = k + 1; j < m; j++) sum -= a[row, j] * weights[j];
            weights[k] = sum / a[row, k];
            row--;
        }
        return new LinearRegression(weights);
    }

    /// <summary>The plane's height over a row.</summary>
    public double Predict(ReadOnlySpan<double> row)
    {
        if (row.Length != weights.Length - 1) throw new ArgumentException($"the plane was fitted to rows of {weights.Length - 1} numbers, given {row.Length}");
        double sum = weights[^1];
        for (int j = 0; j < row.Length; j++) sum += weights[j] * row[j];
        return sum;
    }

    private static double Norm(double[,] a, int row, int column)
    {
        double sum = 0;
        for (int i = row; i < a.GetLength(0); i++) sum += a[i, column] * a[i, column];
        return Math.Sqrt(sum);
    }

    // Mirrors the space so that what is left of a column points along one axis.
    private static void Reflect(double[,] a, double[] b, int row, int column, double norm)
    {
        int n = a.GetLength(0), m = a.GetLength(1);
        double along = a[row, column] > 0 ? -norm : norm;
        double[] v = new double[n - row];
        for (int i = row; i < n; i++) v[i - row] = a[i, column];
        v[0] -= along;
        double length = v.Sum(x => x * x);
        for (int j = column; j < m; j++)
        {
            double dot = 0;
            for (int i = row; i < n; i++) dot += v[i - row] * a[i, j];
            double factor = 2 * dot / length;
            for (int i = row; i < n; i++) a[i, j] -= factor * v[i - row];
        }
        double product = 0;
        for (int i = row; i < n; i++) product += v[i - row] * b[i];
        for (int i = row; i < n; i++) b[i] -= 2 * product / length * v[i - row];
    }
}
