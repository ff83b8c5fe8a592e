using System.Text;
using Spectre.Console;

namespace Heed.Cli;

/// <summary>A text with parts of it marked: coloured on a terminal, between » and « where there are no colours.</summary>
internal static class MarkedText
{
    /// <summary>Writes the text and a line end. Parts that overlap one before them are not marked.</summary>
    public static void Write(Terminal terminal, string text, IReadOnlyList<(int Start, int End)> parts)
    {
        StringBuilder line = new();
        (string open, string close) = terminal.Live ? ("[black on khaki1]", "[/]") : ("»", "«");
        int at = 0;
        foreach ((int start, int end) in parts.Where(p => p.End > p.Start).OrderBy(p => p.Start))
        {
            if (start < at) continue;
            line.Append(Plain(text[at..start])).Append(open).Append(Plain(text[start..end])).Append(close);
            at = end;
        }
        terminal.Line(line.Append(Plain(text[at..])).ToString());
    }

    private static string Plain(string text) => Markup.Escape(Terminal.Printable(text));
}
