namespace Heed.Studio.Charts;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">Its points, by x.</param>
/// <param name="Dots">Whether the points are shown too, as of measurements that are far apart.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<(double X, double Y)> Points, bool Dots = false);
