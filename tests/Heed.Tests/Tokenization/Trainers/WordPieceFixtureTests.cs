using System.Text;
using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Trainers;

/// <summary>The WordPiece vocabulary beside the part that twelve runs of Hugging Face's trainer, which is not deterministic, had in common.</summary>
public sealed class WordPieceFixtureTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(500)]
    [InlineData(1000)]
    [InlineData(2000)]
    public void VocabularyCoversTheCommonTokensOfHuggingFace(int size)
    {
        using JsonDocument truth = Fixtures.ReadJson($"{TrainingTexts.Folder}hf_ts50k_wordpiece.json.gz");
        string[] common = [.. truth.RootElement.GetProperty("common_prefix").GetProperty($"{size}").EnumerateArray().Select(t => t.GetString()!)];
        string[] lines = TrainingTexts.Lines(TrainingTexts.ReadFor(truth.RootElement));
        var trainer = new WordPieceTrainer { VocabularySize = size + 1, SpecialTokens = [], MinFrequency = 1 };
        var tokenizer = Tokenizer.Train(lines, trainer, TokenizerPipeline.Bert, cancel: TestContext.Current.CancellationToken);
        var ours = Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.IdToToken).ToHashSet();
        double covered = (double)common.Count(ours.Contains) / common.Length;
        output.WriteLine($"{size}: {covered:P2} of {common.Length} tokens");
        Assert.True(covered >= 0.99, $"{covered:P2} of {common.Length}");
    }
}
