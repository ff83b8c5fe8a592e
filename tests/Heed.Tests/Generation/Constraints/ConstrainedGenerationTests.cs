using System.Text.Json;
using Heed.Generation;
using Heed.Models;
using Heed.Tokenization;

namespace Heed.Tests.Generation.Constraints;

/// <summary>Constraints on the ways in which models write.</summary>
public sealed class ConstrainedGenerationTests
{
    private static readonly Tokenizer Tokenizer = Vocabularies.Bytes;
    private static readonly int End = Vocabularies.End(Tokenizer);

    private const string Schema = """{"type":"object","properties":{"name":{"type":"string","maxLength":8},"age":{"type":"integer","minimum":0,"maximum":99}},"required":["name","age"]}""";

    // With a few ids that the tokenizer does not have, as models often come.
    private static readonly int Vocabulary = Tokenizer.VocabularySize + 5;

    private static LanguageModel Repeats(string text, int context = 64) => new(Parrot.Of([.. Tokenizer.Encode(text), End], context, Vocabulary, End), Tokenizer);

    [Fact]
    public void AModelThatKnowsNothingWritesWhatTheSchemaSays()
    {
        LanguageModel model = new(Parrot.Uniform(128, Vocabulary), Tokenizer);
        TokenConstraint constraint = new(Grammar.JsonSchema(Schema), Tokenizer);
        for (ulong seed = 0; seed < 8; seed++)
        {
            string text = model.Complete("x", new() { Constraint = constraint, Seed = seed, MaxTokens = 120, TopK = seed % 2 == 0 ? 0 : 40 });
            Assert.True(SchemaJudge.Fits(Schema, text), text);
        }
    }

    [Fact]
    public void TheEndOfAConstraintNeedsNoEndToken()
    {
        LanguageModel model = new(Parrot.Uniform(64, Vocabulary), Tokenizer);
        GeneratedText[] pieces = [.. model.Generate("x", new SamplingOptions { Constraint = new(Grammar.Choices(["yes"]), Tokenizer), MaxTokens = 50 })];
        Assert.Equal("yes", string.Concat(pieces.Select(p => p.Text)));
        Assert.Equal(FinishReason.Complete, pieces[^1].Finish);
        // Where the text could go on, the model ends it itself.
        Tokenizer letters = Tokenizer.Bytes("<|end|>");
        int end = Vocabularies.End(letters);
        LanguageModel parrot = new(Parrot.Of([.. letters.Encode("aab"), end], 32, letters.VocabularySize, end), letters);
        pieces = [.. parrot.Generate("a", new SamplingOptions { Constraint = new(Grammar.Regex("[ab]+"), letters), Temperature = 0, MaxTokens = 50 })];
        Assert.Equal("ab", string.Concat(pieces.Select(p => p.Text)));
        Assert.Equal(FinishReason.Stop, pieces[^1].Finish);
    }

    [Fact]
    public void TheModelsWishIsFollowedAsFarAsItFits()
    {
        Assert.Equal("the name", Repeats("Q: the name").Complete("Q:", new() { Constraint = new(Grammar.Choices([" the name", " the end"]), Tokenizer), Temperature = 0 }).Trim());
        Assert.Equal("the end", Repeats("Q: the end").Complete("Q:", new() { Constraint = new(Grammar.Choices([" the name", " the end"]), Tokenizer), Temperature = 0 }).Trim());
    }

    [Fact]
    public void OtherRulesGiveWayWhereTheyWouldLeaveNothing()
    {
        LanguageModel model = new(Parrot.Uniform(64, Vocabulary), Tokenizer);
        int a = Tokenizer.TokenToId("a")!.Value;
        TokenRules[] hard = [new() { NoRepeatNgram = 1 }, new() { Suppressed = [a] }, new() { Forbidden = [[a]] }, new() { MinNewTokens = 60 }, new() { ForcedEnd = [5] }];
        foreach (TokenRules rules in hard)
            Assert.Equal("a-a-a-a", model.Complete("a", new() { Constraint = new(Grammar.Regex("a(-a){3}"), Tokenizer), Rules = rules, Seed = 1, MaxTokens = 7 }));
    }

    [Fact]
    public void BeamsStayWithinTheConstraint()
    {
        Transformer model = Repeats("Q: the quick").Transformer;
        TokenConstraint constraint = new(Grammar.Choices([" the name", " the end", " 天地", " a fox"]), Tokenizer);
        IReadOnlyList<ScoredSequence> found = new BeamSearch(model).Run(Tokenizer.Encode("Q:"), new() { Sampling = new() { Temperature = 0, Constraint = constraint, MaxTokens = 20 }, Beams = new() { Count = 3, Returned = 2 } });
        Assert.Equal(2, found.Count);
        Assert.All(found, s => Assert.True(constraint.Check(s.Tokens, [End]).IsComplete, Tokenizer.Decode([.. s.Tokens])));
        Assert.StartsWith(" the", Tokenizer.Decode([.. found[0].Tokens]), StringComparison.Ordinal);
    }

    [Fact]
    public void SpeculationWritesTheSame()
    {
        const string text = "the name is \"quoted\"; the name is \"quoted\"; the end";
        LanguageModel model = Repeats(text, 128);
        SamplingOptions options = new() { Constraint = new(Grammar.Regex("[a-z ]+(is \"[a-z]{3}\"; [a-z ]+){0,3}"), Tokenizer), Temperature = 0, MaxTokens = 40 };
        SpeculativeGenerator speculative = new(model.Transformer, new() { Lookup = 2 });
        Assert.Equal(model.Complete("the name is", options), string.Concat(model.Generate(speculative, "the name is", options).Select(p => p.Text)));
    }

    [Fact]
    public void RequestsOfAnEngineHaveConstraintsOfTheirOwn()
    {
        Transformer model = Parrot.Uniform(64, Vocabulary);
        using EngineCore engine = new(model, new EngineOptions());
        string[] patterns = ["[0-9]{3}", "(ab){2,3}", "天+光", "yes|no"];
        GenerationHandle[] handles = [.. patterns.Select((p, i) => engine.Submit(new() { Prompt = Tokenizer.Encode("x"), Options = new() { Sampling = new() { Constraint = new(Grammar.Regex(p), Tokenizer), Seed = (ulong)i, MaxTokens = 40 }, EndTokens = [End] } }, default))];
        while (engine.HasWork) engine.Step();
        for (int i = 0; i < patterns.Length; i++)
        {
            int[] ids = [.. handles[i].Tokens.ToBlockingEnumerable(TestContext.Current.CancellationToken).Select(t => t.Id)];
            Assert.NotEmpty(ids);
            Assert.NotNull(new TokenConstraint(Grammar.Regex(patterns[i]), Tokenizer).Check(ids, [End]).Missing);
        }
    }

    [Fact]
    public void AVocabularyThatIsStuckSaysWhy()
    {
        // Only the whole word is a token, no part of it that the model could go on with.
        Tokenizer words = Vocabularies.Words;
        LanguageModel model = new(Parrot.Uniform(16, words.VocabularySize), words);
        TokenConstraint constraint = new(Grammar.Regex("[a-z]{2}  [a-z]"), words); // two spaces: no WordPiece text has them
        Assert.Contains("no token", Assert.Throws<InvalidOperationException>(() => model.Complete("the", new() { Constraint = constraint })).Message, StringComparison.Ordinal);
    }
}
