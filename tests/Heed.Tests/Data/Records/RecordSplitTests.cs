using CsCheck;
using Heed.Data.Records;

namespace Heed.Tests.Data.Records;

/// <summary>Which records are for validation and which for the test.</summary>
public sealed class RecordSplitTests
{
    private static DataSplit[] Deal(RecordSplit split, IReadOnlyList<string> texts) => [.. texts.Select((t, i) => split.Of(i, texts.Count, t))];

    [Fact]
    public void TheEndIsCutByCount()
    {
        string[] texts = [.. Enumerable.Range(0, 20).Select(i => $"{i}")];
        DataSplit[] parts = Deal(new RecordSplit(SplitRule.End, 0.1, 0.15, 1), texts);
        Assert.Equal([.. Enumerable.Repeat(DataSplit.Training, 15), .. Enumerable.Repeat(DataSplit.Validation, 2), .. Enumerable.Repeat(DataSplit.Test, 3)], parts);
        Assert.Single(Deal(new RecordSplit(SplitRule.End, 0.001, 0, 1), texts), DataSplit.Validation);
        Assert.DoesNotContain(DataSplit.Validation, Deal(new RecordSplit(SplitRule.End, 0, 0, 1), texts));
    }

    [Fact]
    public void AHashKeepsEqualTextsTogetherInAnyOrder() => Gen.Select(Gen.Int[0, 30].Array[1, 60], Gen.Int).Sample((numbers, seed) =>
    {
        RecordSplit split = new(SplitRule.Hash, 0.3, 0.2, 0);
        string[] texts = [.. numbers.Select(n => $"text {n}")], mixed = [.. texts];
        new Random(seed).Shuffle(mixed);
        Dictionary<string, DataSplit> of = [];
        foreach ((string text, DataSplit part) in texts.Zip(Deal(split, texts)).Concat(mixed.Zip(Deal(split, mixed))))
            Assert.Equal(of.TryGetValue(text, out DataSplit before) ? before : of[text] = part, part);
    }, iter: 50, threads: 1);

    [Theory]
    [InlineData(SplitRule.Hash)]
    [InlineData(SplitRule.Random)]
    public void SharesAreAboutThoseAskedFor(SplitRule rule)
    {
        string[] texts = [.. Enumerable.Range(0, 4000).Select(i => $"{i}")];
        DataSplit[] parts = Deal(new RecordSplit(rule, 0.2, 0.1, 7), texts);
        Assert.InRange(parts.Count(p => p == DataSplit.Validation), 700, 900);
        Assert.InRange(parts.Count(p => p == DataSplit.Test), 330, 470);
        if (rule == SplitRule.Random) Assert.NotEqual(parts, Deal(new RecordSplit(rule, 0.2, 0.1, 8), texts));
    }
}
