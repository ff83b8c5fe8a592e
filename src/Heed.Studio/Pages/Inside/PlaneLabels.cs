namespace Heed.Studio.Pages.Inside;

/// <summary>Finds room for the labels of points: beside, above or below each, where neither another label nor a point lies.</summary>
internal sealed class PlaneLabels(double width, double height, IEnumerable<(double X, double Y)> points)
{
    private const double Line = 13, Gap = 8, Dot = 3;

    private readonly (double X, double Y)[] points = [.. points];
    private readonly List<(double Left, double Top, double Right, double Bottom)> taken = [];

    /// <summary>The place of a label and where in it the text begins; null where there is no room.</summary>
    /// <param name="x">The point.</param>
    /// <param name="y">The point.</param>
    /// <param name="wide">The label's width.</param>
    /// <param name="must">Whether it is written even over others.</param>
    public (double X, double Y, string Anchor)? Place(double x, double y, double wide, bool must)
    {
        (double X, double Y, string Anchor, double Left)[] places =
        [
            (x + Gap, y + 4, "start", x + Gap), (x - Gap, y + 4, "end", x - Gap - wide),
            (x, y - Gap, "middle", x - wide / 2), (x, y + Gap + 10, "middle", x - wide / 2),
        ];
        foreach ((double tx, double ty, string anchor, double left) in places)
        {
            (double Left, double Top, double Right, double Bottom) box = (left, ty - 10, left + wide, ty - 10 + Line);
            if (box.Left < 0 || box.Right > width || box.Top < 0 || box.Bottom > height) continue;
            if (taken.Exists(t => t.Left < box.Right && box.Left < t.Right && t.Top < box.Bottom && box.Top < t.Bottom)) continue;
            if (points.Any(p => (p.X != x || p.Y != y) && p.X + Dot > box.Left && p.X - Dot < box.Right && p.Y + Dot > box.Top && p.Y - Dot < box.Bottom)) continue;
            taken.Add(box);
            return (tx, ty, anchor);
        }
        if (!must) return null;
        bool right = x + Gap + wide > width;
        return (right ? x - Gap : x + Gap, y + 4, right ? "end" : "start");
    }
}
