using System.Text;

namespace Heed.Tokenization;

/// <summary>
/// GPT-2's table of 256 printable characters, one for each byte, in which byte-level vocabularies are written:
/// a byte that is a visible Latin-1 character stands for itself, the other 68 become U+0100, U+0101, ... in order.
/// So a space is "Ġ" and a newline "Ċ" (Radford et al. 2019, encoder.py of the published code).
/// </summary>
public static class ByteAlphabet
{
    private const int Characters = 256 + 68;
    private static readonly char[] CharacterOfByte = MakeTable();
    private static readonly short[] ByteOfCharacter = Invert(CharacterOfByte);

    /// <summary>The bytes in the order of their characters: the order of ids 0 .. 255 in GPT-2 and in trained vocabularies.</summary>
    internal static byte[] BytesInCharacterOrder { get; } =
        [.. Enumerable.Range(0, 256).Select(b => (byte)b).OrderBy(b => CharacterOfByte[b])];

    /// <summary>The character that stands for a byte.</summary>
    public static char ToCharacter(byte value) => CharacterOfByte[value];

    /// <summary>Spells bytes with the table.</summary>
    public static string Spell(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (byte b in bytes) text.Append(CharacterOfByte[b]);
        return text.ToString();
    }

    /// <summary>The bytes which a spelling stands for; false when it has a character outside the table.</summary>
    public static bool TryRead(ReadOnlySpan<char> spelling, out byte[] bytes)
    {
        bytes = new byte[spelling.Length];
        for (int i = 0; i < spelling.Length; i++)
        {
            int value = spelling[i] < Characters ? ByteOfCharacter[spelling[i]] : -1;
            if (value < 0)
            {
                bytes = [];
                return false;
            }
            bytes[i] = (byte)value;
        }
        return true;
    }

    /// <summary>The byte that a character stands for, or null.</summary>
    internal static byte? ByteOf(int codePoint) =>
        (uint)codePoint < Characters && ByteOfCharacter[codePoint] is var value and >= 0 ? (byte)value : null;

    private static char[] MakeTable()
    {
        var table = new char[256];
        char next = '\u0100';
        for (int b = 0; b < 256; b++)
        {
            bool visible = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            table[b] = visible ? (char)b : next++;
        }
        return table;
    }

    private static short[] Invert(char[] table)
    {
        var inverse = new short[Characters];
        Array.Fill(inverse, (short)-1);
        for (int b = 0; b < 256; b++) inverse[table[b]] = (short)b;
        return inverse;
    }
}
