using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Every character (code point) is a piece. In tokenizer.json: "Split" by the pattern <c>[\s\S]</c>, isolated.</summary>
public sealed class CharacterPreTokenizer : IPreTokenizer
{
    /// <summary>The pattern: any character, the newline too.</summary>
    internal const string Pattern = @"[\s\S]";

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
                Utf8Text.CodePoint(text[..end], at, out int length);
                pieces.Cut(at, at + length);
                at += length;
            }
        }
        pieces.EndCut();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => SplitPreTokenizer.Write(writer, "Regex", Pattern, SplitBehavior.Isolated, invert: false);
}
