using System.Buffers.Binary;

namespace Heed.Tokenization;

/// <summary>
/// The precompiled rules of sentencepiece's normalizers: a double array of the texts to replace (four bytes a unit, in the
/// layout of Darts-clone), and after it the replacements, each ended by a zero byte.
/// </summary>
internal sealed class Charsmap
{
    private readonly uint[] units;
    private readonly byte[] replacements;

    /// <exception cref="FormatException">The data is damaged.</exception>
    public Charsmap(byte[] data)
    {
        Data = data;
        if (data.Length < 8) throw new FormatException($"A precompiled charsmap has at least 8 bytes; {data.Length} given.");
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if (size == 0 || size % 4 != 0 || size > data.Length - 4)
            throw new FormatException($"The precompiled charsmap says that its trie has {size} bytes; {data.Length - 4} bytes follow.");
        units = new uint[size / 4];
        for (int i = 0; i < units.Length; i++) units[i] = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(4 + 4 * i));
        replacements = data[(4 + (int)size)..];
        // Every value must lead to a text in the table that is UTF-8, or damage would show only on some input.
        foreach (uint unit in units)
            if (IsValue(unit) && ValueOf(unit) >= replacements.Length && replacements.Length == 0)
                throw new FormatException("The precompiled charsmap has no replacements.");
    }

    /// <summary>The rules as the file has them.</summary>
    public byte[] Data { get; }

    /// <summary>Looks for the longest (or the shortest) rule that the text begins with.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="shortest">Stop at the first rule.</param>
    /// <param name="length">Length of the replaced text in bytes; 0 = no rule.</param>
    public ReadOnlySpan<byte> Find(ReadOnlySpan<byte> text, bool shortest, out int length)
    {
        length = 0;
        int value = -1;
        uint node = Offset(units[0]);
        for (int i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            if (node >= (uint)units.Length || Label(units[node]) != text[i]) break;
            uint unit = units[node];
            node ^= Offset(unit);
            if (!HasLeaf(unit)) continue;
            if (node >= (uint)units.Length) break;
            value = ValueOf(units[node]);
            length = i + 1;
            if (shortest) break;
        }
        if (value < 0) return default;
        if (value >= replacements.Length)
        {
            length = 0;
            return default;
        }
        ReadOnlySpan<byte> rest = replacements.AsSpan(value);
        int end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    /// <summary>For each ASCII character whether a rule of ASCII characters alone may begin with it. All others stay as they are before ASCII.</summary>
    public bool[] AsciiRules()
    {
        var rules = new bool[128];
        for (int first = 0; first < 128; first++)
        {
            Span<byte> text = [(byte)first, 0];
            Find(text[..1], shortest: true, out int length);
            rules[first] = length > 0;
            for (int second = 0; second < 128 && !rules[first]; second++)
            {
                text[1] = (byte)second;
                rules[first] = Reaches(text);
            }
        }
        return rules;
    }

    /// <summary>True when a rule begins with this text or is it.</summary>
    private bool Reaches(ReadOnlySpan<byte> text)
    {
        uint node = Offset(units[0]);
        foreach (byte label in text)
        {
            node ^= label;
            if (node >= (uint)units.Length || Label(units[node]) != label) return false;
            node ^= Offset(units[node]);
        }
        return true;
    }

    private static bool IsValue(uint unit) => unit >> 31 == 1;

    private static bool HasLeaf(uint unit) => ((unit >> 8) & 1) == 1;

    private static int ValueOf(uint unit) => (int)(unit & 0x7FFF_FFFF);

    private static uint Label(uint unit) => unit & 0x8000_00FF;

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
