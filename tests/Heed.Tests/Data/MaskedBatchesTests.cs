using CsCheck;
using Heed.Autograd;
using Heed.Data;
using Heed.Tensors;

namespace Heed.Tests.Data;

public sealed class MaskedBatchesTests
{
    private const int Padding = 0, Begin = 1, End = 2, Mask = 3, Ordinary = 10, Size = 60;

    private static readonly MaskedVocabulary Words = new(Size, Mask, Padding, [Padding, Begin, End, Mask, 4, 5, 6, 7, 8, 9]);

    private static int[][] Sequences(int count, int shortest, int longest)
    {
        RandomSource random = new(99);
        return [.. Enumerable.Range(0, count).Select(_ => (int[])[Begin, .. Enumerable.Range(0, shortest + random.Next(longest - shortest + 1)).Select(_ => Ordinary + random.Next(Size - Ordinary)), End])];
    }

    private sealed record Cell(int Original, int Input, int Label, int Row);

    // Every token of some batches with what became of it; checks on the way what must hold in each.
    private static List<Cell> Cells(MaskedBatches batches, int[][] sequences, int count)
    {
        List<Cell> cells = [];
        HashSet<string> all = [.. sequences.Select(s => string.Join(',', s))];
        int row = 0;
        for (int i = 0; i < count; i++)
        {
            using MemoryScope scope = new();
            MaskedBatch batch = batches[i];
            Assert.Equal(batch.Inputs.Shape, batch.Mask.Shape);
            Assert.Equal(batch.Inputs.Shape, batch.Labels.Shape);
            for (int r = 0; r < batch.Inputs.Rows; r++, row++)
            {
                int[] inputs = Row(batch.Inputs, r), labels = Row(batch.Labels, r), mask = Row(batch.Mask, r);
                int length = mask.Sum();
                Assert.All(mask[..length], m => Assert.Equal(1, m));
                Assert.All(inputs[length..], id => Assert.Equal(Padding, id));
                Assert.All(labels[length..], id => Assert.Equal(LossOps.IgnoreIndex, id));
                int[] original = [.. inputs[..length].Select((id, t) => labels[t] == LossOps.IgnoreIndex ? id : labels[t])];
                Assert.Contains(string.Join(',', original), all); // labels put back give a sequence of the text
                Assert.Contains(labels, l => l >= 0);
                for (int t = 0; t < length; t++) cells.Add(new(original[t], inputs[t], labels[t], row));
            }
        }
        return cells;
    }

    private static int[] Row(Tensor tensor, int r) => tensor.Ints.Slice(r * tensor.Columns, tensor.Columns).ToArray();

    private static void AssertShare(long hits, long trials, double probability)
    {
        double deviation = Math.Sqrt(probability * (1 - probability) / trials);
        Assert.InRange((double)hits / trials, probability - 4.5 * deviation, probability + 4.5 * deviation);
    }

    [Fact]
    public void FifteenOfAHundredAreChosenAndTreatedAsInThePaper()
    {
        const int Length = 60; // long enough that none is ever without a choice: 0.85^60 is 6e-5
        int[][] sequences = Sequences(400, Length, Length);
        List<Cell> cells = Cells(new MaskedBatches(sequences, 20, Words, 5, "sentences"), sequences, 100);
        List<Cell> ordinary = [.. cells.Where(c => c.Original >= Ordinary)], chosen = [.. ordinary.Where(c => c.Label >= 0)];
        Assert.All(cells.Where(c => c.Original < Ordinary), c => Assert.Equal((c.Original, LossOps.IgnoreIndex), (c.Input, c.Label)));
        Assert.All(ordinary.Where(c => c.Label < 0), c => Assert.Equal(c.Original, c.Input));
        Assert.All(chosen, c => Assert.True(c.Input == Mask || c.Input >= Ordinary));
        AssertShare(chosen.Count, ordinary.Count, 0.15);
        AssertShare(chosen.Count(c => c.Input == Mask), chosen.Count, 0.8);
        AssertShare(chosen.Count(c => c.Input == c.Original), chosen.Count, 0.1 + 0.1 / (Size - Ordinary)); // a drawn token may be the original
        AssertShare(chosen.Count(c => c.Input != Mask && c.Input != c.Original), chosen.Count, 0.1 * (Size - Ordinary - 1) / (Size - Ordinary));
        // What is put in place is uniform over the ordinary ids.
        int[] drawn = [.. chosen.Where(c => c.Input != Mask && c.Input != c.Original).Select(c => c.Input)];
        for (int id = Ordinary; id < Size; id++) AssertShare(drawn.Count(d => d == id), drawn.Length, 1.0 / (Size - Ordinary));
    }

    [Theory]
    [InlineData(1, 0.15)]
    [InlineData(4, 0.15)]
    [InlineData(6, 0.4)]
    public void AShortSequenceAlwaysGivesOneWord(int length, double rate)
    {
        int[][] sequences = Sequences(500, length, length);
        List<Cell> cells = Cells(new MaskedBatches(sequences, 25, Words with { Rate = rate }, 5, "sentences"), sequences, 200);
        double expected = rate + Math.Pow(1 - rate, length) / length; // the one that is chosen when none was
        AssertShare(cells.Count(c => c.Label >= 0), cells.Count(c => c.Original >= Ordinary), Math.Min(expected, 1));
        for (int place = 0; length > 1 && place < length; place++)
        {
            int[] at = [.. Enumerable.Range(0, cells.Count / (length + 2)).Select(s => s * (length + 2) + 1 + place)];
            AssertShare(at.Count(i => cells[i].Label >= 0), at.Length, expected); // no place is preferred
        }
    }

    [Fact]
    public void WholeWordsAreChosenTogether()
    {
        // Odd ids continue a word.
        MaskedVocabulary whole = Words with { Continues = id => id % 2 == 1 };
        int[][] sequences = Sequences(300, 5, 30);
        MaskedBatches batches = new(sequences, 20, whole, 5, "sentences");
        List<Cell> cells = Cells(batches, sequences, 60);
        int mixed = 0;
        for (int i = 1; i < cells.Count; i++)
        {
            if (cells[i].Original < Ordinary || cells[i].Original % 2 == 0 || cells[i - 1].Original < Ordinary || cells[i].Row != cells[i - 1].Row) continue;
            Assert.Equal(cells[i - 1].Label >= 0, cells[i].Label >= 0);
            if (cells[i].Label >= 0 && (cells[i].Input == Mask) != (cells[i - 1].Input == Mask)) mixed++;
        }
        Assert.True(mixed > 0, "each token of a word is treated by itself");
    }

    [Fact]
    public void ABatchDependsOnItsNumberAlone()
    {
        int[][] sequences = Sequences(77, 3, 20);
        MaskedBatches one = Make(7), same = Make(7);
        int[][] inOrder = [.. Enumerable.Range(0, 3 * one.PerEpoch).Select(i => Inputs(one, i))];
        Gen.Int[0, inOrder.Length - 1].Sample(i => Assert.Equal(inOrder[i], Inputs(same, i)), iter: 50, threads: 1);
        Assert.Contains(Enumerable.Range(0, one.PerEpoch), i => !Inputs(Make(8), i).SequenceEqual(inOrder[i]));

        MaskedBatches Make(ulong seed) => new(sequences, 8, Words, seed, "sentences");
        static int[] Inputs(MaskedBatches batches, int i)
        {
            using MemoryScope scope = new();
            return batches[i].Inputs.Ints.ToArray();
        }
    }

    [Fact]
    public void ASequenceSeenAgainIsMaskedAnewButInOrderAlwaysAlike()
    {
        int[][] sequences = Sequences(40, 20, 20);
        MaskedBatches batches = new(sequences, 40, Words, 3, "sentences");
        using MemoryScope scope = new();
        HashSet<string> labels = [.. Enumerable.Range(0, 20).Select(i => string.Join(',', batches[i].Labels.Ints.ToArray().Select(l => l >= 0 ? 1 : 0).Order()) + string.Join(',', batches[i].Labels.Ints.ToArray()))];
        Assert.Equal(20, labels.Count);
        int[] all = batches.InOrder(0, 40).Labels.Ints.ToArray(), part = batches.InOrder(13, 5).Labels.Ints.ToArray();
        Assert.Equal(all.AsSpan(13 * 22, 5 * 22).ToArray(), part); // whatever stands beside a sequence
        Assert.Equal(all, batches.InOrder(0, 40).Labels.Ints.ToArray());
    }

    [Fact]
    public void WhatCannotBeMaskedIsNamed()
    {
        Assert.Contains("has the id 60; the vocabulary has 60", Error([[Begin, 60, End]]));
        Assert.Contains("sequence 1 of the sentences has special tokens only", Error([[20], [Begin, End]]));
        Assert.Contains("have no sequence", Error([]));
        Assert.Contains("rate of 0", Contradiction(Words with { Rate = 0 }));
        Assert.Contains("rate of NaN", Contradiction(Words with { Rate = double.NaN }));
        Assert.Contains("special id 60", Contradiction(Words with { MaskToken = 60 }));
        Assert.Contains("all 4 ids", Contradiction(new(4, Mask, Padding, [Begin, End])));

        static string Error(int[][] sequences) => Assert.Throws<InvalidDataException>(() => new MaskedBatches(sequences, 2, Words, 1, "sentences")).Message;
        static string Contradiction(MaskedVocabulary words) => Assert.Throws<ArgumentException>(() => new MaskedBatches([[3]], 2, words, 1, "sentences")).Message;
    }
}
