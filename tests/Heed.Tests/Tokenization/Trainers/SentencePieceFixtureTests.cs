using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Trainers;

/// <summary>Vocabularies and compression beside those of sentencepiece and of Hugging Face's unigram trainer.</summary>
public sealed class SentencePieceFixtureTests(ITestOutputHelper output)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("spm_ts50k_bpe_400", 0.95)]
    [InlineData("spm_ts_bpe_2000", 0.95)]
    [InlineData("spm_ts_llama_2000", 0.95)]
    [InlineData("spm_ts50k_unigram_400", 0.90)]
    [InlineData("spm_ts_unigram_2000", 0.90)]
    public void VocabularyAndCompressionAreThoseOfSentencePiece(string name, double least)
    {
        using JsonDocument truth = Fixtures.ReadJson($"{TrainingTexts.Folder}{name}.json.gz");
        string[] theirs = [.. truth.RootElement.GetProperty("vocab").EnumerateArray().Select(t => t[0].GetString()!)];
        bool llama = truth.RootElement.GetProperty("args").GetString()!.Contains("byte_fallback", StringComparison.Ordinal);
        BpeTrainer bpe = BpeTrainer.SentencePiece with { VocabularySize = theirs.Length, CharacterCoverage = 1 };
        TokenizerTrainer trainer = name.Contains("unigram", StringComparison.Ordinal)
            ? new UnigramTrainer { VocabularySize = theirs.Length }
            : llama ? bpe : bpe with { ByteFallback = false, Pieces = new PieceRule() };
        var tokenizer = Tokenizer.Train(TrainingTexts.Sentences(TrainingTexts.ReadFor(truth.RootElement)), trainer, TokenizerPipeline.SentencePiece, cancel: Cancel);

        string[] ours = [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.IdToToken)];
        Assert.Equal(theirs.Length, ours.Length);
        int first = ours.Zip(theirs).TakeWhile(pair => pair.First == pair.Second).Count();
        double overlap = (double)theirs.Intersect(ours).Count() / theirs.Length;
        (double ratio, double perByte) = Compression(tokenizer, truth.RootElement.GetProperty("heldout"));
        output.WriteLine($"{name}: overlap {overlap:P2}, the first {first} alike, {perByte:F5} tokens a byte, {ratio - 1:P2} against theirs");
        Assert.True(overlap >= least, $"overlap {overlap:P2}");
        Assert.InRange(ratio, 0.99, 1.01);
        if (trainer is BpeTrainer) Assert.True(first >= Math.Min(100, theirs.Length / 2), $"the first {first} tokens are alike");
    }

    [Fact]
    public void UnigramVocabularyIsThatOfHuggingFace()
    {
        using JsonDocument truth = Fixtures.ReadJson($"{TrainingTexts.Folder}hf_ts50k_unigram.json.gz");
        var theirs = truth.RootElement.GetProperty("vocab").EnumerateArray().ToDictionary(t => t[0].GetString()!, t => t[1].GetDouble());
        var trainer = new UnigramTrainer { VocabularySize = 8000, SpecialTokens = [], UnknownToken = null, Style = UnigramStyle.HuggingFace, Pieces = new PieceRule { SplitByScript = false, Lines = true } };
        var tokenizer = Tokenizer.Train(TrainingTexts.Lines(TrainingTexts.ReadFor(truth.RootElement)), trainer, TrainingTexts.Metaspace, cancel: Cancel);
        var model = (UnigramModel)tokenizer.Model;
        string[] ours = [.. Enumerable.Range(0, model.Count).Select(model.TokenOf)];
        int shared = ours.Count(theirs.ContainsKey);
        var pieces = new UnigramModel(theirs.Select(p => (p.Key, p.Value)), unknownId: null);
        var original = new Tokenizer(pieces, TrainingTexts.Metaspace);
        string text = TrainingTexts.Read("ts_50k.txt");
        int ourTokens = TrainingTexts.Lines(text).Sum(l => tokenizer.Encode(l).Length), theirTokens = TrainingTexts.Lines(text).Sum(l => original.Encode(l).Length);
        output.WriteLine($"{ours.Length} of {theirs.Count} pieces, {shared} shared, {ourTokens} to {theirTokens} tokens");
        Assert.True(shared >= 0.9 * theirs.Count && shared >= 0.9 * ours.Length, $"{shared} shared of {theirs.Count} and {ours.Length}");
        Assert.InRange((double)ourTokens / theirTokens, 0.99, 1.01);
    }

    /// <summary>Lines one by one, without their line ends, as the fixture was made.</summary>
    private static (double Ratio, double PerByte) Compression(Tokenizer tokenizer, JsonElement heldOut)
    {
        string[] lines = TrainingTexts.Sentences(TrainingTexts.Read("ts_tail.txt"));
        Assert.Equal(heldOut.GetProperty("lines").GetInt32(), lines.Length);
        double perByte = lines.Sum(line => (double)tokenizer.Encode(line, SpecialTokens.None).Length) / heldOut.GetProperty("bytes").GetInt32();
        return (perByte / heldOut.GetProperty("tokens_per_byte").GetDouble(), perByte);
    }
}
