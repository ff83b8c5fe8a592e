using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016; byte-level: Radford et al. 2019): a piece starts as single symbols, and of all
/// neighbouring pairs the one that was learned first is merged, the leftmost first, until no known pair is left.
/// A piece of n symbols costs O(n log n).
/// </summary>
public sealed class BpeModel : ITokenModel
{
    private const int ScanLimit = 32;   // up to here a scan for the best pair beats a heap

    private readonly TokenTable tokens;
    private readonly (int Left, int Right)[] merges;
    private readonly MergeTable table;
    private readonly int[] idOfByte;                      // byte-level: [256], -1 = the vocabulary lacks it
    private readonly Dictionary<Rune, int> idOfRune = []; // character-level
    private readonly ByteMap? whole;                      // with IgnoreMerges: the bytes of each token
    private readonly List<int> idOfWhole = [];

    /// <summary>Builds the model.</summary>
    /// <param name="tokens">The tokens in the order of their ids; byte-level vocabularies are spelled with <see cref="ByteAlphabet"/>.</param>
    /// <param name="merges">The pairs in the order in which they were learned; the joined spelling of a pair must be a token.</param>
    /// <param name="byteLevel">The symbols are the 256 bytes; false: characters (code points).</param>
    /// <param name="ignoreMerges">A piece that is a token becomes that token whatever the merges say (`ignore_merges`).</param>
    /// <param name="unknownToken">What stands for a symbol that the vocabulary lacks; null: such a symbol is left out.</param>
    /// <param name="fuseUnknown">Several unknown symbols in a row become one token.</param>
    /// <exception cref="FormatException">Repeated tokens, or a merge that does not fit the vocabulary.</exception>
    public BpeModel(IEnumerable<string> tokens, IEnumerable<(int Left, int Right)> merges, bool byteLevel,
        bool ignoreMerges = false, string? unknownToken = null, bool fuseUnknown = false)
    {
        this.tokens = new TokenTable(tokens);
        this.merges = [.. merges];
        IsByteLevel = byteLevel;
        IgnoreMerges = ignoreMerges;
        UnknownToken = unknownToken;
        FuseUnknown = fuseUnknown;

        table = new MergeTable(this.merges.Length);
        for (int rank = 0; rank < this.merges.Length; rank++)
        {
            (int left, int right) = this.merges[rank];
            if ((uint)left >= (uint)Count || (uint)right >= (uint)Count)
                throw new FormatException($"Merge {rank} joins ids {left} and {right}; the vocabulary has {Count} tokens.");
            (string a, string b) = (this.tokens[left], this.tokens[right]);
            int? merged = a.Length + b.Length <= TokenTable.MaxTokenLength ? this.tokens.Find(a + b) : null;
            if (merged is null) throw new FormatException($"Merge {rank} joins '{a}' and '{b}'; the vocabulary has no token '{a}{b}'.");
            table.Set(left, right, rank, merged.Value);
        }

        idOfByte = new int[256];
        for (int b = 0; b < 256; b++) idOfByte[b] = this.tokens.Find(ByteAlphabet.ToCharacter((byte)b).ToString()) ?? -1;
        if (!byteLevel)
            for (int id = 0; id < Count; id++)
                if (Rune.DecodeFromUtf16(this.tokens[id], out Rune rune, out int length) == OperationStatus.Done && length == this.tokens[id].Length)
                    idOfRune[rune] = id;

        if (ignoreMerges)
        {
            whole = new ByteMap();
            for (int id = 0; id < Count; id++)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(this.tokens[id]);
                if (byteLevel && !ByteAlphabet.TryRead(this.tokens[id], out bytes)) continue;
                whole.GetOrAdd(bytes, out bool added);
                if (added) idOfWhole.Add(id);
            }
        }
    }

    /// <inheritdoc/>
    public int Count => tokens.Count;

    /// <summary>The pairs of ids in the order in which they were learned.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges => merges;

    /// <summary>True when the symbols are bytes, false when they are characters.</summary>
    public bool IsByteLevel { get; }

    /// <summary>A piece that is a token becomes that token whatever the merges say.</summary>
    public bool IgnoreMerges { get; }

    /// <summary>What stands for a symbol that the vocabulary lacks.</summary>
    public string? UnknownToken { get; }

    /// <summary>Several unknown symbols in a row become one token.</summary>
    public bool FuseUnknown { get; }

    /// <inheritdoc/>
    public string TokenOf(int id) => tokens[id];

    /// <inheritdoc/>
    public int? IdOf(string token) => tokens.Find(token);

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<byte> piece, List<int> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (piece.IsEmpty) return;
        if (whole is not null && whole.Find(piece) is int index and >= 0)
        {
            output.Add(idOfWhole[index]);
            return;
        }

        int[]? rented = piece.Length > 256 ? ArrayPool<int>.Shared.Rent(piece.Length) : null;
        Span<int> symbols = rented is null ? stackalloc int[256] : rented;
        symbols = symbols[..Symbols(piece, symbols)];
        if (symbols.Length <= ScanLimit) MergeByScan(symbols, output);
        else MergeByHeap(symbols, output);
        if (rented is not null) ArrayPool<int>.Shared.Return(rented);
    }

    /// <summary>The ids of the single symbols; returns their number, at most the number of bytes.</summary>
    private int Symbols(ReadOnlySpan<byte> piece, Span<int> symbols)
    {
        int count = 0;
        int? unknown = UnknownToken is null ? null : tokens.Find(UnknownToken);
        bool afterUnknown = false;
        while (!piece.IsEmpty)
        {
            int id, length = 1;
            if (IsByteLevel) id = idOfByte[piece[0]];
            else
            {
                Rune.DecodeFromUtf8(piece, out Rune rune, out length);
                id = idOfRune.GetValueOrDefault(rune, -1);
            }
            piece = piece[length..];
            if (id >= 0) symbols[count++] = id;
            else if (unknown is not null && !(FuseUnknown && afterUnknown)) symbols[count++] = unknown.Value;
            afterUnknown = id < 0;
        }
        return count;
    }

    /// <summary>Short pieces: the ranks of all neighbours in an array, of which the smallest is looked for in each round.</summary>
    private void MergeByScan(Span<int> symbols, List<int> output)
    {
        Span<int> ranks = stackalloc int[ScanLimit];
        int count = symbols.Length;
        for (int i = 0; i + 1 < count; i++) ranks[i] = table.Find(symbols[i], symbols[i + 1], out _);
        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i < count - 1; i++)
                if (ranks[i] < ranks[best])
                    best = i;
            if (ranks[best] == int.MaxValue) break;

            table.Find(symbols[best], symbols[best + 1], out symbols[best]);
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            ranks[(best + 1)..(count - 1)].CopyTo(ranks[best..]);
            count--;
            if (best > 0) ranks[best - 1] = table.Find(symbols[best - 1], symbols[best], out _);
            if (best + 1 < count) ranks[best] = table.Find(symbols[best], symbols[best + 1], out _);
        }
        output.AddRange(symbols[..count]);
    }

    /// <summary>Long pieces: a linked list of symbols, and a heap of pairs by rank and then by place.</summary>
    private void MergeByHeap(Span<int> symbols, List<int> output)
    {
        int count = symbols.Length;
        int[] next = ArrayPool<int>.Shared.Rent(count), previous = ArrayPool<int>.Shared.Rent(count);
        var heap = new PriorityQueue<int, ulong>();   // place of the left symbol; rank << 32 | place
        for (int i = 0; i < count; i++) (next[i], previous[i]) = (i + 1, i - 1);
        for (int i = 0; i + 1 < count; i++) Push(symbols, i);

        while (heap.TryDequeue(out int i, out ulong priority))
        {
            // An entry is stale when its left symbol is gone or the pair there is no longer the one which was pushed.
            if (symbols[i] < 0 || next[i] >= count) continue;
            int right = next[i];
            if (table.Find(symbols[i], symbols[right], out int merged) != (int)(priority >> 32)) continue;
            symbols[i] = merged;
            symbols[right] = -1;
            next[i] = next[right];
            if (next[i] < count)
            {
                previous[next[i]] = i;
                Push(symbols, i);
            }
            if (previous[i] >= 0) Push(symbols, previous[i]);
        }
        for (int i = 0; i < count; i = next[i]) output.Add(symbols[i]);
        ArrayPool<int>.Shared.Return(next);
        ArrayPool<int>.Shared.Return(previous);

        void Push(Span<int> symbols, int left)
        {
            int rank = table.Find(symbols[left], symbols[next[left]], out _);
            if (rank != int.MaxValue) heap.Enqueue(left, ((ulong)(uint)rank << 32) | (uint)left);
        }
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("type", "BPE");
        writer.WriteNull("dropout");
        writer.WriteString("unk_token", UnknownToken);
        writer.WriteNull("continuing_subword_prefix");
        writer.WriteNull("end_of_word_suffix");
        writer.WriteBoolean("fuse_unk", FuseUnknown);
        writer.WriteBoolean("byte_fallback", false);
        writer.WriteBoolean("ignore_merges", IgnoreMerges);
        writer.WriteStartObject("vocab");
        for (int id = 0; id < Count; id++) writer.WriteNumber(tokens[id], id);
        writer.WriteEndObject();
        // A list of pairs can hold tokens with spaces; "left right" strings, which older readers know too, cannot.
        bool pairs = Enumerable.Range(0, Count).Any(id => tokens[id].Contains(' '));
        writer.WriteStartArray("merges");
        foreach ((int left, int right) in merges)
        {
            if (!pairs)
            {
                writer.WriteStringValue($"{tokens[left]} {tokens[right]}");
                continue;
            }
            writer.WriteStartArray();
            writer.WriteStringValue(tokens[left]);
            writer.WriteStringValue(tokens[right]);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
