using System.Text;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Trainers;

/// <summary>Trained tokenizers are whole pipelines: what they encode comes back, and their files are themselves.</summary>
public sealed class RoundTripTests
{
    private const string Text = "The cat sat on the mat, and the hat sat on the cat: 1234 cats. 小猫坐在垫子上，小猫小猫。 It's naïve!\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Tokenizer Make(string kind)
    {
        string[] texts = [.. Enumerable.Repeat(Text, 5)];
        return kind switch
        {
            "gpt2" => Tokenizer.Train(texts, new BpeTrainer { VocabularySize = 330 }, TokenizerPipeline.Gpt2, cancel: Cancel),
            "gpt4" => Tokenizer.Train(texts, new BpeTrainer { VocabularySize = 330 }, TokenizerPipeline.Gpt4, cancel: Cancel),
            "o200k" => Tokenizer.Train(texts, new BpeTrainer { VocabularySize = 330 }, TokenizerPipeline.O200k, cancel: Cancel),
            "qwen2" => Tokenizer.Train(texts, new BpeTrainer { VocabularySize = 330 }, TokenizerPipeline.Qwen2, cancel: Cancel),
            "bytes" => Tokenizer.Train(texts, new BpeTrainer { VocabularySize = 330 }, TokenizerPipeline.Bytes, cancel: Cancel),
            "pattern" => Tokenizer.Train(texts, new BpeTrainer { VocabularySize = 330 }, TokenizerPipeline.ByteLevel(@"\p{Han}|\w+"), cancel: Cancel),
            "sentencepiece bpe" => Tokenizer.Train(texts, BpeTrainer.SentencePiece with { VocabularySize = 400 }, TokenizerPipeline.SentencePiece, cancel: Cancel),
            "unigram" => Tokenizer.Train(texts, new UnigramTrainer { VocabularySize = 400, ByteFallback = true }, TokenizerPipeline.SentencePiece, cancel: Cancel),
            "wordpiece" => Tokenizer.Train(texts, new WordPieceTrainer { VocabularySize = 200 }, TokenizerPipeline.Bert, cancel: Cancel),
            _ => throw new ArgumentException(kind),
        };
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt4")]
    [InlineData("o200k")]
    [InlineData("qwen2")]
    [InlineData("bytes")]
    [InlineData("pattern")]
    public void ByteLevelOnesTakeAnyBytes(string kind)
    {
        Tokenizer tokenizer = Make(kind);
        var random = new Random(1);
        for (int round = 0; round < 300; round++)
        {
            byte[] bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            Assert.Equal(bytes, tokenizer.DecodeBytes(tokenizer.Encode(bytes, SpecialTokens.None)));
        }
        Assert.True(tokenizer.Encode(Text).Length < Encoding.UTF8.GetByteCount(Text) / 2);
    }

    [Theory]
    [InlineData("sentencepiece bpe")]
    [InlineData("unigram")]
    public void ByteFallbackTakesAnyText(string kind)
    {
        Tokenizer tokenizer = Make(kind);
        var random = new Random(2);
        string[] parts = ["the", " ", "  ", "cat", "小猫", "😀", "\n", "\t", "é", "\u0301", "\0", "１", ".", "Zz", "ﷺ", "<0x41>", "<s>", "<unk>"];
        for (int round = 0; round < 500; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => parts[random.Next(parts.Length)]));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, SpecialTokens.None)));
        }
        Assert.True(tokenizer.Encode(Text).Length < Text.Length);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt4")]
    [InlineData("o200k")]
    [InlineData("qwen2")]
    [InlineData("bytes")]
    [InlineData("pattern")]
    [InlineData("sentencepiece bpe")]
    [InlineData("unigram")]
    [InlineData("wordpiece")]
    public void FilesAreReadBack(string kind)
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Make(kind);
        tokenizer.Save(folder["tokenizer.json"]);
        var again = Tokenizer.Load(folder["tokenizer.json"]);
        Assert.Equal(tokenizer.Fingerprint, again.Fingerprint);
        foreach (string text in (string[])[Text, "", " ", "Cats in hats; 猫 😀 ?", "the  cat "])
        {
            Assert.Equal(tokenizer.Encode(text, SpecialTokens.None), again.Encode(text, SpecialTokens.None));
            Assert.Equal(tokenizer.Decode(tokenizer.Encode(text)), again.Decode(again.Encode(text)));
        }
    }

    [Fact]
    public void WordPieceCutsWords()
    {
        Tokenizer tokenizer = Make("wordpiece");
        Assert.Equal("the cat sat!", tokenizer.Decode(tokenizer.Encode("The CAT sat!", SpecialTokens.None)));
        Assert.Equal([tokenizer.TokenToId("[UNK]")!.Value], tokenizer.Encode("ж", SpecialTokens.None));
        Assert.Equal(5, tokenizer.AddedTokens.Count);
    }
}
