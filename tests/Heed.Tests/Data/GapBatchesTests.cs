using CsCheck;
using Heed.Autograd;
using Heed.Data;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Tests.Data;

/// <summary>Gaps: prefix, middle and suffix put together are a part of a document, whatever was cut where.</summary>
public sealed class GapBatchesTests
{
    private const string End = "<|endoftext|>";
    private static readonly string[] Texts = ["int Twice(int x) => 2 * x;\n", "// 我是一个学生 😀😀\nvar a = b;\n", string.Concat(Enumerable.Range(0, 60).Select(i => $"line {i}: value;\n"))];
    private static readonly Tokenizer Tokenizer = Tokenizer.Train(Texts, new BpeTrainer { VocabularySize = 330, SpecialTokens = [End, .. GapTokens.Names] }, TokenizerPipeline.Gpt2);

    private static GapBatches Batches(GapOptions options, int context = 48) =>
        new(Texts.Select(t => GapDocument.Of(t, Tokenizer)), Tokenizer, Tokenizer.TokenToId(End)!.Value, 3, context, options, 5, "text");

    private static int Id(string token) => Tokenizer.TokenToId(token)!.Value;

    // The rows of a batch, padding left out.
    private static IEnumerable<int[]> Rows((Tensor Inputs, Tensor Targets) batch)
    {
        int context = batch.Inputs.Columns;
        for (int r = 0; r < batch.Inputs.Rows; r++)
        {
            List<int> ids = [batch.Inputs.Ints[r * context]];
            for (int i = 0; i < context && batch.Targets.Ints[r * context + i] is not LossOps.IgnoreIndex and int target; i++)
            {
                if (i > 0) Assert.Equal(ids[^1], batch.Inputs.Ints[r * context + i]);
                ids.Add(target);
            }
            yield return [.. ids];
        }
    }

    private static IEnumerable<int[]> Split(int[] ids, string token)
    {
        int id = Id(token);
        for (int first = 0, next; first <= ids.Length; first = next + 1)
        {
            next = Array.IndexOf(ids, id, first);
            if (next < 0) next = ids.Length;
            yield return ids[first..next];
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatIsCutGoesTogetherAgain(bool characters) => Gen.Select(Gen.ULong, Gen.Int[16, 60]).Sample((seed, context) =>
    {
        foreach (int[] row in Rows(Batches(new GapOptions(1, 0.5, characters), context).Random(new RandomSource(seed))))
            foreach (int[] part in Split(row, "<fim_prefix>").Skip(1))
            {
                Assert.Equal(Id(End), part[^1]);
                int[][] halves = [.. Split(part[..^1], "<fim_middle>")], sides = [.. Split(halves[0], "<fim_suffix>")];
                Assert.Equal((2, 2), (halves.Length, sides.Length));
                // With the suffix first the prefix stands before the middle.
                string whole = Tokenizer.Decode([.. sides[0], .. halves[1], .. sides[1]]).Trim('\uFFFD');
                Assert.Contains(Texts, t => t.Contains(whole, StringComparison.Ordinal));
            }
    }, iter: 40);

    [Fact]
    public void RateAndOrderAreThoseAskedFor()
    {
        GapBatches batches = Batches(new GapOptions(0.3, 0.25));
        int gaps = 0, suffixFirst = 0, plain = 0;
        for (ulong seed = 0; seed < 250; seed++)
            foreach (int[] row in Rows(batches.Random(new RandomSource(seed))))
                if (row[0] != Id("<fim_prefix>")) plain++; // the first part of each row
                else
                {
                    gaps++;
                    if (row[1] == Id("<fim_suffix>")) suffixFirst++;
                }
        Assert.Equal(0.3, gaps / (double)(gaps + plain), 0.06);
        Assert.Equal(0.28, suffixFirst / (double)gaps, 0.1); // an empty prefix looks alike
        Assert.DoesNotContain(Rows(Batches(new GapOptions(0)).Random(new RandomSource(1))), r => r.Contains(Id("<fim_middle>")));
    }

    [Fact]
    public void ValidationIsAlwaysTheSameAndCoversTheText()
    {
        GapBatches batches = Batches(new GapOptions(0));
        string all = string.Concat(Rows(batches.InOrder(0, batches.Windows)).Select(ids => Tokenizer.Decode(ids)));
        int whole = Enumerable.Range(0, 60).Count(i => all.Contains($"line {i}: value", StringComparison.Ordinal));
        Assert.InRange(whole, 50, 60); // a line may stand on the border of two rows
        GapBatches cut = Batches(new GapOptions(0.5));
        Assert.Equal(Rows(cut.InOrder(1, 3)), Rows(cut.InOrder(1, 3)));
    }

    [Fact]
    public void TokenizersOfPublishedModelsAreKnown()
    {
        Assert.Equal(new GapTokens(257, 258, 259), GapTokens.Find(Tokenizer.Bytes([End, "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"])));
        Assert.Equal(new GapTokens(258, 257, 256), GapTokens.Find(Tokenizer.Bytes(["<｜fim▁end｜>", "<｜fim▁hole｜>", "<｜fim▁begin｜>"])));
        Assert.Null(GapTokens.Find(Tokenizer.Bytes([End, "<fim_prefix>"])));
    }
}
