using System.Text;

namespace Heed.Cli;

/// <summary>Writes a text piece by piece, indented and broken at the width of the terminal.</summary>
internal sealed class StoryWriter(Terminal terminal, string before, bool silent)
{
    private const string Indent = "  ";

    private readonly int width = Math.Clamp(terminal.Console.Profile.Width - 2, 20, 98);
    private readonly StringBuilder all = new();
    private readonly StringBuilder word = new(); // not yet written: it may belong on the next line
    private int column = Indent.Length + Cells(before);

    /// <summary>Writes a piece.</summary>
    public void Write(string piece)
    {
        all.Append(piece);
        if (silent) return;
        foreach (char c in piece)
        {
            // Chinese can be broken between any two characters, English at spaces.
            if (c is ' ' or '\n' || Cell(c) == 2) Put();
            word.Append(c == '\n' ? ' ' : c);
            if (Cell(c) == 2) Put();
        }
        terminal.Out.Flush();
    }

    /// <summary>Ends the text and returns all of it.</summary>
    public string End()
    {
        if (!silent)
        {
            Put();
            terminal.Out.WriteLine();
        }
        return all.ToString();
    }

    private void Put()
    {
        if (word.Length == 0) return;
        string text = word.ToString();
        word.Clear();
        bool closing = text.Length == 1 && "，。！？：；、”’）》".Contains(text[0], StringComparison.Ordinal); // not at the start of a line
        if (column + Cells(text) > width && !closing)
        {
            terminal.Out.Write("\n" + Indent);
            text = text.TrimStart(' ');
            column = Indent.Length;
        }
        terminal.Out.Write(Terminal.Printable(text));
        column += Cells(text);
    }

    private static int Cells(string text) => text.Sum(Cell);

    private static int Cell(char c) => c is >= '\u1100' and <= '\u115F' or >= '\u2E80' and <= '\uA4CF' or >= '\uAC00' and <= '\uD7A3' or >= '\uF900' and <= '\uFAFF' or >= '\uFE30' and <= '\uFE6F' or >= '\uFF00' and <= '\uFF60' ? 2 : 1;
}
