using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Trainers;

/// <summary>The parts of the unigram trainer against their definitions, by trying everything.</summary>
public sealed class UnigramTrainerTests
{
    private const int MaxLength = 4;

    private static readonly ParallelOptions OneThread = new() { MaxDegreeOfParallelism = 1 };

    /// <summary>Words of few letters with -1 after each, how often each stands in the text, and what follows it there.</summary>
    private static (int[] Text, long[] WeightAt, byte[] FollowerAt, int[][] Words, long[] Weights, byte[] Followers) RandomWords(Random random, int letters)
    {
        int[][] words = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Next(letters))))
            .Distinct().Select(word => word.Select(c => c - '0').ToArray())];
        long[] weights = [.. words.Select(_ => (long)random.Next(1, 5))];
        byte[] followers = [.. weights.Select(w => (byte)(w == 1 ? random.Next(1, 3) : random.Next(1, 4)))];
        return (
            [.. words.SelectMany(w => w.Append(-1))],
            [.. words.SelectMany((w, i) => w.Select(_ => weights[i]).Append(0))],
            [.. words.SelectMany((w, i) => w.Select(_ => followers[i]).Append((byte)0))],
            words, weights, followers);
    }

    [Fact]
    public void SuffixesAreSorted()
    {
        var random = new Random(1);
        for (int round = 0; round < 100; round++)
        {
            int letters = round % 10 == 0 ? 1 : 3, depth = random.Next(1, 20), wide = round % 2 == 0 ? letters : 100_000;
            int[] text = RandomWords(random, letters).Text;
            Assert.Equal(
                Enumerable.Range(0, text.Length).Where(i => text[i] >= 0)
                    .OrderBy(i => string.Concat(text.Skip(i).TakeWhile(c => c >= 0).Take(depth)), StringComparer.Ordinal).ThenBy(i => i),
                UnigramSeeds.SortSuffixes(text, wide, depth));
        }
    }

    /// <summary>Substrings that stand at least twice and are followed by at least two different things.</summary>
    [Fact]
    public void SeedsAreTheBranchingSubstrings()
    {
        var random = new Random(2);
        for (int round = 0; round < 300; round++)
        {
            (int[] text, long[] weightAt, byte[] followerAt, int[][] words, long[] weights, byte[] followers) = RandomWords(random, 1 + (round % 3));
            int[] suffixes = UnigramSeeds.SortSuffixes(text, 3, MaxLength + 1);
            string[] found = [.. UnigramSeeds.Find(text, suffixes, [.. suffixes.Select(s => weightAt[s])], [.. suffixes.Select(s => followerAt[s])], MaxLength)
                .Select(seed => $"{string.Concat(text.Skip(suffixes[seed.First]).Take(seed.Length))} {seed.Count}")];

            var counts = new Dictionary<string, (long Count, HashSet<string> After)>();
            for (int w = 0; w < words.Length; w++)
                for (int start = 0; start < words[w].Length; start++)
                    for (int end = start + 2; end <= words[w].Length && end - start <= MaxLength; end++)
                    {
                        string piece = string.Concat(words[w][start..end]);
                        if (!counts.TryGetValue(piece, out var seen)) seen = (0, []);
                        if (end < words[w].Length) seen.After.Add($"{words[w][end]}");
                        else for (int kind = 1; kind <= 2; kind++)
                            if ((followers[w] & kind) != 0)
                                seen.After.Add($"end {kind}");
                        counts[piece] = (seen.Count + weights[w], seen.After);
                    }
            Assert.Equal(counts.Where(c => c.Value.After.Count > 1).Select(c => $"{c.Key} {c.Value.Count}").Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        }
    }

    /// <summary>Expected counts, best segmentations and alternatives, from a list of all segmentations.</summary>
    [Fact]
    public void CountsAreThoseOfAllSegmentations()
    {
        var random = new Random(3);
        for (int round = 0; round < 200; round++)
        {
            const int letters = 2;
            (int[] text, long[] weightAt, byte[] followerAt, int[][] words, long[] weights, _) = RandomWords(random, letters);
            int[] suffixes = UnigramSeeds.SortSuffixes(text, letters, MaxLength + 1);
            SeedPiece[] seeds = [.. UnigramSeeds.Find(text, suffixes, [.. suffixes.Select(s => weightAt[s])], [.. suffixes.Select(s => followerAt[s])], MaxLength)];
            var lattice = new UnigramLattice(text, weightAt, letters, suffixes, seeds, OneThread) { UnknownScore = -20 };
            string[] pieces = ["0", "1", .. seeds.Select(s => string.Concat(text.Skip(suffixes[s.First]).Take(s.Length)))];
            for (int p = 0; p < pieces.Length; p++) lattice.Scores[p] = -random.NextDouble() * 6;
            if (pieces.Length > 3 && round % 2 == 0) lattice.Scores[random.Next(pieces.Length)] = double.NaN;
            lattice.DropGone();

            double[] expected = new double[pieces.Length];
            long[] best = new long[pieces.Length];
            for (int w = 0; w < words.Length; w++)
            {
                (List<int> Path, double Score)[] all = [.. Segmentations(string.Concat(words[w]), pieces, lattice)];
                double whole = all.Sum(s => Math.Exp(s.Score));
                foreach ((List<int> path, double score) in all)
                    foreach (int p in path.Where(p => p >= 0)) expected[p] += weights[w] * Math.Exp(score) / whole;
                foreach (int p in all.MaxBy(s => s.Score).Path.Where(p => p >= 0)) best[p] += weights[w];
            }
            Assert.All(expected.Zip(lattice.Expect()), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
            Assert.Equal(best, lattice.CountBest());
            for (int p = letters; p < pieces.Length; p++)
            {
                if (double.IsNaN(lattice.Scores[p])) continue;
                (List<int> path, double score) = Segmentations(pieces[p], pieces, lattice).Where(s => !s.Path.Contains(p)).MaxBy(s => s.Score);
                List<int>? wanted = path.Contains(-1) ? [] : score > lattice.Scores[p] ? null : path;
                List<int>? given = lattice.Alternative(suffixes[seeds[p - letters].First], p, lattice.NewRoom());
                Assert.Equal(wanted?.Order(), given?.Order());
            }
        }
    }

    private static IEnumerable<(List<int> Path, double Score)> Segmentations(string word, string[] pieces, UnigramLattice lattice)
    {
        if (word.Length == 0)
        {
            yield return ([], 0);
            yield break;
        }
        for (int p = 0; p < pieces.Length; p++)
        {
            bool gone = double.IsNaN(lattice.Scores[p]);
            if (!word.StartsWith(pieces[p], StringComparison.Ordinal) || (gone && pieces[p].Length > 1)) continue;
            foreach ((List<int> path, double score) in Segmentations(word[pieces[p].Length..], pieces, lattice))
                yield return ([gone ? -1 : p, .. path], score + (gone ? lattice.UnknownScore : lattice.Scores[p]));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ALongWordIsNoTrouble(int letters)
    {
        string word = string.Concat(Enumerable.Range(0, 300_000).Select(i => (char)('a' + (i * 7 / 3 % letters))));
        var tokenizer = Tokenizer.Train([word], new UnigramTrainer { VocabularySize = 50 }, TokenizerPipeline.SentencePiece, cancel: TestContext.Current.CancellationToken);
        Assert.InRange(tokenizer.VocabularySize, 4 + letters, 50);
    }

    [Fact]
    public void ScoresAreLogProbabilities()
    {
        var tokenizer = Tokenizer.Train(["the cat and the hat and the mat on the cat"], new UnigramTrainer { VocabularySize = 40 }, TokenizerPipeline.SentencePiece, cancel: TestContext.Current.CancellationToken);
        var model = (UnigramModel)tokenizer.Model;
        Assert.Equal(["<unk>", "<s>", "</s>"], Enumerable.Range(0, 3).Select(model.TokenOf));
        double[] scores = [.. Enumerable.Range(3, model.Count - 3).Select(model.ScoreOf)];
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.InRange(scores.Sum(Math.Exp), 0.5, 1.05);
    }
}
