using CsCheck;
using Heed.Autograd;
using Heed.Data;
using Heed.Tensors;

namespace Heed.Tests.Data;

/// <summary>What batches of pairs and of labelled sequences share: order, padding, resumption.</summary>
public sealed class PaddedBatchesTests
{
    private const int Padding = 0, Start = 1;

    // Each sequence is told by its first id, so that a row shows which one it is.
    private static int[][] Sequences(int count, int seed, int longest = 12) =>
        [.. Enumerable.Range(0, count).Select(i => (int[])[100 + i, .. Enumerable.Range(0, (i * 7919 + seed) % longest).Select(k => 2 + (i + k) % 50)])];

    private static int[][] Rows(Tensor tensor) => [.. Enumerable.Range(0, tensor.Rows).Select(r => tensor.Ints.Slice(r * tensor.Columns, tensor.Columns).ToArray())];

    [Fact]
    public void AnEpochTakesEveryPairOnceAsItIs() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 9], Gen.ULong).Sample((count, batch, seed) =>
        {
            int[][] sources = Sequences(count, 3), targets = Sequences(count, 5);
            PairBatches pairs = new(sources, targets, batch, Padding, Start, seed, "pairs");
            Assert.Equal((count, (count + batch - 1) / batch), (pairs.Count, pairs.PerEpoch));
            for (int epoch = 0; epoch < 2; epoch++)
            {
                List<int> seen = [];
                for (int b = 0; b < pairs.PerEpoch; b++)
                {
                    using MemoryScope scope = new();
                    PairBatch got = pairs[(long)epoch * pairs.PerEpoch + b];
                    Assert.InRange(got.Sources.Rows, 1, batch);
                    foreach ((int[] source, int[] mask, int[] inputs, int[] labels) in Rows(got.Sources).Zip(Rows(got.SourceMask), Rows(got.DecoderInputs)).Zip(Rows(got.Labels), (t, l) => (t.First, t.Second, t.Third, l)))
                    {
                        int which = source[0] - 100;
                        seen.Add(which);
                        AssertPadded(sources[which], source, Padding);
                        Assert.Equal(source.Select((_, i) => i < sources[which].Length ? 1 : 0), mask);
                        AssertPadded(targets[which], labels, LossOps.IgnoreIndex);
                        AssertPadded([Start, .. targets[which][..^1]], inputs, Padding);
                    }
                    Assert.Equal(got.Sources.Columns, Rows(got.SourceMask).Max(m => m.Sum())); // as wide as the longest, no wider
                    Assert.Equal(got.Labels.Columns, Rows(got.Labels).Max(l => l.Count(id => id >= 0)));
                    Assert.Equal(got.Labels.Shape, got.DecoderInputs.Shape);
                }
                Assert.Equal(Enumerable.Range(0, count), seen.Order());
            }
        }, iter: 60, threads: 1);

    private static void AssertPadded(int[] ids, int[] row, int padding)
    {
        Assert.Equal(ids, row[..ids.Length]);
        Assert.All(row[ids.Length..], id => Assert.Equal(padding, id));
    }

    [Fact]
    public void ABatchDependsOnItsNumberAlone()
    {
        int[][] sequences = Sequences(97, 3);
        LabelledBatches one = Make(7), same = Make(7), other = Make(8);
        List<int[]> inOrder = [];
        for (int i = 0; i < 3 * one.PerEpoch; i++) inOrder.Add(Ids(one, i));
        for (int i = 3 * one.PerEpoch - 1; i >= 0; i -= 5) Assert.Equal(inOrder[i], Ids(same, i)); // asked backwards, by leaps
        Assert.Contains(Enumerable.Range(0, one.PerEpoch), i => !Ids(other, i).SequenceEqual(inOrder[i]));
        Assert.Contains(Enumerable.Range(0, one.PerEpoch), i => !inOrder[i + one.PerEpoch].SequenceEqual(inOrder[i])); // another epoch, another order

        LabelledBatches Make(ulong seed) => new(sequences, new int[97], 8, Padding, seed, "sentences");
        static int[] Ids(LabelledBatches batches, int i)
        {
            using MemoryScope scope = new();
            return batches[i].Inputs.Ints.ToArray();
        }
    }

    [Fact]
    public void SequencesOfLikeLengthsShareABatch()
    {
        int[][] sequences = Sequences(4000, 1, longest: 40);
        LabelledBatches batches = new(sequences, new int[4000], 16, Padding, 3, "sentences");
        long cells = 0, tokens = sequences.Sum(s => (long)s.Length);
        List<int> widths = [];
        for (int i = 0; i < batches.PerEpoch; i++)
        {
            using MemoryScope scope = new();
            LabelledBatch batch = batches[i];
            cells += batch.Inputs.Count;
            widths.Add(batch.Inputs.Columns);
        }
        Assert.True(cells < 1.06 * tokens, $"{cells} cells for {tokens} tokens");
        // Short and long batches alternate: neighbours are no more alike than any two.
        double neighbours = widths.Zip(widths.Skip(1), (a, b) => Math.Abs(a - b)).Average();
        double any = widths.SelectMany(a => widths.Select(b => (double)Math.Abs(a - b))).Average();
        Assert.InRange(neighbours, 0.75 * any, 1.25 * any);
    }

    [Fact]
    public void LittleOfABatchOfPairsIsPadding()
    {
        PhrasePair[] text = [.. PairGrammar.Training(1, 10_000)];
        int[][] sources = [.. text.Select(p => p.English.Split(' ').Select(w => w.Length).ToArray())], targets = [.. text.Select(p => p.Chinese.Select(c => (int)c).ToArray())];
        PairBatches pairs = new(sources, targets, 32, Padding, Start, 1, "pairs");
        long read = 0, written = 0;
        for (int i = 0; i < pairs.PerEpoch; i++)
        {
            using MemoryScope scope = new();
            PairBatch batch = pairs[i];
            (read, written) = (read + batch.Sources.Count, written + batch.Labels.Count);
        }
        Assert.True(read < 1.2 * sources.Sum(s => (long)s.Length), $"{read} cells of sources");
        Assert.True(written < 1.05 * targets.Sum(t => (long)t.Length), $"{written} cells of targets");
    }

    /// <summary>Sequences of one length meet others in every epoch.</summary>
    [Fact]
    public void EqualLengthsAreShuffledAnew()
    {
        int[][] sequences = [.. Enumerable.Range(0, 64).Select(i => (int[])[100 + i, 5, 5])];
        LabelledBatches batches = new(sequences, new int[64], 8, Padding, 1, "sentences");
        HashSet<string> seen = [];
        for (int i = 0; i < 10 * batches.PerEpoch; i++)
        {
            using MemoryScope scope = new();
            seen.Add(string.Join(',', Rows(batches[i].Inputs).Select(r => r[0]).Order()));
        }
        Assert.Equal(80, seen.Count);
    }

    [Fact]
    public void LabelsStayWithTheirSequences()
    {
        int[][] sequences = Sequences(50, 2);
        int[] labels = [.. Enumerable.Range(0, 50).Select(i => i % 7)];
        LabelledBatches batches = new(sequences, labels, 6, Padding, 1, "sentences");
        for (int i = 0; i < 2 * batches.PerEpoch; i++)
        {
            using MemoryScope scope = new();
            LabelledBatch batch = batches[i];
            int[] which = [.. Rows(batch.Inputs).Select(row => row[0] - 100)];
            Assert.Equal(which.Select(w => w % 7), batch.Labels.Ints.ToArray());
            Assert.Equal(new Shape(which.Length), batch.Labels.Shape);
        }
        using MemoryScope last = new();
        LabelledBatch ordered = batches.InOrder(45, 5);
        Assert.Equal(new[] { 145, 146, 147, 148, 149 }, Rows(ordered.Inputs).Select(r => r[0]));
        Assert.Equal(labels[45..], ordered.Labels.Ints.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => batches.InOrder(46, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => batches.InOrder(-1, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => batches.InOrder(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => batches[-1]);
    }

    [Fact]
    public void WhatCannotBeBatchedIsNamed()
    {
        Assert.Contains("training pairs have no sequence", Error(() => new PairBatches([], [], 2, 0, 1, 1, "training pairs")));
        Assert.Contains("2 sources and 1 targets", Error(() => new PairBatches([[5], [6]], [[5]], 2, 0, 1, 1, "training pairs")));
        Assert.Contains("sequence 1 of the targets of the training pairs is empty", Error(() => new PairBatches([[5], [6]], [[5], []], 2, 0, 1, 1, "training pairs")));
        Assert.Contains("sequence 0 of the sentences has the id -3", Error(() => new LabelledBatches([[5, -3]], [0], 2, 0, 1, "sentences")));
        Assert.Contains("1 sequences with 2 labels", Error(() => new LabelledBatches([[5]], [0, 1], 2, 0, 1, "sentences")));
        Assert.Contains("sequence 1 of the sentences has the label -1", Error(() => new LabelledBatches([[5], [6]], [0, -1], 2, 0, 1, "sentences")));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LabelledBatches([[5]], [0], 0, 0, 1, "sentences"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LabelledBatches([[5]], [0], 1, -1, 1, "sentences"));

        static string Error(Action action) => Assert.Throws<InvalidDataException>(action).Message;
    }
}
