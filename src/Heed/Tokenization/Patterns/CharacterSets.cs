using System.Runtime.CompilerServices;

namespace Heed.Tokenization;

/// <summary>
/// The sets of characters of one pattern. Characters which no set tells apart are one class; the class of a character is found
/// in a table of two levels, and a set is a row of bits, one for each class.
/// </summary>
internal sealed class CharacterSets
{
    private const int Block = 256;

    private readonly ushort[] blocks = new ushort[(CodePointSet.Last + 1) / Block];
    private readonly ushort[] classes;
    private readonly ulong[] members;   // [set, class / 64]
    private readonly int words;

    public CharacterSets(IReadOnlyList<CodePointSet> sets)
    {
        // Between two neighbouring bounds of ranges nothing changes.
        int[] bounds = [.. sets.SelectMany(s => s.Ranges.ToArray()).SelectMany(r => (int[])[r.First, r.Last + 1]).Append(0).Append(CodePointSet.Last + 1).Distinct().Order()];
        var classOfSignature = new Dictionary<string, ushort>(StringComparer.Ordinal);
        var classOfSegment = new ushort[bounds.Length - 1];
        for (int i = 0; i < classOfSegment.Length; i++)
        {
            string signature = string.Create(sets.Count, bounds[i], (text, first) =>
            {
                for (int s = 0; s < text.Length; s++) text[s] = sets[s].Contains(first) ? '1' : '0';
            });
            if (!classOfSignature.TryGetValue(signature, out classOfSegment[i]))
                classOfSignature[signature] = classOfSegment[i] = checked((ushort)classOfSignature.Count);
        }
        words = (classOfSignature.Count + 63) / 64;
        members = new ulong[sets.Count * words];
        foreach ((string signature, ushort c) in classOfSignature)
            for (int s = 0; s < sets.Count; s++)
                if (signature[s] == '1')
                    members[(s * words) + (c >> 6)] |= 1UL << (c & 63);

        classes = MakeTable(bounds, classOfSegment, blocks);
    }

    /// <summary>One copy of each different block.</summary>
    private static ushort[] MakeTable(int[] bounds, ushort[] classOfSegment, ushort[] blocks)
    {
        var table = new List<ushort>();
        var known = new Dictionary<string, ushort>(StringComparer.Ordinal);
        Span<char> block = stackalloc char[Block];
        int segment = 0;
        for (int b = 0; b < blocks.Length; b++)
        {
            for (int i = 0; i < Block;)
            {
                while (bounds[segment + 1] <= (b * Block) + i) segment++;
                int end = Math.Min(Block, bounds[segment + 1] - (b * Block));
                block[i..end].Fill((char)classOfSegment[segment]);
                i = end;
            }
            string key = new(block);
            if (!known.TryGetValue(key, out blocks[b]))
            {
                known[key] = blocks[b] = (ushort)(table.Count / Block);
                foreach (char c in key) table.Add(c);
            }
        }
        return [.. table];
    }

    /// <summary>The class of the character at a place, and its length in bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ClassAt(ReadOnlySpan<byte> text, int place, out int length) => ClassOf(Utf8Text.CodePoint(text, place, out length));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ClassOf(int codePoint) => classes[(blocks[codePoint >> 8] << 8) + (codePoint & 255)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(int set, int characterClass) => (members[(set * words) + (characterClass >> 6)] >> characterClass & 1) != 0;
}
