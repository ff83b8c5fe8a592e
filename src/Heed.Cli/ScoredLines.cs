using System.Globalization;
using Spectre.Console;

namespace Heed.Cli;

/// <summary>A line of a file and its score.</summary>
/// <param name="Index">Its number in the file, from 0.</param>
/// <param name="Text">The line.</param>
/// <param name="Score">The higher the better.</param>
internal sealed record ScoredLine(int Index, string Text, double Score);

/// <summary>Lines of a file that answer a question, best first.</summary>
internal static class ScoredLines
{
    public static void Write(Terminal terminal, string query, IReadOnlyList<ScoredLine> lines, bool json)
    {
        if (!json)
        {
            int width = lines.Count == 0 ? 0 : lines.Max(l => l.Index + 1).ToString(CultureInfo.InvariantCulture).Length;
            foreach (ScoredLine line in lines)
                terminal.Line($"[dodgerblue1]{Show.Number(line.Score, "F4"),7}[/]  [grey]{(line.Index + 1).ToString(CultureInfo.InvariantCulture).PadLeft(width)}[/]  {Markup.Escape(Terminal.Printable(line.Text))}");
            return;
        }
        JsonLine.Write(terminal.Out, w =>
        {
            w.WriteString("query", query);
            w.WriteObjects("lines", lines, line =>
            {
                w.WriteNumber("line", line.Index + 1);
                w.WriteString("text", line.Text);
                w.WriteFinite("score", line.Score);
            });
        });
    }
}
