using System.Text;

namespace Heed.Tokenization.Templates;

/// <summary>Cutting strings up and putting them together, for methods and filters.</summary>
internal static class StringParts
{
    // Pieces that are charged before there are too many of them.
    private readonly struct Pieces(Budget budget)
    {
        public List<string> List { get; } = [];

        public void Add(string piece)
        {
            budget.Piece(piece.Length);
            List.Add(piece);
        }

        public List<string> Reversed()
        {
            List.Reverse();
            return List;
        }
    }

    /// <param name="text">The text.</param>
    /// <param name="characters">What is taken off; null: whitespace.</param>
    /// <param name="left">At the start.</param>
    /// <param name="right">At the end.</param>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        HashSet<int>? set = characters is null ? null : [.. characters.EnumerateRunes().Select(r => r.Value)];
        bool Goes(int at, int length) => set is null ? PythonCharacters.IsSpace(text[at]) : set.Contains(length == 2 ? char.ConvertToUtf32(text[at], text[at + 1]) : text[at]);
        int start = 0, end = text.Length;
        while (left && start < end && PythonCharacters.LengthAt(text, start) is var length && Goes(start, length)) start += length;
        while (right && end > start)
        {
            int length = end - 2 >= start && char.IsSurrogatePair(text[end - 2], text[end - 1]) ? 2 : 1;
            if (!Goes(end - length, length)) break;
            end -= length;
        }
        return text[start..end];
    }

    /// <summary>Pieces between separators, cut at most so often, from the start or from the end.</summary>
    public static List<string> Split(string text, string separator, int most, bool fromEnd, Budget budget)
    {
        var parts = new Pieces(budget);
        if (fromEnd)
        {
            int end = text.Length;
            for (; most > 0 && text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal) is var at && at >= 0; most--)
            {
                parts.Add(text[(at + separator.Length)..end]);
                end = at;
            }
            parts.Add(text[..end]);
            return parts.Reversed();
        }
        int start = 0;
        for (; most > 0 && text.IndexOf(separator, start, StringComparison.Ordinal) is var at && at >= 0; most--)
        {
            parts.Add(text[start..at]);
            start = at + separator.Length;
        }
        parts.Add(text[start..]);
        return parts.List;
    }

    /// <summary>Words between runs of whitespace.</summary>
    public static List<string> SplitAtSpace(string text, int most, bool fromEnd, Budget budget)
    {
        var parts = new Pieces(budget);
        int start = 0, end = text.Length;
        while (true)
        {
            while (start < end && PythonCharacters.IsSpace(text[start])) start++;
            while (end > start && (fromEnd || most > 0) && PythonCharacters.IsSpace(text[end - 1])) end--;
            if (start == end) break;
            if (most-- <= 0)
            {
                // The rest is one piece, which keeps the whitespace at its far end.
                parts.Add(fromEnd ? text[..end] : text[start..]);
                break;
            }
            int edge = fromEnd ? end : start;
            if (fromEnd)
            {
                while (edge > start && !PythonCharacters.IsSpace(text[edge - 1])) edge--;
                parts.Add(text[edge..end]);
                end = edge;
            }
            else
            {
                while (edge < end && !PythonCharacters.IsSpace(text[edge])) edge++;
                parts.Add(text[start..edge]);
                start = edge;
            }
        }
        return fromEnd ? parts.Reversed() : parts.List;
    }

    /// <summary>Lines, with or without their ends.</summary>
    public static List<string> Lines(string text, bool keepEnds, Budget budget)
    {
        var lines = new Pieces(budget);
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            while (end < text.Length && !PythonCharacters.IsLineBreak(text[end])) end++;
            int next = end == text.Length ? end : text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1;
            lines.Add(text[start..(keepEnds ? next : end)]);
            start = next;
        }
        return lines.List;
    }

    /// <param name="text">The text.</param>
    /// <param name="old">What goes; empty: the places between the characters, and both ends.</param>
    /// <param name="replacement">What comes.</param>
    /// <param name="most">How often; negative: everywhere.</param>
    /// <param name="budget">What the work is charged to.</param>
    public static StringValue Replace(string text, string old, string replacement, int most, Budget budget)
    {
        if (most < 0) most = int.MaxValue;
        budget.Search(text, old);
        var result = new TextBuilder(budget);
        int at = 0;
        if (old.Length == 0)
        {
            for (; most > 0 && at <= text.Length; most--)
            {
                result.Append(replacement);
                if (at == text.Length) break;
                int length = PythonCharacters.LengthAt(text, at);
                result.Append(text.AsSpan(at, length));
                at += length;
            }
            if (at < text.Length) result.Append(text.AsSpan(at));
            return result.ToValue();
        }
        for (; most > 0 && text.IndexOf(old, at, StringComparison.Ordinal) is var found && found >= 0; most--)
        {
            result.Append(text.AsSpan(at, found - at)).Append(replacement);
            at = found + old.Length;
        }
        return result.Append(text.AsSpan(at)).ToValue();
    }

    /// <summary>Fills up to a width: '&lt;' at the right, '&gt;' at the left, '^' on both sides.</summary>
    public static StringValue Justify(string text, int width, string fill, char align, Budget budget)
    {
        int missing = width - PythonCharacters.Count(text);
        if (missing <= 0) return new StringValue(text);
        budget.Build(text.Length + (long)missing * fill.Length);
        // Python's center puts the odd one to the left when the width is odd.
        int left = align switch { '<' => 0, '>' => missing, _ => missing / 2 + (missing & width & 1) };
        var filled = new StringBuilder(text.Length + missing * fill.Length);
        filled.Insert(0, fill, left).Append(text);
        for (int i = left; i < missing; i++) filled.Append(fill);
        return new StringValue(filled.ToString());
    }

    public static string ExpandTabs(string text, int size, Budget budget)
    {
        var expanded = new TextBuilder(budget);
        int column = 0;
        foreach (char c in text)
        {
            if (c == '\t')
            {
                int count = size > 0 ? size - column % size : 0;
                expanded.Append(' ', count);
                column += count;
                continue;
            }
            expanded.Append(c);
            if (!char.IsLowSurrogate(c)) column++;
            if (c is '\n' or '\r') column = 0;
        }
        return expanded.ToString();
    }
}
