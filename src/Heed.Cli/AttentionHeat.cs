using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Heed.Cli;

/// <summary>Attention as a heat map of character cells: a row for each token that looks, a column for each that is looked at.</summary>
internal static class AttentionHeat
{
    private const int LongestLabel = 16;
    private const string Shades = " ░▒▓█";

    // Steps from dark to bright.
    private static readonly (int R, int G, int B)[] Ramp = [(18, 22, 46), (52, 42, 120), (132, 52, 134), (212, 84, 92), (246, 160, 70), (252, 236, 150)];

    public static void Write(Terminal terminal, AttentionPicture picture)
    {
        int labels = Math.Min(LongestLabel, picture.Queries.Max(q => Width(Show.OneLine(q))));
        int number = (picture.Queries.Count - 1).ToString(CultureInfo.InvariantCulture).Length;
        int cell = Math.Max(2, (picture.Keys.Count - 1).ToString(CultureInfo.InvariantCulture).Length + 1);
        int room = Math.Max(1, (terminal.Console.Profile.Width - number - labels - 3) / cell);
        int columns = terminal.Live ? Math.Min(room, picture.Keys.Count) : picture.Keys.Count;
        float most = picture.Weights.Max(row => row.Max());
        terminal.Line(Markup.Escape(picture.Title));
        string indent = new(' ', number + labels + 2);
        terminal.Line(indent + string.Concat(Enumerable.Range(0, columns).Select(k => k.ToString(CultureInfo.InvariantCulture).PadLeft(cell))));
        for (int q = 0; q < picture.Queries.Count; q++)
        {
            StringBuilder line = new();
            line.Append(CultureInfo.InvariantCulture, $"{q.ToString(CultureInfo.InvariantCulture).PadLeft(number)} ").Append(Markup.Escape(Label(picture.Queries[q], labels))).Append(' ');
            for (int k = 0; k < columns; k++) line.Append(Cell(terminal, most > 0 ? picture.Weights[q][k] / most : 0, cell));
            terminal.Line(line.ToString());
        }
        if (picture.Cross)
            for (int k = 0; k < columns; k++) terminal.Line(Markup.Escape($"{indent}{k.ToString(CultureInfo.InvariantCulture).PadLeft(cell)} {Show.OneLine(picture.Keys[k])}"));
        terminal.Line($"[grey]rows look at columns{(picture.Cross ? "" : ", which have the rows' numbers")}; the brightest cell is {Show.Percent(most)}[/]");
        if (columns < picture.Keys.Count) terminal.Line($"[grey]{picture.Keys.Count - columns} columns do not fit; --token shows one row whole, --svg all[/]");
    }

    private static string Cell(Terminal terminal, float share, int width)
    {
        // The square root: small weights are many, and would all be black.
        double level = Math.Sqrt(share);
        if (!terminal.Live) return new string(Shades[(int)Math.Round(level * (Shades.Length - 1))], width - 1).PadLeft(width);
        double at = level * (Ramp.Length - 1);
        int step = Math.Min((int)at, Ramp.Length - 2);
        double rest = at - step;
        (int R, int G, int B) low = Ramp[step], high = Ramp[step + 1];
        return $"[on rgb({Mix(low.R, high.R)},{Mix(low.G, high.G)},{Mix(low.B, high.B)})]{new string(' ', width)}[/]";

        int Mix(int a, int b) => (int)Math.Round(a + (b - a) * rest);
    }

    private static string Label(string token, int width)
    {
        string shown = Show.OneLine(token);
        if (Width(shown) > width) shown = Show.Crop(shown, width - 1);
        return shown + new string(' ', Math.Max(0, width - Width(shown)));
    }

    private static int Width(string text) => text.Sum(Show.Cells);
}
