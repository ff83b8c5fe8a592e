using System.Runtime.InteropServices;
using System.Text;

namespace Heed.Tokenization;

/// <summary>Whose habits a <see cref="UnigramTrainer"/> follows where the paper leaves room.</summary>
public enum UnigramStyle
{
    /// <summary>Substrings are counted in the text, and the most probable pieces stay in the end: sentencepiece.</summary>
    SentencePiece,

    /// <summary>Substrings are counted in the distinct words, and the pieces whose loss hurts most stay in the end: Hugging Face tokenizers.</summary>
    HuggingFace,
}

/// <summary>
/// Trains a unigram language model (Kudo 2018, arXiv 1804.10959): from many frequent substrings, those are dropped step by step without
/// which the text loses the least likelihood. Between the steps, expectation and maximisation set the probabilities anew; the Dirichlet
/// prior in it (digamma of the counts) makes rare pieces rarer, as in sentencepiece.
/// </summary>
public sealed record UnigramTrainer : TokenizerTrainer
{
    private const double Slack = 1.1;             // pruning ends with this much more than the vocabulary
    private const double LeastExpected = 0.5;     // pieces which are expected less often are dropped
    private const double UnknownPenalty = 10;
    private const double PenaltyStep = 0.0001;
    private const double ControlScore = -1e6;     // spelling out the name of a special token costs less

    /// <summary>The defaults.</summary>
    public UnigramTrainer() => (SpecialTokens, UnknownToken) = (["<unk>", "<s>", "</s>"], "<unk>");

    /// <summary>Where the paper leaves room.</summary>
    public UnigramStyle Style { get; init; }

    /// <summary>Which substrings may be pieces.</summary>
    public PieceRule Pieces { get; init; } = new();

    /// <summary>Substrings to begin with.</summary>
    public int SeedSize { get; init; } = 1_000_000;

    /// <summary>Share of the pieces that stays in each pruning step; above 0, below 1.</summary>
    public double ShrinkingFactor { get; init; } = 0.75;

    /// <summary>Rounds of expectation and maximisation before each pruning step; at least 1.</summary>
    public int SubIterations { get; init; } = 2;

    internal override ITokenModel Train(WordCounts words, TokenizerPipeline pipeline, TrainingWatch watch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(SubIterations, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SeedSize, 1);
        if (!(ShrinkingFactor is > 0 and < 1)) throw new ArgumentException($"ShrinkingFactor {ShrinkingFactor} given; a share between 0 and 1 is expected.");
        if (pipeline.IsByteLevel) throw new ArgumentException("Unigram is for characters, not for a byte-level pipeline.");

        // With the characters of special and byte tokens in the alphabet, text that looks like one of them is never taken for it.
        List<(Rune Character, long Count)> alphabet = Alphabet(words, ByteFallback ? string.Concat(FirstTokens()) : "");
        (int[] text, long[] weightAt, byte[] followerAt) = Lay(words, alphabet);
        int[] suffixes = UnigramSeeds.SortSuffixes(text, alphabet.Count, Pieces.MaxLength + 1);
        watch.Cancel.ThrowIfCancellationRequested();
        bool distinct = Style == UnigramStyle.HuggingFace;
        long[] weights = [.. suffixes.Select(at => distinct ? 1 : weightAt[at])];
        byte[] followers = [.. suffixes.Select(at => distinct ? (byte)1 : followerAt[at])];
        SeedPiece[] seeds = [.. UnigramSeeds.Find(text, suffixes, weights, followers, Pieces.MaxLength)
            .Where(seed => Pieces.Allows(CodePoints(text.AsSpan(suffixes[seed.First], seed.Length), alphabet)))
            .OrderByDescending(seed => seed.Count * seed.Length)
            .Take(SeedSize)];

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Threads, CancellationToken = watch.Cancel };
        var lattice = new UnigramLattice(text, weightAt, alphabet.Count, suffixes, seeds, parallel);
        double total = alphabet.Sum(c => (double)c.Count) + seeds.Sum(s => (double)s.Count * s.Length);
        for (int c = 0; c < alphabet.Count; c++) lattice.Scores[c] = alphabet[c].Count == 0 ? double.NaN : Math.Log(alphabet[c].Count / total);
        for (int s = 0; s < seeds.Length; s++) lattice.Scores[alphabet.Count + s] = Math.Log(seeds[s].Count * (double)seeds[s].Length / total);

        List<int> pieces = Learn(lattice, seeds, suffixes, watch);
        return Finish(lattice, pieces, alphabet, p => Spell(text.AsSpan(suffixes[seeds[p - alphabet.Count].First], seeds[p - alphabet.Count].Length), alphabet));
    }

    /// <summary>
    /// The words by character numbers, each followed by -1, and for each place the count of its word and what follows that: another word
    /// (1), the end of a text (2), both (3), or a character outside the alphabet, which ends a word too (4).
    /// </summary>
    private static (int[] Text, long[] WeightAt, byte[] FollowerAt) Lay(WordCounts words, List<(Rune Character, long Count)> alphabet)
    {
        var numbers = new Dictionary<Rune, int>();
        for (int c = 0; c < alphabet.Count; c++) numbers[alphabet[c].Character] = c;
        var text = new List<int>();
        var weightAt = new List<long>();
        var followerAt = new List<byte>();
        for (int w = 0; w < words.Count; w++)
        {
            long times = words.Counts[w], last = words.Lasts[w];
            int begun = text.Count;
            for (ReadOnlySpan<byte> rest = words[w]; !rest.IsEmpty;)
            {
                Rune.DecodeFromUtf8(rest, out Rune rune, out int length);
                int number = numbers.GetValueOrDefault(rune, -1);
                if (number < 0) CollectionsMarshal.AsSpan(followerAt)[begun..].Fill(4);
                text.Add(number);
                weightAt.Add(times);
                followerAt.Add((byte)((times > last ? 1 : 0) | (last > 0 ? 2 : 0)));
                if (number < 0) begun = text.Count;
                rest = rest[length..];
            }
            text.Add(-1);
            weightAt.Add(0);
            followerAt.Add(0);
        }
        return ([.. text], [.. weightAt], [.. followerAt]);
    }

    private static int[] CodePoints(ReadOnlySpan<int> characters, List<(Rune Character, long Count)> alphabet)
    {
        int[] points = new int[characters.Length];
        for (int i = 0; i < points.Length; i++) points[i] = alphabet[characters[i]].Character.Value;
        return points;
    }

    private static string Spell(ReadOnlySpan<int> characters, List<(Rune Character, long Count)> alphabet)
    {
        var text = new StringBuilder();
        foreach (int c in characters) text.Append(alphabet[c].Character.ToString());
        return text.ToString();
    }

    /// <summary>Expectation, maximisation and pruning; returns the pieces that are left, in the order of the last pruning.</summary>
    private List<int> Learn(UnigramLattice lattice, SeedPiece[] seeds, int[] suffixes, TrainingWatch watch)
    {
        List<int> pieces = [.. Enumerable.Range(0, lattice.Scores.Length).Where(p => !double.IsNaN(lattice.Scores[p]))];
        int begun = pieces.Count, desired = (int)(VocabularySize * Slack);
        while (true)
        {
            for (int round = 0; round < SubIterations; round++)
            {
                Maximize(lattice, pieces, lattice.Expect());
                watch.Report(TrainingStage.Pruning, begun - pieces.Count, Math.Max(1, begun - desired));
            }
            if (pieces.Count <= desired) return pieces;
            List<int> kept = Prune(lattice, pieces, desired, p => suffixes[seeds[p - lattice.Alphabet].First]);
            Keep(lattice, pieces, kept);
            if (kept.Count == pieces.Count) return kept;   // nothing that could go
            pieces = kept;
        }
    }

    /// <summary>The maximisation step; pieces that are hardly expected any more leave the list.</summary>
    private static void Maximize(UnigramLattice lattice, List<int> pieces, double[] expected)
    {
        List<int> kept = [.. pieces.Where(p => expected[p] >= LeastExpected)];
        Keep(lattice, pieces, kept);
        double sum = Digamma(kept.Sum(p => expected[p])), least = 0;
        foreach (int p in kept) least = Math.Min(least, lattice.Scores[p] = Digamma(expected[p]) - sum);
        lattice.UnknownScore = least - UnknownPenalty;
        pieces.Clear();
        pieces.AddRange(kept);
    }

    private static void Keep(UnigramLattice lattice, List<int> pieces, List<int> kept)
    {
        double[] scores = [.. kept.Select(p => lattice.Scores[p])];
        foreach (int p in pieces) lattice.Scores[p] = double.NaN;
        for (int i = 0; i < kept.Count; i++) lattice.Scores[kept[i]] = scores[i];
        lattice.DropGone();
    }

    /// <summary>Keeps the pieces without which the text would lose the most likelihood; the loss is estimated by putting the best other segmentation in the place of each piece.</summary>
    private List<int> Prune(UnigramLattice lattice, List<int> pieces, int desired, Func<int, int> placeOf)
    {
        long[] counts = lattice.CountBest();
        double sum = counts.Sum(), logSum = Math.Log(sum);
        var kept = new List<int>();
        var candidates = new List<(int Piece, double Loss)>();
        UnigramLattice.Room room = lattice.NewRoom();
        foreach (int p in pieces)
        {
            if (counts[p] == 0) continue;
            List<int>? parts = p < lattice.Alphabet ? [] : lattice.Alternative(placeOf(p), p, room);
            if (parts is null) continue;
            if (parts.Count == 0)
            {
                kept.Add(p);
                continue;
            }
            // After the replacement the text has (parts - 1) more tokens for each occurrence. Published vocabularies (sentencepiece up to
            // 0.1.98, Hugging Face tokenizers) were made with the number of all pieces in the place of parts. That keeps frequent pieces
            // longer and needs 1.4% fewer tokens on tiny Shakespeare at 400 pieces, so it is done here too.
            double count = counts[p], after = Math.Log(sum + (count * (pieces.Count - 1)));
            double without = parts.Sum(part => Math.Log(counts[part] + count) - after);
            candidates.Add((p, count * (Math.Log(count) - logSum - without)));
        }
        int size = Math.Max(desired, (int)(ShrinkingFactor * pieces.Count));
        kept.AddRange(candidates.OrderByDescending(c => c.Loss).Select(c => c.Piece).Take(Math.Max(0, size - kept.Count)));
        return kept;
    }

    /// <summary>All characters of the alphabet, and of the other pieces as many as the vocabulary has room for.</summary>
    private UnigramModel Finish(UnigramLattice lattice, List<int> pieces, List<(Rune Character, long Count)> alphabet, Func<int, string> spell)
    {
        List<string> first = FirstTokens();
        int room = VocabularySize - first.Count;
        double least = pieces.Count == 0 ? 0 : pieces.Min(p => lattice.Scores[p]), penalty = 0;
        var known = first.ToHashSet();
        var chosen = new List<(string Piece, double Score)>();
        for (int c = 0; c < alphabet.Count; c++)
        {
            double score = lattice.Scores[c];
            if (double.IsNaN(score))
            {
                score = least + penalty;
                penalty += PenaltyStep;
            }
            if (known.Add(alphabet[c].Character.ToString())) chosen.Add((alphabet[c].Character.ToString(), score));
        }
        IEnumerable<int> others = pieces.Where(p => p >= lattice.Alphabet);
        if (Style == UnigramStyle.SentencePiece) others = others.OrderByDescending(p => lattice.Scores[p]);
        foreach (int p in others)
        {
            if (chosen.Count >= room) break;
            if (known.Add(spell(p))) chosen.Add((spell(p), lattice.Scores[p]));
        }
        IEnumerable<(string, double)> all = first.Select(t => (t, ControlScore))
            .Concat(chosen.OrderByDescending(p => p.Score).ThenBy(p => p.Piece, StringComparer.Ordinal));
        return new UnigramModel(all, UnknownToken is null ? null : first.IndexOf(UnknownToken), ByteFallback);
    }

    /// <summary>The derivative of ln Γ: the recurrence up to 7, then the asymptotic series (Abramowitz and Stegun 6.3.18, shifted by one half).</summary>
    private static double Digamma(double x)
    {
        double result = 0;
        for (; x < 7; x++) result -= 1 / x;
        x -= 0.5;
        double square = 1 / (x * x);
        return result + Math.Log(x) + (square * ((1.0 / 24) - (square * ((7.0 / 960) - (square * ((31.0 / 8064) - (square * (127.0 / 30720))))))));
    }
}
