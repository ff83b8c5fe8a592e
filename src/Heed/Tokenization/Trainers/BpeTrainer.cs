using System.Runtime.InteropServices;
using System.Text;

namespace Heed.Tokenization;

/// <summary>How far a trainer is.</summary>
/// <param name="Tokens">Tokens so far.</param>
/// <param name="Target">Tokens asked for.</param>
/// <param name="PairCount">How often the pair merged last stood in the text.</param>
public readonly record struct TrainingProgress(int Tokens, int Target, long PairCount);

/// <summary>
/// Trains byte-pair encoding (Sennrich et al. 2016): starting from single symbols, the most frequent pair of neighbours becomes
/// a token, again and again. Pair counts are kept up to date instead of counted anew, so that a megabyte takes about a second.
/// <para>
/// Ties go to the pair with the smaller left id, then the smaller right id; so the result depends on the text alone, and the merges
/// are those of Hugging Face tokenizers. Ids: special tokens, then the alphabet (all 256 bytes in the order of
/// <see cref="ByteAlphabet"/>'s characters, or the characters of the text by code point), then the merges as they were learned.
/// </para>
/// </summary>
public sealed record BpeTrainer
{
    /// <summary>Most tokens that the vocabulary may have, special tokens and alphabet included; fewer if the text runs out of pairs.</summary>
    public int VocabularySize { get; init; } = 32_000;

    /// <summary>A pair must stand in the text this often to become a token; at least 1.</summary>
    public int MinFrequency { get; init; } = 2;

    /// <summary>Tokens which get the first ids and never occur in text except as themselves.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<|endoftext|>"];

    /// <summary>Trains on texts, each of which is split for itself.</summary>
    /// <exception cref="ArgumentException">No text, or a vocabulary too small for special tokens and alphabet.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    internal BpeModel Train(IEnumerable<string> text, TokenizerPipeline pipeline, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MinFrequency, 1);
        bool byteLevel = pipeline.IsByteLevel;
        if (byteLevel) CheckSize("256 bytes", 256);

        (ByteMap words, List<long> counts) = CountWords(text, pipeline, cancel);
        if (words.Count == 0) throw new ArgumentException("The text to train on is empty: at least one character is needed.", nameof(text));

        List<string> tokens = [.. SpecialTokens];
        List<string> alphabet = Alphabet(words, byteLevel);
        if (!byteLevel) CheckSize($"{alphabet.Count} different characters of the text", alphabet.Count);
        tokens.AddRange(alphabet.Where(symbol => !SpecialTokens.Contains(symbol)));

        var state = new BpeTraining(tokens, words, counts, byteLevel);
        while (tokens.Count < VocabularySize && state.MergeBest(MinFrequency, out long count))
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Report(new TrainingProgress(tokens.Count, VocabularySize, count));
        }
        return new BpeModel(tokens, state.Merges, byteLevel);
    }

    private void CheckSize(string alphabet, int size)
    {
        int least = checked(SpecialTokens.Count + size);
        if (VocabularySize < least)
            throw new ArgumentException($"VocabularySize {VocabularySize} given; at least {least} expected: {alphabet} and {SpecialTokens.Count} special tokens.");
    }

    /// <summary>The distinct pieces of the text and how often each stands there.</summary>
    private static (ByteMap Words, List<long> Counts) CountWords(IEnumerable<string> text, TokenizerPipeline pipeline, CancellationToken cancel)
    {
        var words = new ByteMap();
        var counts = new List<long>();
        var pieces = new PieceBuffer();
        byte[] utf8 = [];
        foreach (string line in text)
        {
            cancel.ThrowIfCancellationRequested();
            if (string.IsNullOrEmpty(line)) continue;
            string normal = pipeline.Normalizer?.Normalize(line) ?? line;
            int most = Encoding.UTF8.GetMaxByteCount(normal.Length);
            if (utf8.Length < most) utf8 = new byte[most];
            ReadOnlySpan<byte> bytes = utf8.AsSpan(0, Encoding.UTF8.GetBytes(normal, utf8));

            pieces.Clear();
            if (pipeline.PreTokenizer is null) pieces.Set(bytes);
            else pipeline.PreTokenizer.Split(bytes, pieces);
            for (int i = 0; i < pieces.Count; i++)
            {
                int word = words.GetOrAdd(pieces[i], out bool added);
                if (added) counts.Add(1);
                else counts[word]++;
            }
        }
        return (words, counts);
    }

    private static List<string> Alphabet(ByteMap words, bool byteLevel)
    {
        if (byteLevel) return [.. ByteAlphabet.BytesInCharacterOrder.Select(b => ByteAlphabet.ToCharacter(b).ToString())];
        var seen = new SortedSet<Rune>();
        for (int i = 0; i < words.Count; i++)
            for (ReadOnlySpan<byte> rest = words[i]; !rest.IsEmpty;)
            {
                Rune.DecodeFromUtf8(rest, out Rune rune, out int length);
                seen.Add(rune);
                rest = rest[length..];
            }
        return [.. seen.Select(rune => rune.ToString())];
    }
}

/// <summary>The words of a text as symbols, the count of every pair in them, and the words in which each pair stands.</summary>
internal sealed class BpeTraining
{
    private struct Pair
    {
        public int Left, Right;
        public long Count;
        public List<int> Words;   // where it may stand; a word can be listed twice or no longer have it
    }

    private readonly record struct Candidate(long Count, int Left, int Right) : IComparable<Candidate>
    {
        /// <summary>Better candidates first: more frequent, then the smaller left id, then the smaller right id.</summary>
        public int CompareTo(Candidate other) =>
            Count != other.Count ? other.Count.CompareTo(Count)
            : Left != other.Left ? Left.CompareTo(other.Left)
            : Right.CompareTo(other.Right);
    }

    private readonly List<string> tokens;
    private readonly Dictionary<string, int> idOfToken = new(StringComparer.Ordinal);
    private readonly List<long> counts;             // how often each word stands in the text
    private readonly int[] symbols;                 // all words, one after the other
    private readonly int[] starts, lengths;
    private readonly List<Pair> pairs = [];
    private readonly Dictionary<long, int> indexOfPair = [];
    private readonly PriorityQueue<int, Candidate> queue = new();   // pair, with its count when it was queued
    private readonly List<int> grown = [];          // pairs that got new occurrences in this round

    public List<(int Left, int Right)> Merges { get; } = [];

    public BpeTraining(List<string> tokens, ByteMap words, List<long> counts, bool byteLevel)
    {
        this.tokens = tokens;
        this.counts = counts;
        for (int id = 0; id < tokens.Count; id++)
            if (!idOfToken.TryAdd(tokens[id], id))
                throw new ArgumentException($"The special token '{tokens[id]}' is given twice.");

        long total = 0;
        for (int w = 0; w < words.Count; w++) total += words[w].Length;
        symbols = new int[checked((int)total)];
        starts = new int[words.Count];
        lengths = new int[words.Count];
        int at = 0;
        for (int w = 0; w < words.Count; w++)
        {
            starts[w] = at;
            for (ReadOnlySpan<byte> rest = words[w]; !rest.IsEmpty;)
            {
                int length = 1;
                string symbol;
                if (byteLevel) symbol = ByteAlphabet.ToCharacter(rest[0]).ToString();
                else
                {
                    Rune.DecodeFromUtf8(rest, out Rune rune, out length);
                    symbol = rune.ToString();
                }
                symbols[at++] = idOfToken[symbol];
                rest = rest[length..];
            }
            lengths[w] = at - starts[w];
            for (int i = starts[w]; i + 1 < at; i++) Count(symbols[i], symbols[i + 1], counts[w], w);
        }
        Enqueue();
    }

    /// <summary>Makes the best pair a token, everywhere; false when no pair is frequent enough.</summary>
    public bool MergeBest(int minFrequency, out long count)
    {
        int best;
        while (true)
        {
            if (!queue.TryPeek(out best, out Candidate candidate) || candidate.Count < minFrequency)
            {
                count = 0;
                return false;
            }
            count = pairs[best].Count;
            if (count == candidate.Count) break;
            // Counted down since it was queued: back to its right place.
            if (count > 0) queue.DequeueEnqueue(best, new Candidate(count, candidate.Left, candidate.Right));
            else queue.Dequeue();
        }
        queue.Dequeue();

        Pair pair = pairs[best];
        string token = tokens[pair.Left] + tokens[pair.Right];
        // "ab" + "c" may give a token that "a" + "bc" gave before; both merges then lead to the same id.
        if (!idOfToken.TryGetValue(token, out int merged))
        {
            merged = tokens.Count;
            tokens.Add(token);
            idOfToken.Add(token, merged);
        }
        Merges.Add((pair.Left, pair.Right));
        ref Pair stored = ref CollectionsMarshal.AsSpan(pairs)[best];
        (stored.Count, stored.Words) = (0, []);
        foreach (int word in pair.Words) MergeIn(word, pair.Left, pair.Right, merged);
        Enqueue();
        return true;
    }

    private void MergeIn(int word, int left, int right, int merged)
    {
        Span<int> s = symbols.AsSpan(starts[word], lengths[word]);
        long times = counts[word];
        int kept = 0;   // s[..kept] is done, s[i..] still to come
        for (int i = 0; i < s.Length; i++)
        {
            if (s[i] != left || i + 1 >= s.Length || s[i + 1] != right)
            {
                s[kept++] = s[i];
                continue;
            }
            if (kept > 0)
            {
                Uncount(s[kept - 1], left, times);
                Count(s[kept - 1], merged, times, word);
            }
            if (i + 2 < s.Length)
            {
                Uncount(right, s[i + 2], times);
                Count(merged, s[i + 2], times, word);
            }
            s[kept++] = merged;
            i++;
        }
        lengths[word] = kept;
    }

    private void Count(int left, int right, long times, int word)
    {
        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(indexOfPair, ((long)left << 32) | (uint)right, out bool known);
        if (!known)
        {
            index = pairs.Count;
            pairs.Add(new Pair { Left = left, Right = right, Words = [] });
        }
        ref Pair pair = ref CollectionsMarshal.AsSpan(pairs)[index];
        pair.Count += times;
        if (pair.Words.Count == 0 || pair.Words[^1] != word) pair.Words.Add(word);
        grown.Add(index);
    }

    private void Uncount(int left, int right, long times)
    {
        // The pair being merged is at zero already: "aaa" has the pair (a, a) twice but room for one merge.
        if (indexOfPair.TryGetValue(((long)left << 32) | (uint)right, out int index))
        {
            ref Pair pair = ref CollectionsMarshal.AsSpan(pairs)[index];
            pair.Count = Math.Max(0, pair.Count - times);
        }
    }

    private void Enqueue()
    {
        grown.Sort();
        for (int i = 0; i < grown.Count; i++)
        {
            if (i > 0 && grown[i] == grown[i - 1]) continue;
            Pair pair = pairs[grown[i]];
            if (pair.Count > 0) queue.Enqueue(grown[i], new Candidate(pair.Count, pair.Left, pair.Right));
        }
        grown.Clear();
    }
}
