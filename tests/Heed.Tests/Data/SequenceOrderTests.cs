using CsCheck;
using Heed.Data;

namespace Heed.Tests.Data;

/// <summary>Batches by tokens: full, within the bound, everything once an epoch, the same wherever one begins.</summary>
public sealed class SequenceOrderTests
{
    private static readonly Gen<(int[] First, int[] Second, int Tokens)> Cases =
        Gen.Select(Gen.Int[1, 80], Gen.Int[1, 40], Gen.Int[1, 200]).SelectMany((count, longest, tokens) => Gen.Select(Gen.Int[1, longest].Array[count], Gen.Int[1, longest].Array[count], (a, b) => (a, b, tokens)));

    [Fact]
    public void EveryBatchFitsAndAnEpochTakesEachSequenceOnce() => Cases.Sample((first, second, tokens) =>
    {
        SequenceOrder order = new(first, 1, 5, new TokenLimit(tokens, first, second));
        List<int> seen = [];
        for (int b = 0; b < order.PerEpoch; b++)
        {
            int[] batch = [.. order[b]];
            Assert.NotEmpty(batch);
            Assert.True(batch.Length == 1 || batch.Length * (batch.Max(i => first[i]) + batch.Max(i => second[i])) <= tokens);
            seen.AddRange(batch);
        }
        Assert.Equal(Enumerable.Range(0, first.Length), seen.Order());
    }, iter: 100, threads: 1);

    [Fact]
    public void ABatchDependsOnItsNumberAlone() => Cases.Sample((first, second, tokens) =>
    {
        SequenceOrder ahead = new(first, 1, 5, new TokenLimit(tokens, first, second)), behind = new(first, 1, 5, new TokenLimit(tokens, first, second));
        int[][] forward = [.. Enumerable.Range(0, 60).Select(i => ahead[i].ToArray())];
        for (int i = 59; i >= 0; i--) Assert.Equal(forward[i], behind[i].ToArray());
    }, iter: 30, threads: 1);

    [Fact]
    public void LikeLengthsFillTheirBatches()
    {
        int[] lengths = [.. Enumerable.Range(0, 2000).Select(i => 5 + i * 7919 % 60)];
        SequenceOrder order = new(lengths, 1, 1, new TokenLimit(512, lengths));
        double padded = 0;
        for (int b = 0; b < order.PerEpoch; b++) padded += order[b].Length * order[b].ToArray().Max(i => lengths[i]);
        Assert.InRange(lengths.Sum() / padded, 0.97, 1);
        Assert.InRange(padded / order.PerEpoch, 460, 512);
    }
}
