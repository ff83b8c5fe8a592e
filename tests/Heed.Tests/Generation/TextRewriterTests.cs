using System.Text;
using System.Text.Json.Nodes;
using Heed.Generation;
using Heed.Models;
using Heed.Tests.Formats;
using Heed.Tests.Models;
using Heed.Tokenization;

namespace Heed.Tests.Generation;

/// <summary>Text in, text out, over a tokenizer of bytes that ends every text with its end token (256).</summary>
public sealed class TextRewriterTests
{
    private const int End = 256, Vocabulary = 260;

    private static Tokenizer Bytes()
    {
        Tokenizer bytes = Tokenizer.Bytes("</s>", "<pad>");
        return new Tokenizer(bytes.Model, bytes.Pipeline with { PostProcessor = TemplatePostProcessor.Around(null, ("</s>", End)) }, bytes.AddedTokens);
    }

    private static Transformer Model(string variant = "t5") => TinyRewriters.Random(TinyRewriters.Config(variant, vocabulary: Vocabulary) with { EndTokens = [End] });

    // Letters only, so that the answers are text.
    private static GenerationOptions Letters(int beams = 1, int tokens = 12) => new()
    {
        Sampling = new() { Temperature = 0, MaxTokens = tokens, Rules = new() { Suppressed = [.. Enumerable.Range(0, 256).Where(b => b is < 'a' or > 'z'), 257, 258, 259], MinNewTokens = 3 } },
        Beams = new() { Count = beams, Returned = beams },
    };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void AnAnswerIsTheDecodedGenerationOfTheEncodedText(int beams)
    {
        TextRewriter rewriter = new(Model(), Bytes(), Letters(beams));
        int[] source = [.. Encoding.UTF8.GetBytes("Hallo").Select(b => (int)b), End];
        Assert.Equal(source, rewriter.Encode("Hallo"));
        IReadOnlyList<int> expected = beams > 1
            ? new BeamSearch(rewriter.Transformer).Run(source, Letters(beams))[0].Tokens
            : [.. new Generator(rewriter.Transformer).Write([source], Letters()).Select(step => step[0].Id)];
        string answer = rewriter.Run("Hallo");
        Assert.Equal(string.Concat(expected.Where(id => id != End).Select(id => (char)id)), answer);
        Assert.Matches("^[a-z]{3,12}$", answer);
    }

    [Theory]
    [InlineData("t5", 1)]
    [InlineData("t5", 3)]
    [InlineData("marian", 2)]
    public void ManyTextsEqualEachAlone(string variant, int beams)
    {
        TextRewriter rewriter = new(Model(variant), Bytes(), Letters(beams));
        string[] texts = [.. Enumerable.Range(0, 37).Select(i => new string((char)('A' + i % 26), 1 + i * 7 % 30))];
        IReadOnlyList<string> together = rewriter.Run(texts);
        IReadOnlyList<IReadOnlyList<string>> all = rewriter.RunAll(texts);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(rewriter.Run(texts[i]), together[i]);
            Assert.Equal(beams, all[i].Count);
            Assert.Equal(together[i], all[i][0]);
        }
        Assert.True(together.Distinct().Count() > 5);
    }

    [Theory]
    [InlineData("t5")]
    [InlineData("bart")]
    [InlineData("marian")]
    public void AnAnswerThatIsBegunGoesOnAsItself(string variant)
    {
        TextRewriter rewriter = new(Model(variant), Bytes(), Letters());
        RewrittenText whole = rewriter.RewriteAll(["Hallo", "ab"])[0][0];
        Assert.True(whole.Tokens.Count > 5);
        foreach (int begun in new[] { 1, 4 })
        {
            GenerationOptions rest = Letters(tokens: 12 - begun) with { DecoderPrefix = [.. whole.Tokens.Take(begun)] };
            Assert.Equal(whole.Tokens.Skip(begun), rewriter.RewriteAll(["Hallo"], rest)[0][0].Tokens);
        }
        Assert.Contains("without beams", Assert.Throws<ArgumentException>(() => rewriter.RewriteAll(["x"], Letters(beams: 2) with { DecoderPrefix = [97] })).Message);
        Assert.Contains("260", Assert.Throws<ArgumentException>(() => rewriter.RewriteAll(["x"], Letters() with { DecoderPrefix = [260] })).Message);
        if (variant != "t5") Assert.Contains("context is 40", Assert.Throws<ArgumentException>(() => rewriter.RewriteAll(["x"], Letters() with { DecoderPrefix = [.. Enumerable.Repeat(97, 40)] })).Message);
    }

    [Theory]
    [InlineData("t5")]
    [InlineData("bart")]
    [InlineData("marian")]
    public void ScoresAreWhatTheGeneratorTellsTokenByToken(string variant)
    {
        TextRewriter rewriter = new(Model(variant), Bytes(), Letters());
        GenerationOptions told = new() { Sampling = new() { Temperature = 1, Seed = 3, MaxTokens = 35, LogProbs = 4, StopAtEnd = false } };
        GeneratedToken[] written = [.. new Generator(rewriter.Transformer).Write([rewriter.Encode("Hallo")], told).Select(step => step[0])];
        Assert.Equal(35, written.Length); // more rows than are scored at a time
        int[] ids = [.. written.Select(t => t.Id)];
        IReadOnlyList<GeneratedToken> scored = rewriter.Score("Hallo", ids, 4);
        Assert.Equal(ids, scored.Select(t => t.Id));
        for (int i = 0; i < ids.Length; i++)
        {
            Assert.Equal(written[i].LogProb, scored[i].LogProb, 1e-4);
            Assert.Equal(written[i].Top.Select(t => t.LogProb), scored[i].Top.Select(t => t.LogProb), (a, b) => Math.Abs(a - b) < 1e-4);
        }
        IReadOnlyList<TokenProbability> next = rewriter.Next("Hallo", [.. ids.Take(7)], 4);
        Assert.Equal(scored[7].Top.Select(t => t.Id), next.Select(t => t.Id));
        Assert.Equal(1, rewriter.Next("Hallo", [], Vocabulary).Sum(t => t.Probability), 1e-4);
        Assert.Empty(rewriter.Score("Hallo", []));
    }

    [Fact]
    public void LongTextsAreCutButKeepTheirEnd()
    {
        TextRewriter rewriter = new(Model("bart"), Bytes(), Letters());
        Assert.Equal(40, rewriter.MaxSourceTokens);
        int[] ids = rewriter.Encode(new string('x', 100));
        Assert.Equal([.. Enumerable.Repeat((int)'x', 39), End], ids);
        Assert.Equal(rewriter.Run(new string('x', 39)), rewriter.Run(new string('x', 100)));
        Assert.Equal(5, new TextRewriter(Model(), Bytes()) { MaxSourceTokens = 5 }.Encode("abcdefgh").Length);
    }

    [Fact]
    public void TasksComeFromTheFolder()
    {
        using TemporaryFolder folder = new();
        ModelFolder.Save(Model(), folder.Path);
        Bytes().Save(folder["tokenizer.json"]);
        JsonObject config = JsonNode.Parse(File.ReadAllText(folder["config.json"]))!.AsObject();
        config["task_specific_params"] = JsonNode.Parse("""{ "summarization": { "prefix": "summarize: ", "num_beams": 2, "max_length": 9, "length_penalty": 2.0, "early_stopping": true }, "translation_en_to_de": { "prefix": "translate English to German: " } }""");
        File.WriteAllText(folder["config.json"], config.ToJsonString());
        File.WriteAllText(folder["generation_config.json"], """{ "max_new_tokens": 7, "suppress_tokens": [257, 258, 259] }""");
        TextRewriter rewriter = TextRewriter.Load(folder.Path);
        Assert.Equal(["summarization", "translation_en_to_de"], rewriter.Tasks.Keys.Order());
        RewritingTask task = rewriter.Tasks["summarization"];
        Assert.Equal(new BeamOptions { Count = 2, LengthPenalty = 2, EarlyStopping = EarlyStopping.WhenFull }, task.Options.Beams);
        Assert.Equal(9, task.Options.MaxLength);
        Assert.Equal(7, rewriter.Defaults.Sampling.MaxTokens);
        Assert.Equal(rewriter.Run("summarize: x", task.Options), rewriter.Run("x", task));
        Assert.Equal(rewriter.Run("translate English to German: x"), rewriter.Run("x", rewriter.Tasks["translation_en_to_de"]));
        Assert.Equal([rewriter.Run("x", task), rewriter.Run("y", task)], rewriter.Run(["x", "y"], task));
        Assert.Equal(8, new BeamSearch(rewriter.Transformer).Run(rewriter.Encode("x"), task.Options with { Sampling = task.Options.Sampling with { StopAtEnd = false } })[0].Tokens.Count); // 9 with the start token
    }

    [Fact]
    public void WhatCannotRewriteIsRefused()
    {
        Assert.Contains("only one stack", Assert.Throws<ArgumentException>(() => new TextRewriter(TinyModels.Random(TinyModels.Config("gpt2", vocabulary: 300)), Bytes())).Message);
        Assert.Contains("258 tokens", Assert.Throws<ArgumentException>(() => new TextRewriter(TinyRewriters.Random(TinyRewriters.Config("t5")), Bytes())).Message);
        Assert.Contains("no token", Assert.Throws<ArgumentException>(() => new TextRewriter(Model(), Tokenizer.Bytes()).Run("")).Message);
        Assert.Throws<FileNotFoundException>(() => TextRewriter.Load("/there/is/no/such/folder"));
    }
}
