using System.Globalization;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Leaves out combining marks; after NFD this takes accents away.</summary>
public sealed class StripAccentsNormalizer : INormalizer
{
    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        CharacterFilter.Apply(text, static code => CharUnicodeInfo.GetUnicodeCategory(code)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark ? -1 : code);
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "StripAccents");
}

/// <summary>Passes in which every character stays, becomes another one, or goes.</summary>
internal static class CharacterFilter
{
    /// <summary>Applies a map of characters that are not ASCII letters, digits or signs; -1 leaves the character out.</summary>
    public static void Apply(AlignedText text, Func<int, int> map)
    {
        ReadOnlySpan<byte> source = text.Bytes;
        int at = 0;
        bool passing = false;
        while (at < source.Length)
        {
            int plain = source[at..].IndexOfAnyExceptInRange((byte)0x20, (byte)0x7E);
            if (plain < 0) break;
            at += plain;
            int code = Utf8Text.CodePoint(source, at, out int length), mapped = map(code);
            if (mapped != code)
            {
                if (!passing) text.Begin();
                passing = true;
                text.CopyTo(at);
                if (mapped < 0) text.Drop(length);
                else text.Put(mapped, 0);
            }
            at += length;
        }
        if (!passing) return;
        text.CopyTo(source.Length);
        text.Commit();
    }
}
