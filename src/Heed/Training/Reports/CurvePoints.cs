namespace Heed.Training;

/// <summary>The points of a curve, made fit to be drawn.</summary>
public static class CurvePoints
{
    /// <summary>At most so many points: each the mean (or the greatest) of its neighbours.</summary>
    public static IReadOnlyList<(double X, double Y)> Thin(IReadOnlyList<(double X, double Y)> points, bool greatest = false, int most = 600)
    {
        if (points.Count <= most) return points;
        List<(double X, double Y)> thin = new(most);
        for (int i = 0; i < most; i++)
        {
            int from = (int)((long)i * points.Count / most), to = (int)((i + 1L) * points.Count / most);
            IEnumerable<double> ys = points.Skip(from).Take(to - from).Select(p => p.Y);
            thin.Add((points[to - 1].X, greatest ? ys.Max() : ys.Average()));
        }
        return thin;
    }

    /// <summary>Mean of each value with its neighbours on both sides, so that the curve does not lag; <paramref name="span"/> points count most.</summary>
    public static IReadOnlyList<(double X, double Y)> Smooth(IReadOnlyList<(double X, double Y)> points, double span)
    {
        (double X, double Y)[] smooth = [.. points];
        double keep = 1 - 1 / Math.Max(1, span), sum = 0, weight = 0;
        for (int i = 0; i < smooth.Length; i++) smooth[i].Y = Next(points[i].Y) / 2;
        (sum, weight) = (0, 0);
        for (int i = smooth.Length - 1; i >= 0; i--) smooth[i].Y += Next(points[i].Y) / 2;
        return smooth;

        double Next(double value)
        {
            sum = keep * sum + (1 - keep) * value;
            weight = keep * weight + (1 - keep);
            return sum / weight;
        }
    }
}
