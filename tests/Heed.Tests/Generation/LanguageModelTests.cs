using System.Text;
using Heed.Generation;
using Heed.Models;
using Heed.Tests.Formats;
using Heed.Tests.Models;
using Heed.Tokenization;

namespace Heed.Tests.Generation;

/// <summary>Text out of tokens: stop texts, whole characters, probabilities. The tokens are bytes, so every character is several tokens.</summary>
public sealed class LanguageModelTests
{
    private const string Text = "?床前明月光，疑是地上霜。😀 ça déjà vu\nend";

    private static readonly int[] Ids = [.. Encoding.UTF8.GetBytes(Text).Select(b => (int)b)];

    private static LanguageModel Parroting() => new(Parrot.Of(Ids, Ids.Length + 4, 256), Tokenizer.Bytes());

    private static GeneratedText[] Pieces(params string[] stops) =>
        [.. Parroting().Generate("?", new SamplingOptions { Temperature = 0, MaxTokens = Ids.Length - 1, Stop = stops })];

    private static string Joined(GeneratedText[] pieces) => string.Concat(pieces.Select(p => p.Text));

    [Fact]
    public void TextIsStreamedInWholeCharacters()
    {
        GeneratedText[] pieces = Pieces();
        Assert.Equal(Text[1..], Joined(pieces));
        Assert.Equal(Ids.Length - 1, pieces.Length);
        Assert.Contains(pieces, p => p.Text == "😀"); // a surrogate pair in one piece
        Assert.All(pieces, p => Assert.DoesNotContain('\uFFFD', p.Text));
        Assert.True(pieces.Count(p => p.Text.Length > 0) == Text[1..].EnumerateRunes().Count());
        Assert.All(pieces[..^1], p => Assert.Equal(FinishReason.None, p.Finish));
        Assert.Equal(FinishReason.Length, pieces[^1].Finish);
    }

    [Theory]
    [InlineData("疑是", "床前明月光，")]
    [InlineData("光，疑", "床前明月")]
    [InlineData("床", "")]
    [InlineData("\nend", "床前明月光，疑是地上霜。😀 ça déjà vu")]
    [InlineData("d", "床前明月光，疑是地上霜。😀 ça ")]
    public void AStopTextIsFoundAcrossTokensAndNeverWritten(string stop, string expected)
    {
        GeneratedText[] pieces = Pieces(stop);
        Assert.Equal(expected, Joined(pieces));
        Assert.Equal(FinishReason.Stop, pieces[^1].Finish);
        Assert.All(pieces[..^1], p => Assert.Equal(FinishReason.None, p.Finish));
    }

    [Theory]
    [InlineData("疑是水")]
    [InlineData("月光光")]
    [InlineData("ends")]
    public void TheBeginningOfAStopTextIsHeldBackOnlyUntilItFails(string stop)
    {
        GeneratedText[] pieces = Pieces(stop);
        Assert.Equal(Text[1..], Joined(pieces));
        Assert.Equal(FinishReason.Length, pieces[^1].Finish);
        // Nothing is held longer than needed: what is written lags behind by less than the stop text.
        StringBuilder written = new();
        List<int> tokens = [];
        foreach (GeneratedText piece in pieces)
        {
            written.Append(piece.Text);
            tokens.Add(piece.Token!.Value.Id);
            string whole = Encoding.UTF8.GetString([.. tokens.Select(t => (byte)t)]).TrimEnd('\uFFFD');
            Assert.True(whole.Length - written.Length < stop.Length);
        }
    }

    [Fact]
    public void OfSeveralStopTextsTheEarliestCounts()
    {
        Assert.Equal("床前", Joined(Pieces("地上", "明月", "月光")));
        Assert.Equal("床前明", Joined(Pieces("月光，疑是水", "月光", "光")));
    }

    [Fact]
    public void RandomBytesComeOutAsTheWholeTextWould()
    {
        // A model that knows nothing writes bytes that are mostly no UTF-8.
        Tokenizer tokenizer = Tokenizer.Bytes();
        LanguageModel model = new(Parrot.Uniform(120, 256), tokenizer);
        for (ulong seed = 0; seed < 20; seed++)
        {
            GeneratedText[] pieces = [.. model.Generate("月", new SamplingOptions { Seed = seed, MaxTokens = 100 })];
            int[] ids = [.. pieces.Select(p => p.Token!.Value.Id)];
            Assert.Equal(100, ids.Length);
            Assert.True(ids.Distinct().Count() > 50);
            Assert.All(pieces, p => Assert.Equal(-Math.Log(256), p.Token!.Value.LogProb, 1e-5));
            Assert.Equal(Encoding.UTF8.GetString([.. ids.Select(i => (byte)i)]), Joined(pieces));
            Assert.Equal(tokenizer.Decode(ids), Joined(pieces));
            foreach (GeneratedText piece in pieces)
                Assert.True(piece.Text.Length == 0 || !char.IsHighSurrogate(piece.Text[^1]), "half a character was written");
        }
    }

    [Fact]
    public void ATextThatEndsInTheMiddleOfACharacterSaysSo()
    {
        GeneratedText[] pieces = [.. Parroting().Generate("?", new SamplingOptions { Temperature = 0, MaxTokens = 4 })];
        Assert.Equal("床\uFFFD", Joined(pieces));
    }

    [Fact]
    public void TheEndTokenIsNotWritten()
    {
        Tokenizer tokenizer = Tokenizer.Bytes("<|endoftext|>");
        int end = tokenizer.TokenToId("<|endoftext|>")!.Value;
        LanguageModel model = new(Parrot.Of([.. Ids[..7], end, .. Ids[7..]], Ids.Length + 4, 257, end), tokenizer);
        GeneratedText[] pieces = [.. model.Generate("?", new SamplingOptions { Temperature = 0 })];
        Assert.Equal("床前", Joined(pieces));
        Assert.Equal(FinishReason.Stop, pieces[^1].Finish);
        Assert.Equal(end, pieces[^1].Token!.Value.Id);
        Assert.Equal([end], model.Encode("")); // an empty prompt starts with the token that stands between documents
        Assert.Contains("empty", Assert.Throws<ArgumentException>(() => Parroting().Encode("")).Message);
    }

    [Fact]
    public void NextGivesTheSoftmaxOfTheLogits()
    {
        LanguageModel model = new(TinyModels.Random(TinyModels.Config("llama", vocabulary: 256)), Tokenizer.Bytes());
        float[] logits = TinyModels.Logits(model.Transformer, model.Encode("月光"))[^256..];
        double total = logits.Sum(x => Math.Exp((double)x));
        IReadOnlyList<NextToken> next = model.Next("月光", 300);
        Assert.Equal(256, next.Count);
        Assert.Equal(1, next.Sum(n => n.Probability), 1e-5);
        foreach (NextToken n in next) Assert.Equal(Math.Exp(logits[n.Id]) / total, n.Probability, 1e-6);
        Assert.Equal(next.OrderByDescending(n => n.Probability).Select(n => n.Id), next.Select(n => n.Id));
        Assert.Equal("a", next.First(n => n.Id == 'a').Text);
        Assert.Equal(5, model.Next("月光", 5).Count);
    }

    [Fact]
    public void AModelFolderIsSavedAndLoadedWithItsTokenizer()
    {
        using TemporaryFolder folder = new();
        LanguageModel model = new(TinyModels.Random(TinyModels.Config("qwen2", vocabulary: 300)), Tokenizer.Bytes("<|endoftext|>"));
        model.Save(folder["model"]);
        LanguageModel loaded = LanguageModel.Load(folder["model"]);
        SamplingOptions options = new() { Seed = 8, MaxTokens = 20, TopK = 30 };
        Assert.Equal(model.Complete("春眠", options), loaded.Complete("春眠", options));
        Assert.Contains("257 tokens, the model only 61", Assert.Throws<ArgumentException>(() => new LanguageModel(TinyModels.Random(TinyModels.Config("gpt2")), Tokenizer.Bytes("<|x|>"))).Message);
    }
}
