using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Cuts at a string or at the matches of a regular expression ("Split" in tokenizer.json).</summary>
public sealed class SplitPreTokenizer : IPreTokenizer
{
    private readonly TextPattern pattern;

    private SplitPreTokenizer(TextPattern pattern) => this.pattern = pattern;

    /// <summary>Cuts at a string.</summary>
    public static SplitPreTokenizer AtString(string text, SplitBehavior behavior, bool invert = false) =>
        new(TextPattern.OfString(text)) { Behavior = behavior, Invert = invert };

    /// <summary>Cuts at a regular expression in Oniguruma's syntax, as tokenizer.json files have it.</summary>
    /// <exception cref="FormatException">The expression is wrong, or has what is not supported.</exception>
    public static SplitPreTokenizer AtRegex(string regex, SplitBehavior behavior, bool invert = false) =>
        new(TextPattern.OfRegex(regex)) { Behavior = behavior, Invert = invert };

    /// <summary>What becomes of the matches.</summary>
    public SplitBehavior Behavior { get; private init; }

    /// <summary>The matches are the text, and what lies between them is the delimiter.</summary>
    public bool Invert { get; private init; }

    /// <summary>The regular expression; null where it cuts at a string.</summary>
    internal string? Regex => pattern.Kind == "Regex" ? pattern.Source : null;

    SplitScanner? IPreTokenizer.Scanner => Behavior == SplitBehavior.Isolated ? pattern.Scanner : null;

    /// <inheritdoc/>
    public void Split(PieceBuffer pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        ReadOnlySpan<byte> text = pieces.Text.Bytes;
        var cutter = new DelimiterCutter(pieces, Behavior, Invert);
        pieces.BeginCut();
        for (int i = 0; i < pieces.Count; i++)
        {
            (int start, int end) = pieces.RangeOf(i);
            cutter.Begin(start);
            foreach (PatternMatch match in pattern.Matches(text[start..end])) cutter.Delimiter(start + match.Start, start + match.End);
            cutter.End(end);
        }
        pieces.EndCut();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => Write(writer, pattern.Kind, pattern.Source, Behavior, Invert);

    internal static void Write(Utf8JsonWriter writer, string kind, string pattern, SplitBehavior behavior, bool invert)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("type", "Split");
        writer.WriteStartObject("pattern");
        writer.WriteString(kind, pattern);
        writer.WriteEndObject();
        writer.WriteString("behavior", behavior.ToString());
        writer.WriteBoolean("invert", invert);
        writer.WriteEndObject();
    }
}
