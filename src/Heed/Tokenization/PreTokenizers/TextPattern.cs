using System.Text;

namespace Heed.Tokenization;

/// <summary>What "Split" and "Replace" look for: a string, or a regular expression.</summary>
internal sealed class TextPattern
{
    private readonly byte[] text = [];
    private readonly SplitPattern? regex;

    private TextPattern(string kind, string source, byte[] text, SplitPattern? regex) =>
        (Kind, Source, this.text, this.regex) = (kind, source, text, regex);

    /// <summary>"String" or "Regex".</summary>
    public string Kind { get; }

    /// <summary>As the file has it.</summary>
    public string Source { get; }

    public static TextPattern OfString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new TextPattern("String", text, Encoding.UTF8.GetBytes(text), null);
    }

    /// <exception cref="FormatException">The expression is wrong, or has what is not supported.</exception>
    public static TextPattern OfRegex(string regex)
    {
        ArgumentNullException.ThrowIfNull(regex);
        return new TextPattern("Regex", regex, [], SplitPattern.Parse(regex));
    }

    /// <summary>The hand-made scanner of the expression, if it has one.</summary>
    public SplitScanner? Scanner => regex?.Scanner;

    /// <summary>All matches of a text from left to right.</summary>
    public TextMatches Matches(ReadOnlySpan<byte> utf8) => new(text, regex, utf8);
}

/// <summary>Goes through the matches of a <see cref="TextPattern"/>.</summary>
internal ref struct TextMatches(byte[] literal, SplitPattern? regex, ReadOnlySpan<byte> text) : IDisposable
{
    private readonly ReadOnlySpan<byte> text = text;
    private readonly bool isLiteral = regex is null;
    private PatternMatches matches = regex is null ? default : regex.EnumerateMatches(text);
    private int from;

    public PatternMatch Current { get; private set; }

    public readonly TextMatches GetEnumerator() => this;

    public bool MoveNext()
    {
        if (!isLiteral)
        {
            if (!matches.MoveNext()) return false;
            Current = matches.Current;
            return true;
        }
        int found = literal.Length == 0 ? -1 : text[from..].IndexOf(literal);
        if (found < 0) return false;
        Current = new PatternMatch(from + found, from + found + literal.Length);
        from = Current.End;
        return true;
    }

    public void Dispose()
    {
        if (!isLiteral) matches.Dispose();
    }
}
