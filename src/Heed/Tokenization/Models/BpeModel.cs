using System.Runtime.InteropServices;
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
    private readonly TokenTable tokens;
    private readonly (int Left, int Right)[] merges;
    private readonly int[]? ranks;                        // of the merges, where some are equal
    private readonly PairMerger merger;
    private readonly SplitScanner? words;
    private readonly SymbolTable symbols;
    private readonly int[] lengths;                       // how many first symbols a token is made of
    private readonly ByteMap? whole;                      // with IgnoreMerges: the bytes of each token
    private readonly List<int> idOfWhole = [];

    /// <summary>Builds the model.</summary>
    /// <param name="tokens">The tokens in the order of their ids, null leaves an id free; byte-level vocabularies are spelled with <see cref="ByteAlphabet"/>.</param>
    /// <param name="merges">The pairs in the order in which they were learned; the joined spelling of a pair must be a token.</param>
    /// <param name="byteLevel">The symbols are the 256 bytes; false: characters (code points).</param>
    /// <param name="ignoreMerges">A piece that is a token becomes that token whatever the merges say (`ignore_merges`).</param>
    /// <param name="unknownToken">What stands for a symbol that the vocabulary lacks; null: such a symbol is left out.</param>
    /// <param name="fuseUnknown">Several unknown symbols in a row become one token.</param>
    /// <param name="continuingPrefix">What the spelling of a symbol begins with when it is not the first of its piece.</param>
    /// <param name="endOfWordSuffix">What the spelling of a symbol ends with when it is the last of its piece (CLIP: <c>&lt;/w&gt;</c>).</param>
    /// <param name="byteFallback">A character that the vocabulary lacks becomes the tokens <c>&lt;0x00&gt;</c> .. <c>&lt;0xFF&gt;</c> of its bytes, if it has them.</param>
    /// <exception cref="FormatException">Repeated tokens or merges, or a merge that does not fit the vocabulary.</exception>
    public BpeModel(IEnumerable<string?> tokens, IEnumerable<(int Left, int Right)> merges, bool byteLevel,
        bool ignoreMerges = false, string? unknownToken = null, bool fuseUnknown = false,
        string continuingPrefix = "", string endOfWordSuffix = "", bool byteFallback = false)
        : this(new TokenTable(tokens), [.. merges], null, byteLevel, ignoreMerges, unknownToken, fuseUnknown, continuingPrefix, endOfWordSuffix, byteFallback, null)
    {
    }

    /// <summary>The model of a sentencepiece file: merges with equal ranks go by place alone, and some texts are symbols as a whole.</summary>
    internal BpeModel(TokenTable tokens, (int Left, int Right)[] merges, int[]? ranks, bool byteLevel, bool ignoreMerges, string? unknownToken,
        bool fuseUnknown, string continuingPrefix, string endOfWordSuffix, bool byteFallback, IReadOnlyList<int>? wholeSymbols)
    {
        ArgumentNullException.ThrowIfNull(continuingPrefix);
        ArgumentNullException.ThrowIfNull(endOfWordSuffix);
        this.tokens = tokens;
        this.merges = merges;
        this.ranks = ranks;
        IsByteLevel = byteLevel;
        IgnoreMerges = ignoreMerges;
        UnknownToken = unknownToken;
        FuseUnknown = fuseUnknown;
        ContinuingPrefix = continuingPrefix;
        EndOfWordSuffix = endOfWordSuffix;
        ByteFallback = byteFallback;
        int? unknown = unknownToken is null ? null : tokens.Find(unknownToken);
        if (unknownToken is not null && unknown is null && !byteLevel)
            throw new FormatException($"The unknown token '{unknownToken}' is not in the vocabulary of {Count} tokens.");
        symbols = new SymbolTable(tokens, byteLevel, unknown, fuseUnknown, continuingPrefix, endOfWordSuffix, byteFallback, wholeSymbols);

        lengths = new int[Count];
        Array.Fill(lengths, 1);
        var table = new MergeTable(this.merges.Length);
        for (int i = 0; i < this.merges.Length; i++)
        {
            (int left, int right) = this.merges[i];
            if ((uint)left >= (uint)Count || (uint)right >= (uint)Count)
                throw new FormatException($"Merge {i} joins ids {left} and {right}; the vocabulary has {Count} tokens.");
            string joined = JoinedSpelling(i);
            int merged = tokens.Find(joined) ?? throw new FormatException($"Merge {i} joins '{tokens[left]}' and '{tokens[right]}'; the vocabulary has no token '{joined}'.");
            if (!table.TryAdd(left, right, ranks?[i] ?? i, merged))
                throw new FormatException($"Merge {i} joins '{tokens[left]}' and '{tokens[right]}', which an earlier merge does already.");
            lengths[merged] = symbols.CountOf(tokens[merged]);
        }

        merger = new PairMerger(table);
        words = !byteLevel && continuingPrefix.Length + endOfWordSuffix.Length == 0 && SpaceWords.Suits(tokens) ? new ScannerOf<SpaceWords>(default) : null;

        if (ignoreMerges)
        {
            whole = new ByteMap();
            foreach ((int id, string token) in tokens.All)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(token);
                if (byteLevel && !ByteAlphabet.TryRead(token, out bytes)) continue;
                whole.GetOrAdd(bytes, out bool added);
                if (added) idOfWhole.Add(id);
            }
        }
    }

    private string JoinedSpelling(int merge)
    {
        (string left, string right) = (tokens[merges[merge].Left], tokens[merges[merge].Right]);
        if (ContinuingPrefix.Length > 0 && right.StartsWith(ContinuingPrefix, StringComparison.Ordinal)) right = right[ContinuingPrefix.Length..];
        if (left.Length + right.Length > TokenTable.MaxTokenLength)
            throw new FormatException($"Merge {merge} makes a token of {left.Length + right.Length} characters; at most {TokenTable.MaxTokenLength} are allowed.");
        return left + right;
    }

    /// <inheritdoc/>
    public int Count => tokens.Count;

    /// <summary>The pairs of ids in the order in which they were learned.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges => merges;

    /// <summary>How early a merge comes; merges with equal ranks go by place alone.</summary>
    internal int RankOf(int merge) => ranks?[merge] ?? merge;

    /// <summary>True when the symbols are bytes, false when they are characters.</summary>
    public bool IsByteLevel { get; }

    /// <summary>A piece that is a token becomes that token whatever the merges say.</summary>
    public bool IgnoreMerges { get; }

    /// <summary>What stands for a symbol that the vocabulary lacks.</summary>
    public string? UnknownToken { get; }

    /// <summary>Several unknown symbols in a row become one token.</summary>
    public bool FuseUnknown { get; }

    /// <summary>What the spelling of a symbol begins with when it is not the first of its piece.</summary>
    public string ContinuingPrefix { get; }

    /// <summary>What the spelling of a symbol ends with when it is the last of its piece.</summary>
    public string EndOfWordSuffix { get; }

    /// <summary>A character that the vocabulary lacks becomes the tokens of its bytes.</summary>
    public bool ByteFallback { get; }

    /// <summary>
    /// An encoder for pieces, or for a whole text when a scanner cuts it into the pieces; null when it would have no advantage
    /// over <see cref="Encode(ReadOnlySpan{byte}, List{int})"/>. The ids are the same.
    /// </summary>
    internal WordEncoder? NewEncoder(SplitScanner? scanner) => (IsByteLevel ? scanner : words)?.NewEncoder(this);

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

        int first = output.Count;
        CollectionsMarshal.SetCount(output, checked(first + piece.Length));
        int count = Merge(piece, CollectionsMarshal.AsSpan(output)[first..]);
        CollectionsMarshal.SetCount(output, first + count);
    }

    /// <summary>Writes the ids of one piece, of which there are at most as many as bytes; returns their number.</summary>
    internal int Encode(ReadOnlySpan<byte> piece, Span<int> ids)
    {
        if (whole is null || whole.Find(piece) is not (int index and >= 0)) return Merge(piece, ids);
        ids[0] = idOfWhole[index];
        return 1;
    }

    private int Merge(ReadOnlySpan<byte> piece, Span<int> ids) => merger.Merge(ids[..symbols.Split(piece, ids, [])]);

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<byte> piece, List<int> output, List<(int Start, int End)> spans)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(spans);
        if (piece.IsEmpty) return;
        int first = output.Count;
        Encode(piece, output);
        if (whole is not null && whole.Find(piece) >= 0)
        {
            spans.Add((0, piece.Length));
            return;
        }
        int[] ids = new int[piece.Length], sizes = new int[piece.Length];
        symbols.Split(piece, ids, sizes);
        for (int i = first, symbol = 0, at = 0; i < output.Count; i++)
        {
            int start = at;
            for (int n = lengths[output[i]]; n > 0; n--) at += sizes[symbol++];
            spans.Add((start, at));
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
        writer.WriteString("continuing_subword_prefix", ContinuingPrefix.Length == 0 ? null : ContinuingPrefix);
        writer.WriteString("end_of_word_suffix", EndOfWordSuffix.Length == 0 ? null : EndOfWordSuffix);
        writer.WriteBoolean("fuse_unk", FuseUnknown);
        writer.WriteBoolean("byte_fallback", ByteFallback);
        writer.WriteBoolean("ignore_merges", IgnoreMerges);
        tokens.Write(writer);
        // A list of pairs can hold tokens with spaces; "left right" strings, which older readers know too, cannot.
        bool pairs = tokens.All.Any(t => t.Token.Contains(' '));
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
