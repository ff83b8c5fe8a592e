using System.Text;

namespace Heed.Tokenization;

/// <summary>
/// Which texts may be pieces of a vocabulary, with the options of sentencepiece's trainer: of one script each, white space ("▁") only in
/// front, and not too long.
/// </summary>
public sealed record PieceRule
{
    private const int Space = 0x2581;

    private static readonly int Common = UnicodeScriptsPreTokenizer.ScriptOf('!'), Inherited = UnicodeScriptsPreTokenizer.ScriptOf(0x300);   // a combining accent

    /// <summary>Most characters of a piece.</summary>
    public int MaxLength { get; init; } = 16;

    /// <summary>
    /// All characters of a piece are of one Unicode script, where Han, Hiragana and Katakana count as one. Digits, punctuation and symbols
    /// are "Common" and so apart from letters.
    /// </summary>
    public bool SplitByScript { get; init; } = true;

    /// <summary>With <see cref="SplitByScript"/>: digits are apart from letters too; false: they go with any script.</summary>
    public bool SplitNumbers { get; init; } = true;

    /// <summary>Every digit is a piece of its own.</summary>
    public bool SplitDigits { get; init; }

    /// <summary>Several "▁" in a row may be a piece.</summary>
    public bool WhitespaceOnly { get; init; }

    /// <summary>A piece may hold line ends; false: they are pieces of their own, since sentencepiece never sees one.</summary>
    public bool Lines { get; init; }

    /// <summary>Whether two pieces, joined, may be a piece.</summary>
    internal bool Allows(string left, string right)
    {
        if (left.Length + right.Length > 2 * MaxLength) return false;
        Span<int> points = left.Length + right.Length <= 256 ? stackalloc int[left.Length + right.Length] : new int[left.Length + right.Length];
        int count = 0;
        foreach (Rune rune in left.EnumerateRunes()) points[count++] = rune.Value;
        foreach (Rune rune in right.EnumerateRunes()) points[count++] = rune.Value;
        return Allows(points[..count]);
    }

    /// <summary>Whether these characters may be a piece.</summary>
    internal bool Allows(ReadOnlySpan<int> codePoints)
    {
        if (codePoints.Length > MaxLength) return false;
        if (codePoints.Length > 1 && codePoints[1..].Contains(Space)) return WhitespaceOnly && !codePoints.ContainsAnyExcept(Space);
        int before = -1;   // script of the characters before; -1 = any
        foreach (int c in codePoints)
        {
            if (c == 0 || (c == '\n' && !Lines)) return codePoints.Length == 1;
            if (c == Space) continue;
            bool digit = c is (>= '0' and <= '9') or (>= 0xFF10 and <= 0xFF19);
            if (digit && SplitDigits && codePoints.Length > 1) return false;
            int script = UnicodeScriptsPreTokenizer.ScriptOf(c);
            if (script == 0) script = Common;
            else if (script == Inherited) script = before;
            if (digit && !SplitNumbers) script = -1;
            if (SplitByScript && script >= 0 && before >= 0 && script != before) return false;
            before = script;
        }
        return true;
    }
}
