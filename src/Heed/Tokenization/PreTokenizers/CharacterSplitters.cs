using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Cuts at single characters of a kind.</summary>
internal static class CharacterCutter
{
    /// <summary>A kind of characters: a table for ASCII and a test for the others.</summary>
    public readonly struct Kind(Func<int, bool> test)
    {
        private readonly bool[] ascii = [.. Enumerable.Range(0, 128).Select(test)];

        /// <summary>Whether the character at a place is of this kind, and its length in bytes.</summary>
        public bool Is(ReadOnlySpan<byte> text, int at, out int length)
        {
            byte first = text[at];
            if (first < 128)
            {
                length = 1;
                return ascii[first];
            }
            return test(Utf8Text.CodePoint(text, at, out length));
        }
    }

    public static readonly Kind Space = new(code => Rune.IsWhiteSpace(new Rune(code)));

    public static readonly Kind Number = new(code => CharUnicodeInfo.GetUnicodeCategory(code)
        is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber);

    /// <summary>ASCII signs, some of which Unicode calls symbols, and all of the category P.</summary>
    public static readonly Kind Punctuation = new(code => code is >= '!' and <= '/' or >= ':' and <= '@' or >= '[' and <= '`' or >= '{' and <= '~'
        || CharUnicodeInfo.GetUnicodeCategory(code) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation);

    /// <summary>\w: letters, marks, decimal digits, letter numbers, connectors, joiners, and the circled letters.</summary>
    public static readonly Kind Word = new(code => CharUnicodeInfo.GetUnicodeCategory(code)
        is <= UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation
        || code is 0x200C or 0x200D or >= 0x24B6 and <= 0x24E9 or >= 0x1F130 and <= 0x1F149 or >= 0x1F150 and <= 0x1F169 or >= 0x1F170 and <= 0x1F189);

    public static void Apply(PieceBuffer pieces, in Kind kind, SplitBehavior behavior)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        ReadOnlySpan<byte> text = pieces.Text.Bytes;
        var cutter = new DelimiterCutter(pieces, behavior, invert: false);
        pieces.BeginCut();
        for (int i = 0; i < pieces.Count; i++)
        {
            (int at, int end) = pieces.RangeOf(i);
            cutter.Begin(at);
            while (at < end)
            {
                if (kind.Is(text, at, out int length)) cutter.Delimiter(at, at + length);
                at += length;
            }
            cutter.End(end);
        }
        pieces.EndCut();
    }
}

/// <summary>Cuts at white space, which is left out.</summary>
public sealed class WhitespaceSplitPreTokenizer : IPreTokenizer
{
    /// <inheritdoc/>
    public void Split(PieceBuffer pieces) => CharacterCutter.Apply(pieces, CharacterCutter.Space, SplitBehavior.Removed);

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "WhitespaceSplit");
}

/// <summary>Numbers (Unicode category N) are pieces of their own: each digit, or each run.</summary>
public sealed class DigitsPreTokenizer : IPreTokenizer
{
    /// <summary>Each digit is a piece.</summary>
    public bool IndividualDigits { get; init; }

    /// <inheritdoc/>
    public void Split(PieceBuffer pieces) =>
        CharacterCutter.Apply(pieces, CharacterCutter.Number, IndividualDigits ? SplitBehavior.Isolated : SplitBehavior.Contiguous);

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Digits", w => w.WriteBoolean("individual_digits", IndividualDigits));
}

/// <summary>Cuts at punctuation: ASCII signs and the Unicode category P.</summary>
public sealed class PunctuationPreTokenizer : IPreTokenizer
{
    /// <summary>What becomes of the signs.</summary>
    public SplitBehavior Behavior { get; init; } = SplitBehavior.Isolated;

    /// <inheritdoc/>
    public void Split(PieceBuffer pieces) => CharacterCutter.Apply(pieces, CharacterCutter.Punctuation, Behavior);

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Punctuation", w => w.WriteString("behavior", Behavior.ToString()));
}

/// <summary>Cuts at one character, which is left out.</summary>
public sealed class CharDelimiterPreTokenizer(Rune delimiter) : IPreTokenizer
{
    private readonly CharacterCutter.Kind kind = new(code => code == delimiter.Value);

    /// <summary>The character.</summary>
    public Rune Delimiter => delimiter;

    /// <inheritdoc/>
    public void Split(PieceBuffer pieces) => CharacterCutter.Apply(pieces, kind, SplitBehavior.Removed);

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "CharDelimiterSplit", w => w.WriteString("delimiter", delimiter.ToString()));
}

/// <summary>Runs of word characters, and runs of other signs; white space is left out ("Whitespace": <c>\w+|[^\w\s]+</c>).</summary>
public sealed class WhitespacePreTokenizer : IPreTokenizer
{
    /// <inheritdoc/>
    public void Split(PieceBuffer pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        ReadOnlySpan<byte> text = pieces.Text.Bytes;
        pieces.BeginCut();
        for (int i = 0; i < pieces.Count; i++)
        {
            (int at, int end) = pieces.RangeOf(i);
            while (at < end)
            {
                if (CharacterCutter.Space.Is(text, at, out int length))
                {
                    at += length;
                    continue;
                }
                bool word = CharacterCutter.Word.Is(text, at, out length);
                int start = at;
                for (at += length; at < end; at += length)
                    if (CharacterCutter.Word.Is(text, at, out length) != word || (!word && CharacterCutter.Space.Is(text, at, out length)))
                        break;
                pieces.Cut(start, at);
            }
        }
        pieces.EndCut();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Whitespace");
}

/// <summary>BERT's words: white space is left out, each punctuation sign is a piece.</summary>
public sealed class BertPreTokenizer : IPreTokenizer
{
    /// <inheritdoc/>
    public void Split(PieceBuffer pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        ReadOnlySpan<byte> text = pieces.Text.Bytes;
        pieces.BeginCut();
        for (int i = 0; i < pieces.Count; i++)
        {
            (int at, int end) = pieces.RangeOf(i);
            int start = at;
            while (at < end)
            {
                int from = at;
                bool space = CharacterCutter.Space.Is(text, at, out int length);
                at += length;
                if (!space && !CharacterCutter.Punctuation.Is(text, from, out _)) continue;
                pieces.Cut(start, from);
                if (!space) pieces.Cut(from, at);
                start = at;
            }
            pieces.Cut(start, end);
        }
        pieces.EndCut();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "BertPreTokenizer");
}

/// <summary>Pieces of a fixed number of characters; the last may be shorter.</summary>
public sealed class FixedLengthPreTokenizer : IPreTokenizer
{
    /// <summary>Takes the number of characters.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public FixedLengthPreTokenizer(int length = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        Length = length;
    }

    /// <summary>Characters (code points) a piece.</summary>
    public int Length { get; }

    /// <inheritdoc/>
    public void Split(PieceBuffer pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        ReadOnlySpan<byte> text = pieces.Text.Bytes;
        pieces.BeginCut();
        for (int i = 0; i < pieces.Count; i++)
        {
            (int at, int end) = pieces.RangeOf(i);
            while (at < end)
            {
                int start = at;
                for (int n = 0; n < Length && at < end; n++) at += Utf8Text.Length(text[at]);
                at = Math.Min(at, end);
                pieces.Cut(start, at);
            }
        }
        pieces.EndCut();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "FixedLength", w => w.WriteNumber("length", Length));
}
