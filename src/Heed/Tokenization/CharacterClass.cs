using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Heed.Tokenization;

/// <summary>The classes of characters which split patterns tell apart, as bits: a union of classes is a mask.</summary>
[Flags]
internal enum CharacterClass : byte
{
    /// <summary>Anything else: punctuation, symbols, controls, and bytes that are no UTF-8.</summary>
    Other = 1,

    /// <summary>White space: \s.</summary>
    Space = 2,

    /// <summary>A number: \p{N}.</summary>
    Number = 4,

    /// <summary>A combining mark: \p{M}.</summary>
    Mark = 8,

    /// <summary>An upper-case or title-case letter: [\p{Lu}\p{Lt}].</summary>
    Upper = 16,

    /// <summary>A lower-case letter: \p{Ll}.</summary>
    Lower = 32,

    /// <summary>A letter without case: [\p{Lm}\p{Lo}].</summary>
    Caseless = 64,

    /// <summary>A letter: \p{L}.</summary>
    Letter = Upper | Lower | Caseless,

    /// <summary>Neither white space nor letter nor number: [^\s\p{L}\p{N}].</summary>
    Sign = Other | Mark,
}

/// <summary>
/// Unicode classes of the characters of UTF-8 text, astral ones included, by the Unicode version of the runtime.
/// Bytes that are no UTF-8 count as U+FFFD, as many of them at a time as <see cref="Rune.DecodeFromUtf8"/> takes.
/// </summary>
internal static class CharacterClasses
{
    private const int TableEnd = 0x40000;   // nearly all characters lie below
    private static readonly CharacterClass[] Ascii = [.. Enumerable.Range(0, 128).Select(c => Of(new Rune(c)))];
    private static readonly ushort[] Blocks = new ushort[TableEnd >> 8];   // 256 characters each: where the block's classes begin
    private static readonly CharacterClass[] Table = MakeTable(Blocks);

    /// <summary>The class of the character at <paramref name="start"/> and its length in bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharacterClass At(ReadOnlySpan<byte> utf8, int start, out int length)
    {
        byte first = utf8[start];
        if (first < 128)
        {
            length = 1;
            return Ascii[first];
        }
        return OfCodePoint(Utf8Text.CodePoint(utf8, start, out length));
    }

    /// <summary>Where the run of characters of the classes <paramref name="mask"/> ends that begins at <paramref name="start"/>.</summary>
    public static int RunEnd(ReadOnlySpan<byte> utf8, int start, CharacterClass mask)
    {
        while (start < utf8.Length && (At(utf8, start, out int length) & mask) != 0) start += length;
        return start;
    }

    /// <summary>Where the run of letters ends that begins at <paramref name="start"/>; sixteen ASCII letters at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LettersEnd(ReadOnlySpan<byte> utf8, int start) => RunEnd(utf8, start, CharacterClass.Letter, 0x20);

    /// <summary>Where the run of lower-case letters and of those without case, marks included, ends that begins at <paramref name="start"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LowerEnd(ReadOnlySpan<byte> utf8, int start) =>
        RunEnd(utf8, start, CharacterClass.Lower | CharacterClass.Caseless | CharacterClass.Mark, 0);

    /// <summary>A run of the classes <paramref name="mask"/>, whose only ASCII characters are a .. z and what <paramref name="fold"/> makes a .. z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RunEnd(ReadOnlySpan<byte> utf8, int start, CharacterClass mask, byte fold)
    {
        while (utf8.Length - start >= 16)
        {
            Vector128<byte> letters = (Vector128.Create(utf8.Slice(start, 16)) | Vector128.Create(fold)) - Vector128.Create((byte)'a');
            int length = BitOperations.TrailingZeroCount(~Vector128.LessThan(letters, Vector128.Create((byte)26)).ExtractMostSignificantBits());
            start += length;
            if (length < 16 && utf8[start] < 128) return start;
            if (length < 16) break;
        }
        return RunEnd(utf8, start, mask);
    }

    public static CharacterClass Of(Rune rune) => Classify(rune.Value);

    private static CharacterClass OfCodePoint(int codePoint) =>
        codePoint < TableEnd ? Table[(Blocks[codePoint >> 8] << 8) + (codePoint & 255)] : Classify(codePoint);

    private static CharacterClass Classify(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => CharacterClass.Upper,
        UnicodeCategory.LowercaseLetter => CharacterClass.Lower,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterClass.Caseless,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => CharacterClass.Mark,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
        _ => codePoint < 0x10000 && char.IsWhiteSpace((char)codePoint) ? CharacterClass.Space : CharacterClass.Other,
    };

    /// <summary>One copy of each different block; most of them are uniform.</summary>
    private static CharacterClass[] MakeTable(ushort[] blocks)
    {
        var table = new List<CharacterClass>();
        var known = new Dictionary<string, ushort>(StringComparer.Ordinal);
        Span<char> block = stackalloc char[256];
        for (int b = 0; b < blocks.Length; b++)
        {
            for (int i = 0; i < 256; i++) block[i] = (char)Classify((b << 8) + i);
            string key = new(block);
            if (!known.TryGetValue(key, out blocks[b]))
            {
                known[key] = blocks[b] = (ushort)(table.Count >> 8);
                foreach (char c in key) table.Add((CharacterClass)c);
            }
        }
        return [.. table];
    }
}
