namespace Heed.Generation;

/// <summary>
/// Principal components (Pearson 1901): the directions in which points spread the most, and the points seen along them. A picture of vectors of many columns
/// that keeps as much of their distances as a plane can.
/// </summary>
public sealed class Projection
{
    private const int MostRounds = 1000;
    private const double Settled = 1e-13;

    private readonly double[] mean;
    private readonly double[][] axes; // (dimensions, columns), of length 1 and at right angles; zeros where the points do not spread

    private Projection(double[] mean, double[][] axes, IReadOnlyList<double[]> points, double[] shares) => (this.mean, this.axes, Points, Shares) = (mean, axes, points, shares);

    /// <summary>The points in the new coordinates: (points, dimensions), centred.</summary>
    public IReadOnlyList<double[]> Points { get; }

    /// <summary>What share of the points' variance lies along each direction, largest first.</summary>
    public IReadOnlyList<double> Shares { get; }

    /// <summary>The directions, each of length 1, its largest entry positive: (dimensions, columns).</summary>
    public IReadOnlyList<IReadOnlyList<double>> Axes => axes;

    /// <summary>Finds the directions of some points.</summary>
    /// <param name="vectors">The points, one or more, all of the same number of columns.</param>
    /// <param name="dimensions">How many directions.</param>
    /// <exception cref="ArgumentException">There are no points, their lengths differ, or a value is not finite.</exception>
    public static Projection Of(IReadOnlyList<float[]> vectors, int dimensions = 2)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        if (vectors.Count == 0) throw new ArgumentException("a projection needs 1 point or more, given none");
        int columns = vectors[0].Length;
        if (vectors.Any(v => v.Length != columns)) throw new ArgumentException($"all points must have the {columns} columns of the first, given one of {vectors.First(v => v.Length != columns).Length}");
        if (vectors.Any(v => v.Any(x => !float.IsFinite(x)))) throw new ArgumentException("a value of a point is not finite");
        double[] mean = [.. Enumerable.Range(0, columns).Select(c => vectors.Average(v => (double)v[c]))];
        double[][] centred = [.. vectors.Select(v => v.Select((x, c) => x - mean[c]).ToArray())];
        double total = centred.Sum(row => Dot(row, row));
        double[][] axes = centred.Length < columns ? [.. WithinSpan(centred, dimensions, total)] : [.. Directions(centred, columns, dimensions, total)];
        double[][] points = [.. centred.Select(row => axes.Select(axis => Dot(row, axis)).ToArray())];
        double[] shares = [.. Enumerable.Range(0, dimensions).Select(d => total > 0 ? points.Sum(p => p[d] * p[d]) / total : 0)];
        return new Projection(mean, axes, points, shares);
    }

    /// <summary>Another point in the new coordinates.</summary>
    /// <exception cref="ArgumentException">It has another number of columns.</exception>
    public double[] Place(ReadOnlySpan<float> vector)
    {
        if (vector.Length != mean.Length) throw new ArgumentException($"the points have {mean.Length} columns, given {vector.Length}");
        double[] centred = new double[vector.Length];
        for (int c = 0; c < centred.Length; c++) centred[c] = vector[c] - mean[c];
        return [.. axes.Select(axis => Dot(centred, axis))];
    }

    // Fewer points than columns: all that they spread lies within as many directions as there are points, and is searched there.
    private static IEnumerable<double[]> WithinSpan(double[][] x, int dimensions, double total)
    {
        double[][] span = [.. x.Select(row => (double[])row.Clone())];
        Orthonormalise(span);
        double[][] seen = [.. x.Select(row => span.Select(s => Dot(row, s)).ToArray())];
        foreach (double[] axis in Directions(seen, x.Length, dimensions, total)) yield return Signed(Transposed(span, axis, x[0].Length));
    }

    // Subspace iteration with a few spare directions on XᵀX, which is never made: each round turns the subspace towards the largest spread.
    private static IEnumerable<double[]> Directions(double[][] x, int columns, int dimensions, double total)
    {
        int held = Math.Min(dimensions + 6, Math.Min(columns, x.Length));
        Random random = new(1); // any start that is not special
        double[][] basis = [.. Enumerable.Range(0, held).Select(_ => Enumerable.Range(0, columns).Select(_ => random.NextDouble() - 0.5).ToArray())];
        double[] before = new double[held];
        for (int round = 0; round < MostRounds && total > 0; round++)
        {
            Orthonormalise(basis);
            double[][] seen = [.. basis.Select(b => x.Select(row => Dot(row, b)).ToArray())]; // X b
            double[,] small = new double[held, held];
            for (int i = 0; i < held; i++)
                for (int j = 0; j < held; j++) small[i, j] = Dot(seen[i], seen[j]);
            (double[] values, double[,] turns) = SymmetricEigen.Solve(small);
            double[][] turned = [.. Enumerable.Range(0, held).Select(i => Mix(seen, turns, i))];
            bool settled = values.Take(dimensions).Zip(before).All(pair => Math.Abs(pair.First - pair.Second) <= Settled * total);
            basis = settled ? [.. Enumerable.Range(0, held).Select(i => Mix(basis, turns, i))] : [.. turned.Select(t => Transposed(x, t, columns))];
            before = values;
            if (settled) break;
        }
        Orthonormalise(basis);
        for (int d = 0; d < dimensions; d++)
        {
            bool spreads = d < held && before[d] > 1e-12 * total && total > 0;
            yield return spreads ? Signed(basis[d]) : new double[columns];
        }
    }

    // Twice, so that what rounding left of one direction in another is gone too.
    private static void Orthonormalise(double[][] basis)
    {
        for (int pass = 0; pass < 2; pass++)
            for (int i = 0; i < basis.Length; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    double along = Dot(basis[i], basis[j]);
                    for (int c = 0; c < basis[i].Length; c++) basis[i][c] -= along * basis[j][c];
                }
                double length = Math.Sqrt(Dot(basis[i], basis[i]));
                for (int c = 0; c < basis[i].Length && length > 0; c++) basis[i][c] /= length;
            }
    }

    private static double[] Mix(double[][] vectors, double[,] turns, int column)
    {
        double[] sum = new double[vectors[0].Length];
        for (int i = 0; i < vectors.Length; i++)
            for (int c = 0; c < sum.Length; c++) sum[c] += turns[i, column] * vectors[i][c];
        return sum;
    }

    private static double[] Transposed(double[][] x, double[] weights, int columns)
    {
        double[] sum = new double[columns];
        for (int i = 0; i < x.Length; i++)
            for (int c = 0; c < columns; c++) sum[c] += weights[i] * x[i][c];
        return sum;
    }

    private static double[] Signed(double[] axis)
    {
        double largest = axis.MaxBy(Math.Abs);
        return largest < 0 ? [.. axis.Select(v => -v)] : axis;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
