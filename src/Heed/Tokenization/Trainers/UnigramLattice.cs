using System.Numerics;

namespace Heed.Tokenization;

/// <summary>
/// The words of a text and all pieces that stand in them, each word a lattice in which a path from end to end is a segmentation.
/// Counts are added up as integers, so sums are the same bits in any order and for any number of threads.
/// </summary>
internal sealed class UnigramLattice
{
    private const int BlockSize = 1 << 15;   // characters of the words that are one part of the work

    private readonly int[] text;             // characters by number, -1 after each word
    private readonly long[] weightAt;        // how often the word of each place stands in the text
    private readonly int[] firstEdge;        // [place] .. [place + 1] are the edges that begin there
    private readonly int[] edges;            // pieces of two characters and more
    private readonly int[] lengths;          // of the pieces
    private readonly List<(int Start, int End)> blocks = [];
    private readonly double unit;            // expected counts are in units of 1 / unit
    private readonly int maxLength;
    private readonly ParallelOptions parallel;

    /// <param name="text">Characters by number, -1 after each word.</param>
    /// <param name="weightAt">How often the word at each place stands in the text.</param>
    /// <param name="alphabet">Number of characters; they are the first pieces.</param>
    /// <param name="suffixes">Places as sorted by <see cref="UnigramSeeds"/>.</param>
    /// <param name="seeds">The other pieces.</param>
    /// <param name="parallel">Threads and cancellation.</param>
    public UnigramLattice(int[] text, long[] weightAt, int alphabet, int[] suffixes, IReadOnlyList<SeedPiece> seeds, ParallelOptions parallel)
    {
        (this.text, this.weightAt, this.parallel) = (text, weightAt, parallel);
        Alphabet = alphabet;
        Scores = new double[alphabet + seeds.Count];
        lengths = new int[Scores.Length];
        Array.Fill(lengths, 1, 0, alphabet);
        firstEdge = new int[text.Length + 1];
        long total = 0;
        for (int s = 0; s < seeds.Count; s++)
        {
            lengths[alphabet + s] = seeds[s].Length;
            maxLength = Math.Max(maxLength, seeds[s].Length);
            total += seeds[s].End - seeds[s].First;
            for (int i = seeds[s].First; i < seeds[s].End; i++) firstEdge[suffixes[i]]++;
        }
        if (total > Array.MaxLength) throw new ArgumentException($"The distinct words of the text hold {total} pieces; at most {Array.MaxLength} can be trained on.");
        edges = new int[total];
        int sum = 0;
        for (int at = 0; at <= text.Length; at++) firstEdge[at] = sum += firstEdge[at];
        for (int s = seeds.Count - 1; s >= 0; s--)
            for (int i = seeds[s].First; i < seeds[s].End; i++)
                edges[--firstEdge[suffixes[i]]] = alphabet + s;

        long occurrences = 0;
        for (int start = 0, at = 0; at < text.Length; at++)
        {
            if (text[at] >= 0) occurrences += weightAt[at];
            else if (at + 1 - start >= BlockSize || at + 1 == text.Length)
            {
                blocks.Add((start, at + 1));
                start = at + 1;
            }
        }
        unit = Math.ScaleB(1, Math.Min(40, 61 - BitOperations.Log2((ulong)occurrences + 1)));
    }

    /// <summary>Number of characters, which are the first pieces.</summary>
    public int Alphabet { get; }

    /// <summary>The log-probability of each piece; NaN for a piece that is gone.</summary>
    public double[] Scores { get; }

    /// <summary>What a character costs that is no piece any more.</summary>
    public double UnknownScore { get; set; }

    /// <summary>Takes the pieces that are gone out of the lattice.</summary>
    public void DropGone()
    {
        int kept = 0;
        for (int at = 0, edge = 0; at < text.Length; at++)
        {
            int end = firstEdge[at + 1];
            firstEdge[at] = kept;
            for (; edge < end; edge++)
                if (!double.IsNaN(Scores[edges[edge]]))
                    edges[kept++] = edges[edge];
        }
        firstEdge[text.Length] = kept;
    }

    /// <summary>The expectation step: how often each piece stands in the text, over all segmentations by their probabilities.</summary>
    public double[] Expect()
    {
        long[] sums = OverBlocks((block, counts, room) =>
        {
            foreach ((int start, int end, long weight) in WordsOf(block)) AddExpected(start, end, weight, counts, room);
        });
        return [.. sums.Select((sum, piece) => double.IsNaN(Scores[piece]) ? 0 : sum / unit)];   // a gone character is unknown text, not a piece
    }

    /// <summary>How often each piece stands in the best segmentations.</summary>
    public long[] CountBest() => OverBlocks((block, counts, room) =>
    {
        foreach ((int start, int end, long weight) in WordsOf(block))
        {
            FindBest(start, end, room, withWhole: true);
            for (int at = end; at > start;)
            {
                int piece = room.Back[at - start];
                if (piece >= 0) counts[piece] += weight;
                at -= piece < 0 ? 1 : lengths[piece];
            }
        }
    });

    /// <summary>
    /// The best segmentation of a piece without itself; empty if there is none, and null if it is better than the piece itself.
    /// </summary>
    /// <param name="place">A place where the piece stands.</param>
    /// <param name="piece">The piece.</param>
    /// <param name="room">Working memory, see <see cref="NewRoom"/>.</param>
    public List<int>? Alternative(int place, int piece, Room room)
    {
        int end = place + lengths[piece];
        double score = FindBest(place, end, room, withWhole: false);
        var path = new List<int>();
        for (int at = end; at > place;)
        {
            int part = room.Back[at - place];
            if (part < 0) return [];   // only with an unknown character
            path.Add(part);
            at -= lengths[part];
        }
        return score > Scores[piece] ? null : path;
    }

    public Room NewRoom() => new();

    /// <summary>Working memory of one thread.</summary>
    internal sealed class Room
    {
        public double[] Max = new double[64], Sum = new double[64], Share = new double[64];
        public int[] Back = new int[64];

        public void Ensure(int size)
        {
            if (Max.Length >= size) return;
            size = Math.Max(size, 2 * Max.Length);
            (Max, Sum, Back) = (new double[size], new double[size], new int[size]);
        }
    }

    private long[] OverBlocks(Action<(int Start, int End), long[], Room> work)
    {
        var sums = new long[Scores.Length];
        Parallel.For(0, blocks.Count, parallel, () => (Counts: new long[Scores.Length], Room: new Room()), (b, _, local) =>
        {
            work(blocks[b], local.Counts, local.Room);
            return local;
        }, local =>
        {
            lock (sums)
                for (int i = 0; i < sums.Length; i++) sums[i] += local.Counts[i];
        });
        return sums;
    }

    private IEnumerable<(int Start, int End, long Weight)> WordsOf((int Start, int End) block)
    {
        for (int start = block.Start, at = start; at < block.End; at++)
            if (text[at] < 0)
            {
                if (at > start) yield return (start, at, weightAt[start]);
                start = at + 1;
            }
    }

    private double CharacterScore(int place)
    {
        double score = Scores[text[place]];
        return double.IsNaN(score) ? UnknownScore : score;
    }

    /// <summary>
    /// Forward and backward sums in log space. A sum of exponentials is kept as its largest exponent and the rest relative to it.
    /// </summary>
    private void AddExpected(int start, int end, long weight, long[] counts, Room room)
    {
        int n = end - start;
        room.Ensure(n + 1);
        double[] max = room.Max, sum = room.Sum;
        Array.Fill(max, double.NegativeInfinity, 0, n + 1);
        (max[0], sum[0]) = (0, 1);
        for (int i = 0; i < n; i++)
        {
            double forward = max[i] + Math.Log(sum[i]);
            max[i] = forward;
            Push(max, sum, i + 1, forward + CharacterScore(start + i));
            for (int e = firstEdge[start + i]; e < firstEdge[start + i + 1]; e++)
                Push(max, sum, i + lengths[edges[e]], forward + Scores[edges[e]]);
        }
        double whole = max[n] + Math.Log(sum[n]);

        // From here on sum[i] is the backward sum of place i in log space; max[i] stays the forward one.
        double scaled = weight * unit;
        sum[n] = 0;
        if (room.Share.Length <= maxLength) room.Share = new double[maxLength + 1];
        double[] share = room.Share;
        for (int i = n - 1; i >= 0; i--)
        {
            int first = firstEdge[start + i], last = firstEdge[start + i + 1];
            double single = CharacterScore(start + i) + sum[i + 1], best = single;
            for (int e = first; e < last; e++)
            {
                double value = Scores[edges[e]] + sum[i + lengths[edges[e]]];
                share[e - first] = value;
                best = Math.Max(best, value);
            }
            if (first == last)
            {
                sum[i] = single;
                AddCount(counts, text[start + i], Math.Exp(max[i] + single - whole) * scaled);
                continue;
            }
            single = Math.Exp(single - best);
            double all = single;
            for (int e = 0; e < last - first; e++) all += share[e] = Math.Exp(share[e] - best);
            sum[i] = best + Math.Log(all);
            double factor = Math.Exp(max[i] + sum[i] - whole) / all * scaled;
            AddCount(counts, text[start + i], single * factor);
            for (int e = first; e < last; e++) AddCount(counts, edges[e], share[e - first] * factor);
        }
    }

    private static void AddCount(long[] counts, int piece, double amount) => counts[piece] += (long)(amount + 0.5);

    private static void Push(double[] max, double[] sum, int at, double value)
    {
        double above = max[at];
        if (value <= above) sum[at] += Math.Exp(value - above);
        else
        {
            sum[at] = double.IsNegativeInfinity(above) ? 1 : sum[at] * Math.Exp(above - value) + 1;
            max[at] = value;
        }
    }

    /// <summary>Viterbi: the score of the best segmentation; Back[i] is the piece that ends there, or -1 for an unknown character.</summary>
    private double FindBest(int start, int end, Room room, bool withWhole)
    {
        int n = end - start;
        room.Ensure(n + 1);
        double[] best = room.Max;
        int[] back = room.Back;
        Array.Fill(best, double.NegativeInfinity, 0, n + 1);
        best[0] = 0;
        for (int i = 0; i < n; i++)
        {
            int character = text[start + i];
            Relax(i + 1, best[i] + CharacterScore(start + i), double.IsNaN(Scores[character]) ? -1 : character);
            for (int e = firstEdge[start + i]; e < firstEdge[start + i + 1]; e++)
            {
                int piece = edges[e], to = i + lengths[piece];
                if (to <= n && (withWhole || lengths[piece] < n)) Relax(to, best[i] + Scores[piece], piece);
            }
        }
        return best[n];

        void Relax(int at, double score, int piece)
        {
            if (score > best[at]) (best[at], back[at]) = (score, piece);
        }
    }
}
