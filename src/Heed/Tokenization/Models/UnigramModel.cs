using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// The unigram language model (Kudo 2018): every token has a log-probability, and of all ways to cover a piece the most
/// probable one is taken, found by Viterbi's algorithm. A character that no token covers costs the smallest score less 10;
/// unknown characters in a row become one token, or their bytes.
/// </summary>
public sealed class UnigramModel : ITokenModel
{
    private const double UnknownPenalty = 10;

    private readonly TokenTable tokens;
    private readonly double[] scores;
    private readonly double[] weights;         // the scores as the search uses them
    private readonly ByteTrie trie;
    private readonly double unknownScore;
    private readonly int[]? idOfByte;          // with ByteFallback: [256], -1 = the vocabulary lacks it

    /// <summary>Builds the model.</summary>
    /// <param name="pieces">The tokens in the order of their ids, each with its log-probability.</param>
    /// <param name="unknownId">What stands for unknown characters; null: such a character is an error.</param>
    /// <param name="byteFallback">Unknown characters become the tokens <c>&lt;0x00&gt;</c> .. <c>&lt;0xFF&gt;</c> of their bytes if the vocabulary has them.</param>
    /// <exception cref="FormatException">A token is repeated, a score is no number, or the unknown id is outside the vocabulary.</exception>
    public UnigramModel(IEnumerable<(string Piece, double Score)> pieces, int? unknownId = 0, bool byteFallback = false)
        : this(pieces, unknownId, byteFallback, null)
    {
    }

    /// <summary>
    /// The model of a sentencepiece file, which says what kind each piece is: control pieces are never found in text,
    /// user-defined ones always, and sums are rounded to single precision as in the original, so that ties fall alike.
    /// </summary>
    internal UnigramModel(IEnumerable<(string Piece, double Score)> pieces, int? unknownId, bool byteFallback, IReadOnlyList<PieceKind>? kinds, bool singlePrecision = true)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        (string Piece, double Score)[] all = [.. pieces];
        tokens = new TokenTable(all.Select(p => p.Piece));
        scores = [.. all.Select(p => p.Score)];
        for (int id = 0; id < scores.Length; id++)
            if (!double.IsFinite(scores[id]))
                throw new FormatException($"Token {id}, '{tokens[id]}', has the score {scores[id]}; a finite number is expected.");
        if (unknownId is { } unknown && (uint)unknown >= (uint)Count)
            throw new FormatException($"The unknown token has the id {unknown}; the vocabulary has {Count} tokens.");
        (UnknownId, ByteFallback, SinglePrecision) = (unknownId, byteFallback, kinds is not null && singlePrecision);

        var keys = new List<byte[]>(Count);
        var ids = new List<int>(Count);
        for (int id = 0; id < Count; id++)
        {
            if (kinds is not null && kinds[id] is not (PieceKind.Normal or PieceKind.UserDefined)) continue;
            keys.Add(Encoding.UTF8.GetBytes(tokens[id]));
            ids.Add(id);
        }
        trie = new ByteTrie(keys, ids);
        SuitsWords = SpaceWords.Suits(tokens) && trie.Find("▁"u8) >= 0;
        double[] ordinary = kinds is null ? scores : [.. scores.Where((_, id) => kinds[id] == PieceKind.Normal)];
        double smallest = ordinary.Length == 0 ? 0 : ordinary.Min(), largest = ordinary.Length == 0 ? 0 : ordinary.Max();
        unknownScore = kinds is null ? smallest - UnknownPenalty : (float)smallest - (float)UnknownPenalty;
        weights = kinds is null || !kinds.Contains(PieceKind.UserDefined) ? scores : [.. scores];
        if (!ReferenceEquals(weights, scores))
            for (int id = 0; id < Count; id++)
                if (kinds![id] == PieceKind.UserDefined)
                    weights[id] = Encoding.UTF8.GetByteCount(tokens[id]) * (float)largest - 0.1;
        if (byteFallback) idOfByte = ByteTokens.Find(tokens.Find);
    }

    /// <inheritdoc/>
    public int Count => tokens.Count;

    /// <summary>What stands for unknown characters.</summary>
    public int? UnknownId { get; }

    /// <summary>Unknown characters become the tokens of their bytes.</summary>
    public bool ByteFallback { get; }

    /// <summary>True when text may be cut before each "▁" that follows another character: no token reaches over such a place.</summary>
    internal bool SuitsWords { get; }

    /// <summary>An encoder with a memory of words; the ids are the same.</summary>
    internal WordEncoder NewEncoder() => new UnigramEncoder(this);

    /// <summary>Appends the ids of one word; tells the score of the best way to cover it, and by how much it is better than any other.</summary>
    internal (double Score, double Margin) EncodeWord(ReadOnlySpan<byte> word, List<int> output)
    {
        Cover(word, output, null, out (double Score, double Margin) quality);
        return quality;
    }

    /// <summary>Sums are rounded to single precision, as sentencepiece does.</summary>
    internal bool SinglePrecision { get; }

    /// <inheritdoc/>
    public string TokenOf(int id) => tokens[id];

    /// <summary>The log-probability of a token.</summary>
    public double ScoreOf(int id) => scores[id];

    /// <inheritdoc/>
    public int? IdOf(string token) => tokens.Find(token);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A character is unknown and the model has no unknown token.</exception>
    public void Encode(ReadOnlySpan<byte> piece, List<int> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Cover(piece, output, null, out _);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A character is unknown and the model has no unknown token.</exception>
    public void Encode(ReadOnlySpan<byte> piece, List<int> output, List<(int Start, int End)> spans)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(spans);
        Cover(piece, output, spans, out _);
    }

    /// <summary>The best way to cover the text that ends here: its score, and its last token.</summary>
    private struct Best
    {
        public double Score;
        public double Second;   // the best way with another last token
        public int Id;
        public int Start;       // -1: no way ends here
    }

    /// <summary>
    /// Encodes. The margin in <paramref name="quality"/> is by how much the way taken is better than any other way: when it is
    /// above the rounding errors of a longer sum, the ids of this text are the same wherever it stands.
    /// </summary>
    private void Cover(ReadOnlySpan<byte> piece, List<int> output, List<(int Start, int End)>? spans, out (double Score, double Margin) quality)
    {
        quality = (0, double.PositiveInfinity);
        if (piece.IsEmpty) return;
        Best[] rented = ArrayPool<Best>.Shared.Rent(piece.Length + 1);
        try
        {
            Span<Best> best = rented.AsSpan(0, piece.Length + 1);
            Search(piece, best);
            quality = Collect(piece, best, output, spans);
        }
        finally
        {
            ArrayPool<Best>.Shared.Return(rented);
        }
    }

    private void Search(ReadOnlySpan<byte> piece, Span<Best> best)
    {
        best.Fill(new Best { Start = -1, Score = double.NegativeInfinity, Second = double.NegativeInfinity });
        best[0] = new Best { Start = 0 };
        for (int start = 0; start < piece.Length;)
        {
            double here = best[start].Score;
            int character = Math.Min(Utf8Text.Length(piece[start]), piece.Length - start);
            bool covered = false;
            int node = ByteTrie.Root;
            for (int i = start; i < piece.Length; i++)
            {
                node = trie.Step(node, piece[i], out int id);
                if (node < 0) break;
                if (id < 0) continue;
                Offer(ref best[i + 1], here + weights[id], id, start);
                covered |= i + 1 - start == character;
            }
            if (!covered) Offer(ref best[start + character], here + unknownScore, -1, start);
            start += character;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Offer(ref Best place, double score, int id, int start)
    {
        if (place.Start >= 0 && !(score > place.Score))
        {
            if (score > place.Second) place.Second = score;
            return;
        }
        place.Second = place.Score;
        place.Score = SinglePrecision ? (float)score : score;
        place.Id = id;
        place.Start = start;
    }

    /// <summary>Walks the best way back from the end and writes it in order.</summary>
    private (double Score, double Margin) Collect(ReadOnlySpan<byte> piece, Span<Best> best, List<int> output, List<(int Start, int End)>? spans)
    {
        double margin = double.PositiveInfinity;
        // Turns the links around: Start of each token's beginning becomes its end.
        int end = piece.Length;
        for (int at = end, next = -1; ;)
        {
            Best place = best[at];
            best[at].Start = next;
            if (at == 0) break;
            margin = Math.Min(margin, place.Score - place.Second);
            next = at;
            at = place.Start;
        }
        for (int at = 0; at < end;)
        {
            int to = best[at].Start, id = best[to].Id;
            if (id < 0 || id == UnknownId)
            {
                while (to < end && best[best[to].Start].Id is var following && (following < 0 || following == UnknownId)) to = best[to].Start;
                AddUnknown(piece, at, to, output, spans);
            }
            else
            {
                output.Add(id);
                spans?.Add((at, to));
            }
            at = to;
        }
        return (best[end].Score, margin);
    }

    private void AddUnknown(ReadOnlySpan<byte> piece, int from, int to, List<int> output, List<(int Start, int End)>? spans)
    {
        if (idOfByte is not null)
        {
            bool all = true;
            foreach (byte b in piece[from..to]) all &= idOfByte[b] >= 0;
            if (all)
            {
                foreach (byte b in piece[from..to])
                {
                    output.Add(idOfByte[b]);
                    spans?.Add((from, to));
                }
                return;
            }
        }
        output.Add(UnknownId ?? throw tokens.Unknown(piece[from..to]));
        spans?.Add((from, to));
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("type", "Unigram");
        if (UnknownId is { } id) writer.WriteNumber("unk_id", id);
        else writer.WriteNull("unk_id");
        writer.WriteStartArray("vocab");
        for (int i = 0; i < Count; i++)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(tokens[i]);
            writer.WriteNumberValue(scores[i]);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
        writer.WriteBoolean("byte_fallback", ByteFallback);
        writer.WriteEndObject();
    }
}
