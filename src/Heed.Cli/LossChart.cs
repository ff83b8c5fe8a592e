using Spectre.Console;
using Spectre.Console.Rendering;

namespace Heed.Cli;

/// <summary>
/// A loss curve in a terminal: the smoothed training loss in braille dots, validation losses as larger points, both over all the steps
/// of the run. A point costs nothing to add, whatever the length of the run: only the last one of every column of dots is kept.
/// </summary>
internal sealed class LossChart(int steps, int width, int height) : Renderable
{
    private static readonly Style Curve = new(Color.DodgerBlue1), Points = new(Color.Orange1), Axes = new(Color.Grey);

    private readonly double[] curve = Enumerable.Repeat(double.NaN, 2 * width).ToArray(); // one value for each column of dots
    private readonly double[] points = Enumerable.Repeat(double.NaN, width).ToArray();    // one value for each column of cells
    private readonly Smoother smoother = new(LossHistory.Span(steps));

    /// <summary>Adds the training loss of a step.</summary>
    public void AddTraining(int step, double loss)
    {
        if (double.IsFinite(loss)) curve[Column(step, curve.Length)] = smoother.Add(step, loss);
    }

    /// <summary>Adds a validation loss.</summary>
    public void AddValidation(int step, double loss)
    {
        if (double.IsFinite(loss)) points[Column(step, points.Length)] = loss;
    }

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        double[] known = [.. curve.Concat(points).Where(double.IsFinite)];
        double least = known.Length > 0 ? known.Min() : 0, most = known.Length > 0 ? known.Max() : 1;
        double[] ticks = Axis.Ticks(least, most, 4);
        (double low, double high) = (ticks[0], ticks[^1]);
        byte[] dots = Dots(low, high);
        string[] labels = new string[height];
        foreach (double tick in ticks) labels[CellRow(tick, low, high)] ??= Axis.Label(tick, ticks);
        int margin = Math.Max(5, labels.Max(l => l?.Length ?? 0));
        for (int row = 0; row < height; row++)
        {
            yield return new Segment($"  {(labels[row] ?? "").PadLeft(margin)} {(labels[row] is null ? '│' : '┤')}", Axes);
            for (int column = 0; column < width; column++)
            {
                bool point = double.IsFinite(points[column]) && CellRow(points[column], low, high) == row;
                yield return point ? new Segment("●", Points) : new Segment(((char)(0x2800 + dots[row * width + column])).ToString(), Curve);
            }
            yield return Segment.LineBreak;
        }
        string last = steps.ToString(System.Globalization.CultureInfo.InvariantCulture);
        yield return new Segment($"  {new string(' ', margin)} ╰{new string('─', width)}", Axes);
        yield return Segment.LineBreak;
        yield return new Segment($"  {new string(' ', margin)}  1{new string(' ', Math.Max(1, width - 1 - last.Length))}{last}", Axes);
        yield return Segment.LineBreak;
    }

    private int Column(int step, int columns) => Math.Clamp((int)((long)(step - 1) * columns / Math.Max(1, steps)), 0, columns - 1);

    private int CellRow(double loss, double low, double high) => Math.Clamp((int)((high - loss) / (high - low) * height), 0, height - 1);

    private int DotRow(double loss, double low, double high) => Math.Clamp((int)((high - loss) / (high - low) * (4 * height - 1) + 0.5), 0, 4 * height - 1);

    // Braille: 2 x 4 dots in a cell; the curve is joined from column to column.
    private byte[] Dots(double low, double high)
    {
        byte[] cells = new byte[width * height];
        int last = -1; // column of dots before that has a value
        for (int x = 0; x < curve.Length; x++)
        {
            if (!double.IsFinite(curve[x])) continue;
            int before = last < 0 ? -1 : DotRow(curve[last], low, high);
            for (int column = last < 0 ? x : last + 1; column <= x; column++) // a short run has fewer steps than columns
            {
                double loss = last < 0 ? curve[x] : curve[last] + (curve[x] - curve[last]) * (column - last) / (x - last);
                int y = DotRow(loss, low, high), from = before < 0 ? y : before < y ? before + 1 : before > y ? before - 1 : y;
                for (int at = Math.Min(from, y); at <= Math.Max(from, y); at++) cells[at / 4 * width + column / 2] |= Bit(column % 2, at % 4);
                before = y;
            }
            last = x;
        }
        return cells;
    }

    // The dots of U+2800: 1 2 3 down the left side, 4 5 6 down the right, then 7 and 8 below.
    private static byte Bit(int x, int y) => (byte)(y == 3 ? 0x40 << x : 1 << (y + 3 * x));
}
