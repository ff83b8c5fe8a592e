using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Takes white space away from the ends of the text.</summary>
public sealed class StripNormalizer : INormalizer
{
    /// <summary>At the front.</summary>
    public bool Left { get; init; } = true;

    /// <summary>At the end.</summary>
    public bool Right { get; init; } = true;

    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ReadOnlySpan<byte> source = text.Bytes;
        int start = 0, end = source.Length;
        while (Left && start < end && Rune.IsWhiteSpace(new Rune(Utf8Text.CodePoint(source, start, out int length)))) start += length;
        while (Right && end > start && Rune.IsWhiteSpace(new Rune(Utf8Text.CodePointBefore(source, end, out int length)))) end -= length;
        if (start == 0 && end == source.Length) return;
        text.Begin();
        text.Drop(start);
        text.Copy(end - start);
        text.Commit();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Strip", w =>
    {
        w.WriteBoolean("strip_left", Left);
        w.WriteBoolean("strip_right", Right);
    });
}
