using System.Globalization;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// The clean-up of BERT (BasicTokenizer of the published code): control characters go, all white space becomes spaces, spaces
/// stand around Chinese characters, accents go, letters become lower case.
/// </summary>
public sealed class BertNormalizer : INormalizer
{
    private static readonly byte[] AsciiLower = MakeTable(lower: true), AsciiSame = MakeTable(lower: false);
    private static readonly UnicodeNormalizer Decomposition = new(UnicodeForm.Nfd);
    private static readonly LowercaseNormalizer Lowercase = new();

    /// <summary>Leaves control characters, U+0000 and U+FFFD out and makes all white space spaces.</summary>
    public bool CleanText { get; init; } = true;

    /// <summary>Puts spaces around Chinese characters, so that each is a word.</summary>
    public bool SpaceChinese { get; init; } = true;

    /// <summary>Takes accents away; null = when <see cref="Lower"/> is set.</summary>
    public bool? StripAccents { get; init; }

    /// <summary>Makes letters lower case, character by character.</summary>
    public bool Lower { get; init; } = true;

    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (PlainAscii(text.Writable)) return;
        if (CleanText)
            CharacterFilter.Apply(text, static code => code is 0 or 0xFFFD || IsControl(code) ? -1 : IsSpace(code) ? ' ' : code);
        if (SpaceChinese) Space(text);
        if (StripAccents ?? Lower)
        {
            Decomposition.Normalize(text);
            CharacterFilter.Apply(text, static code => CharUnicodeInfo.GetUnicodeCategory(code) == UnicodeCategory.NonSpacingMark ? -1 : code);
        }
        if (Lower) Lowercase.Normalize(text);
    }

    /// <summary>ASCII without control characters keeps its length and is mapped in place; false when the text has anything else.</summary>
    private bool PlainAscii(Span<byte> text)
    {
        byte[] table = Lower ? AsciiLower : AsciiSame;
        if (CleanText)
        {
            foreach (byte b in text)
                if (table[b] == 0)
                    return false;
            for (int i = 0; i < text.Length; i++) text[i] = table[text[i]];
            return true;
        }
        if (!System.Text.Ascii.IsValid(text)) return false;
        if (Lower) LowercaseNormalizer.ToLowerAscii(text);
        return true;
    }

    /// <summary>What clean-up makes of an ASCII character; 0 for those that go and for all bytes above.</summary>
    private static byte[] MakeTable(bool lower)
    {
        var table = new byte[256];
        for (int b = 0x20; b < 0x7F; b++) table[b] = (byte)(lower ? LowercaseNormalizer.Lower(b) : b);
        table['\t'] = table['\n'] = table['\r'] = (byte)' ';
        return table;
    }

    private static void Space(AlignedText text)
    {
        ReadOnlySpan<byte> source = text.Bytes;
        bool passing = false;
        for (int at = 0; at < source.Length;)
        {
            // The first Chinese character is U+3400, whose first byte is E3.
            int far = source[at..].IndexOfAnyInRange((byte)0xE3, (byte)0xFF);
            if (far < 0) break;
            at += far;
            int code = Utf8Text.CodePoint(source, at, out int length);
            if (IsChinese(code))
            {
                if (!passing) text.Begin();
                passing = true;
                text.CopyTo(at);
                text.Put(' ', 0);
                text.Put(code, 1);
                text.Put(' ', 1);
            }
            at += length;
        }
        if (!passing) return;
        text.CopyTo(source.Length);
        text.Commit();
    }

    private static bool IsChinese(int code) => code
        is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F
        or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;

    private static bool IsSpace(int code) => System.Text.Rune.IsWhiteSpace(new System.Text.Rune(code));

    private static bool IsControl(int code) => code is not ('\t' or '\n' or '\r')
        && CharUnicodeInfo.GetUnicodeCategory(code) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "BertNormalizer", w =>
    {
        w.WriteBoolean("clean_text", CleanText);
        w.WriteBoolean("handle_chinese_chars", SpaceChinese);
        if (StripAccents is { } strip) w.WriteBoolean("strip_accents", strip);
        else w.WriteNull("strip_accents");
        w.WriteBoolean("lowercase", Lower);
    });
}
