using System.Globalization;
using System.Text;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization;

/// <summary>The one loop that cuts and encodes against the separate stages, and merging against its definition.</summary>
public sealed class WordEncoderTests
{
    private static readonly Lazy<BpeModel> Model = new(() =>
    {
        var random = new RandomText(5);
        IEnumerable<string> corpus = Enumerable.Range(0, 400).Select(_ => random.Next(40)).Concat(Enumerable.Repeat("the word 'tis THE Word 1234 文字 words ", 50));
        return (BpeModel)Tokenizer.Train(corpus, new BpeTrainer { VocabularySize = 700 }, TokenizerPipeline.Gpt2).Model;
    });

    public static TheoryData<int> Known => [.. Enumerable.Range(0, SplitScanner.Known.Length)];

    [Theory]
    [MemberData(nameof(Known))]
    public void EqualsTheSeparateStages(int index)
    {
        SplitScanner scanner = SplitScanner.Known[index].Scanner;
        WordEncoder encoder = scanner.NewEncoder(Model.Value);
        var random = new RandomText(300 + index);
        List<int> ids = [], expected = [];
        for (int i = 0; i < 3_000; i++)
        {
            byte[] text = Encoding.UTF8.GetBytes(random.Next(30));
            if (i % 4 == 0 && text.Length > 0) text[random.Below(text.Length)] = (byte)random.Below(256);
            if (i % 10 == 0) ids = new List<int>(random.Below(5));    // no room at first
            if (i % 3 == 0) ids.Clear();
            expected.Clear();
            expected.AddRange(ids);
            for (int start = 0, end; start < text.Length; start = end)
            {
                end = scanner.NextEnd(text, start);
                Model.Value.Encode(text.AsSpan(start..end), expected);
            }
            encoder.Encode(text, ids);
            Assert.Equal(expected, ids);
        }
    }

    /// <summary>Sentencepiece texts are cut at their spaces exactly when no token reaches over such a cut.</summary>
    [Fact]
    public void WordsOfSentencepieceTexts()
    {
        string[] tokens = ["<unk>", "▁", "a", "b", "é", "▁▁", "▁a", "ab", "▁ab", "ba", "▁▁a"];
        (int, int)[] merges = [(1, 1), (2, 3), (1, 2), (1, 7), (3, 2), (5, 2)];
        var model = new BpeModel(tokens, merges, byteLevel: false, unknownToken: "<unk>", fuseUnknown: true);
        WordEncoder encoder = Assert.IsType<WordEncoder>(model.NewEncoder(null), exactMatch: false);
        var random = new Random(9);
        List<int> ids = [], expected = [];
        for (int i = 0; i < 5_000; i++)
        {
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => "▁▁▁aabbéx字"[random.Next(9)])));
            ids.Clear();
            expected.Clear();
            encoder.Encode(text, ids);
            model.Encode(text, expected);
            Assert.Equal(expected, ids);
        }
        Assert.Null(new BpeModel([.. tokens, "b▁"], [.. merges, (3, 1)], byteLevel: false).NewEncoder(null));
        Assert.Null(new BpeModel(["a", "b"], [], byteLevel: false).NewEncoder(null));
    }

    [Fact]
    public void MoreWordsThanAreKept()
    {
        WordEncoder encoder = SplitScanner.Known[0].Scanner.NewEncoder(Model.Value);
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 150_000).Select(i => string.Create(CultureInfo.InvariantCulture, $" {i} x{(char)('a' + (i % 26))}"))));
        List<int> ids = [], expected = [];
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = SplitScanner.Known[0].Scanner.NextEnd(text, start);
            Model.Value.Encode(text.AsSpan(start..end), expected);
        }
        for (int pass = 0; pass < 2; pass++)
        {
            ids.Clear();
            encoder.Encode(text, ids);
            Assert.Equal(expected, ids);
        }
    }

    /// <summary>Merges in a random order, so that a merge may make a pair that comes before it.</summary>
    [Fact]
    public void MergingFollowsItsDefinition()
    {
        var random = new Random(11);
        for (int round = 0; round < 300; round++)
        {
            int symbols = random.Next(1, 5), count = symbols;
            var merges = new Dictionary<(int, int), (int Rank, int Merged)>();
            int[] ranks = [.. Enumerable.Range(0, 40)];
            random.Shuffle(ranks);
            foreach (int rank in ranks)
                if (merges.TryAdd((random.Next(count), random.Next(count)), (rank, count)))
                    count++;
            var table = new MergeTable(merges.Count);
            foreach (((int left, int right), (int rank, int merged)) in merges) Assert.True(table.TryAdd(left, right, rank, merged));
            foreach ((int left, int right) in merges.Keys) Assert.False(table.TryAdd(left, right, 0, 0));

            int[] text = [.. Enumerable.Range(0, random.Next(2) == 0 ? random.Next(60) : random.Next(500)).Select(_ => random.Next(symbols))];
            List<int> expected = [.. text];
            while (true)
            {
                int best = -1;
                for (int i = 0; i + 1 < expected.Count; i++)
                    if (merges.TryGetValue((expected[i], expected[i + 1]), out (int Rank, int) merge) && (best < 0 || merge.Rank < merges[(expected[best], expected[best + 1])].Rank))
                        best = i;
                if (best < 0) break;
                expected[best] = merges[(expected[best], expected[best + 1])].Merged;
                expected.RemoveAt(best + 1);
            }
            Assert.Equal(expected, text[..new PairMerger(table).Merge(text)]);
        }
    }

    [Fact]
    public void TheHeapSorts()
    {
        var random = new Random(3);
        for (int size = 0; size < 60; size++)
        {
            using var heap = new MergeHeap(1);
            List<ulong> all = [.. Enumerable.Range(0, size).Select(_ => (ulong)random.Next(20))], taken = [];
            foreach (ulong item in all) heap.Append(item);
            heap.Order();
            for (int i = 0; i < 10; i++)
            {
                all.Add((ulong)random.Next(20));
                heap.Add(all[^1]);
            }
            while (heap.TryTake(out ulong least)) taken.Add(least);
            Assert.Equal(all.Order(), taken);
        }
    }

    [Fact]
    public void ALongPieceTakesNoQuadraticTime()
    {
        byte[] text = Encoding.UTF8.GetBytes(new string('a', 2_000_000));
        Tokenizer tokenizer = new(Model.Value, TokenizerPipeline.Gpt2);
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        int[] ids = tokenizer.Encode(text);
        // A merge that looks for its pair from the start each time would take 10^12 steps.
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 20);
        Assert.Equal(text, tokenizer.DecodeBytes(ids));
    }
}
