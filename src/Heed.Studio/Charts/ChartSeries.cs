namespace Heed.Studio.Charts;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">Its points, by x.</param>
/// <param name="Dots">Whether the points are shown too, as of measurements that are far apart.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<(double X, double Y)> Points, bool Dots = false)
{
    /// <summary>Whether it is the pale ground of another line: without a place in the legend and in what the pointer shows.</summary>
    public bool Faint { get; init; }

    /// <summary>Its colour, by number; null = its place among the lines.</summary>
    public int? Colour { get; init; }

    /// <summary>The point nearest to a place; null without points.</summary>
    public (double X, double Y)? Nearest(double x)
    {
        if (Points.Count == 0) return null;
        int low = 0, high = Points.Count - 1; // the first point at or behind x, or the last
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Points[middle].X < x) low = middle + 1;
            else high = middle;
        }
        return low > 0 && x - Points[low - 1].X < Points[low].X - x ? Points[low - 1] : Points[low];
    }
}
