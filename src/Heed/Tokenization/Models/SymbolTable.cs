using System.Buffers;
using System.Text;

namespace Heed.Tokenization;

/// <summary>The single symbols that byte-pair encoding starts from: bytes or characters, and their ids.</summary>
internal sealed class SymbolTable
{
    private enum Place
    {
        Only,
        First,
        Inside,
        Last,
    }

    private readonly bool byteLevel;
    private readonly int? unknown;
    private readonly bool fuseUnknown;
    private readonly int prefixLength, suffixLength;                     // characters
    private readonly string prefix, suffix;
    private readonly int[][] idOfByte = new int[4][];                    // by place: [256], -1 = the vocabulary lacks it
    private readonly Dictionary<Rune, int>[] idOfRune = new Dictionary<Rune, int>[4];
    private readonly int[]? fallback;                                    // [256], -1 = the vocabulary lacks it
    private readonly ByteTrie? wholeSymbols;                             // texts that are one symbol each
    private readonly bool varies;                                        // ids depend on the place

    public SymbolTable(TokenTable tokens, bool byteLevel, int? unknown, bool fuseUnknown, string prefix, string suffix, bool byteFallback, IReadOnlyList<int>? wholeSymbols)
    {
        (this.byteLevel, this.unknown, this.fuseUnknown, this.prefix, this.suffix) = (byteLevel, unknown, fuseUnknown, prefix, suffix);
        (prefixLength, suffixLength) = (Characters(prefix), Characters(suffix));
        varies = prefix.Length + suffix.Length > 0;
        foreach (Place place in Enum.GetValues<Place>())
        {
            if (!varies && place != Place.Only)
            {
                (idOfByte[(int)place], idOfRune[(int)place]) = (idOfByte[0], idOfRune[0]);
                continue;
            }
            string before = place is Place.Inside or Place.Last ? prefix : "", after = place is Place.Only or Place.Last ? suffix : "";
            idOfByte[(int)place] = byteLevel ? [.. Enumerable.Range(0, 256).Select(b => tokens.Find(before + ByteAlphabet.ToCharacter((byte)b) + after) ?? -1)] : [];
            idOfRune[(int)place] = byteLevel ? [] : SingleCharacters(tokens, before, after);
        }
        if (byteFallback) fallback = ByteTokens.Find(tokens.Find);
        if (wholeSymbols is { Count: > 0 })
            this.wholeSymbols = new ByteTrie([.. wholeSymbols.Select(id => Encoding.UTF8.GetBytes(tokens[id]))], [.. wholeSymbols]);
    }

    private static Dictionary<Rune, int> SingleCharacters(TokenTable tokens, string before, string after)
    {
        var ids = new Dictionary<Rune, int>();
        foreach ((int id, string token) in tokens.All)
        {
            int length = token.Length - before.Length - after.Length;
            if (length is not (1 or 2) || !token.StartsWith(before, StringComparison.Ordinal) || !token.EndsWith(after, StringComparison.Ordinal)) continue;
            if (Rune.DecodeFromUtf16(token.AsSpan(before.Length, length), out Rune rune, out int used) == OperationStatus.Done && used == length)
                ids[rune] = id;
        }
        return ids;
    }

    /// <summary>How many symbols a merged token is made of.</summary>
    public int CountOf(string token)
    {
        int count = Characters(token);
        if (prefixLength > 0 && token.StartsWith(prefix, StringComparison.Ordinal)) count -= prefixLength;
        if (suffixLength > 0 && token.EndsWith(suffix, StringComparison.Ordinal)) count -= suffixLength;
        return Math.Max(count, 1);
    }

    /// <summary>
    /// Writes the ids of the symbols of a piece, and if <paramref name="sizes"/> has room the bytes each stands for;
    /// returns their number, at most the number of bytes of the piece.
    /// </summary>
    public int Split(ReadOnlySpan<byte> piece, Span<int> ids, Span<int> sizes)
    {
        int count = 0;
        int unknownSize = 0;   // bytes of an unknown symbol that is not written yet
        for (int at = 0; at < piece.Length;)
        {
            int id = Symbol(piece, at, out int length);
            int start = at;
            at += length;
            if (id < 0 && fallback is not null && FallBack(piece[start..at], ids, sizes, ref count)) continue;
            if (id < 0)
            {
                if (unknown is null) continue;
                if (unknownSize > 0 && !fuseUnknown) Add(unknown.Value, unknownSize, ids, sizes, ref count);
                unknownSize = fuseUnknown ? unknownSize + length : length;
                continue;
            }
            if (unknownSize > 0) Add(unknown!.Value, unknownSize, ids, sizes, ref count);
            unknownSize = 0;
            Add(id, length, ids, sizes, ref count);
        }
        if (unknownSize > 0) Add(unknown!.Value, unknownSize, ids, sizes, ref count);
        return count;
    }

    private int Symbol(ReadOnlySpan<byte> piece, int at, out int length)
    {
        if (wholeSymbols is not null && wholeSymbols.Longest(ByteTrie.Root, piece[at..], out length) is var found and >= 0) return found;
        Rune rune = default;
        if (byteLevel) length = 1;
        else Rune.DecodeFromUtf8(piece[at..], out rune, out length);
        Place place = !varies ? Place.Only
            : at == 0 ? at + length == piece.Length ? Place.Only : Place.First
            : at + length == piece.Length ? Place.Last : Place.Inside;
        return byteLevel ? idOfByte[(int)place][piece[at]] : idOfRune[(int)place].GetValueOrDefault(rune, -1);
    }

    private bool FallBack(ReadOnlySpan<byte> character, Span<int> ids, Span<int> sizes, ref int count)
    {
        foreach (byte b in character)
            if (fallback![b] < 0)
                return false;
        foreach (byte b in character) Add(fallback![b], 1, ids, sizes, ref count);
        return true;
    }

    private static void Add(int id, int size, Span<int> ids, Span<int> sizes, ref int count)
    {
        if (!sizes.IsEmpty) sizes[count] = size;
        ids[count++] = id;
    }

    private static int Characters(string text)
    {
        int count = 0;
        foreach (Rune _ in text.EnumerateRunes()) count++;
        return count;
    }
}
