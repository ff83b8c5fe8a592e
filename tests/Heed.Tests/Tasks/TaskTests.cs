using Heed.Formats;
using Heed.Models;
using Heed.Tasks;
using Heed.Tensors;
using Heed.Tests.Formats;
using Heed.Tests.Models;
using Heed.Tokenization;

namespace Heed.Tests.Tasks;

/// <summary>Filling masks, labelling texts and words: answers that can be told by hand, and what must hold for any model.</summary>
public sealed class TaskTests
{
    [Fact]
    public void AMaskIsFilledByTheMostProbableWords()
    {
        Oracle o = new(HeadKind.Vocabulary, "paris is the capital of france lyon nice ##es");
        int paris = o.Tokenizer.TokenToId("paris")!.Value, nice = o.Tokenizer.TokenToId("nice")!.Value, es = o.Tokenizer.TokenToId("##es")!.Value;
        o.Bias(paris, 9).Bias(nice, 7).Bias(es, 5);
        FillMask fill = new(o.Model, o.Tokenizer);
        IReadOnlyList<MaskCandidate> found = Assert.Single(fill.Fill("Capital of France is  [MASK], nice!", count: 3));
        Assert.Equal(["paris", "nice", "es"], found.Select(c => c.Token));
        Assert.Equal([paris, nice, es], found.Select(c => c.Id));
        Assert.Equal("Capital of France is  paris, nice!", found[0].Text);
        Assert.Equal(found[0].Probability * Math.Exp(-2), found[1].Probability, 1e-6); // a difference of 2 in the bias
        IReadOnlyList<IReadOnlyList<MaskCandidate>> both = fill.Fill("the <mask> of [MASK]");
        Assert.Equal(2, both.Count);
        Assert.Equal(["the paris of [MASK]", "the [MASK] of paris"], both.Select(m => m[0].Text));
        Assert.Equal(1, fill.Fill("[MASK]", o.Tokenizer.VocabularySize)[0].Sum(c => c.Probability), 1e-5);
    }

    [Fact]
    public void ATextWithoutMaskOrTooLongIsAnError()
    {
        Oracle o = new(HeadKind.Vocabulary, "a b c", context: 8);
        FillMask fill = new(o.Model, o.Tokenizer);
        Assert.Contains("write [MASK]", Assert.Throws<ArgumentException>(() => fill.Fill("a b c")).Message);
        Assert.Contains("has 7 tokens; the model reads at most 6", Assert.Throws<ArgumentException>(() => fill.Fill("a b c a b c [MASK]")).Message);
        Assert.Contains("no token <gap>", Assert.Throws<ArgumentException>(() => new FillMask(o.Model, o.Tokenizer, "<gap>")).Message);
    }

    [Fact]
    public void LabelsComeBestFirstWithProbabilities()
    {
        // The pooled vector is tanh of the normalised first token, so the words' part in it is small but of the right sign.
        foreach ((ProblemKind? problem, double sum) in ((ProblemKind?, double)[])[(null, 1), (ProblemKind.SingleLabel, 1), (ProblemKind.MultiLabel, 0), (ProblemKind.Regression, 0)])
        {
            Oracle o = new Oracle(HeadKind.Sequence, "good bad film a", ["bad", "good", "other"], mixes: true, problem: problem).Says(0, "bad", 8).Says(1, "good", 8).Bias(2, -20);
            TextClassifier classifier = new(o.Model, o.Tokenizer);
            IReadOnlyList<LabelScore> good = classifier.Classify("a good film"), bad = classifier.Classify("A BAD film");
            Assert.Equal("good", good[0].Label);
            Assert.Equal("bad", bad[0].Label);
            Assert.Equal("other", good[2].Label);
            Assert.True(good[0].Score > good[1].Score && good[1].Score > good[2].Score);
            if (sum > 0) Assert.Equal(1, good.Sum(l => l.Score), 1e-9);
            float[] raw = classifier.RawScores([("a good film", null)])[0];
            double expected = problem switch { ProblemKind.Regression => raw[1], ProblemKind.MultiLabel => 1 / (1 + Math.Exp(-raw[1])), _ => Math.Exp(raw[1]) / raw.Sum(r => Math.Exp(r)) };
            Assert.Equal(expected, good[0].Score, 1e-6);
            if (problem == ProblemKind.Regression) Assert.True(good[2].Score < -10);
        }
    }

    [Fact]
    public void ATextOfAnyLengthIsClassifiedAndABatchAnswersAsItsTextsAlone()
    {
        Tokenizer tokenizer = Oracle.Trained();
        Transformer model = TinyModels.Random(TinyEncoders.Config("bert", HeadKind.Sequence, vocabulary: tokenizer.VocabularySize, context: 20));
        TextClassifier classifier = new(model, tokenizer);
        string[] texts = [.. Oracle.Sentences, string.Join(' ', Enumerable.Repeat("cats and dogs", 50))];
        IReadOnlyList<IReadOnlyList<LabelScore>> together = classifier.ClassifyAll(texts);
        for (int i = 0; i < texts.Length; i++)
        {
            IReadOnlyList<LabelScore> alone = classifier.Classify(texts[i]);
            Assert.Equal(alone.Select(l => l.Label), together[i].Select(l => l.Label));
            Assert.All(alone.Zip(together[i]), p => Assert.Equal(p.First.Score, p.Second.Score, 1e-5));
        }
        // What is cut off does not count; the second of a pair does.
        Assert.Equal(classifier.Classify(texts[^1]), classifier.Classify(texts[^1] + " bread"));
        Assert.NotEqual(classifier.Classify("cats", "bread"), classifier.Classify("cats", "water"));
        Assert.NotEqual(classifier.Classify("cats bread"), classifier.Classify("cats", "bread"));
        Assert.Empty(classifier.ClassifyAll(Array.Empty<string>()));
    }

    [Fact]
    public void WordsWithOneLabelAreOneEntityWithItsPlaceInTheText()
    {
        Oracle o = new Oracle(HeadKind.Tokens, "ada love ##lace met bob in new york , 𝒜 and paris london", ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])
            .Bias(0, 3).Says(1, "ada", 9).Says(2, "love", 9).Says(3, "##lace", 9).Says(1, "bob", 9).Says(3, "new", 9).Says(4, "york", 9).Says(3, "paris", 9).Says(3, "london", 9);
        TokenTagger tagger = new(o.Model, o.Tokenizer);
        const string text = "𝒜 Ada  Lovelace met Bob in New York, paris London";
        IReadOnlyList<TaggedEntity> entities = tagger.Tag(text);
        Assert.Equal([("PER", "Ada  Lovelace"), ("PER", "Bob"), ("LOC", "New York"), ("LOC", "paris"), ("LOC", "London")], entities.Select(e => (e.Label, e.Text)));
        Assert.All(entities, e => Assert.Equal(e.Text, text[e.Start..e.End]));
        Assert.All(entities, e => Assert.InRange(e.Score, 0.5, 1));
        Assert.Equal(["𝒜", "Ada", "Lovelace", "met", "Bob", "in", "New", "York", ",", "paris", "London"], tagger.Words(text).Select(w => w.Text));
        Assert.Empty(tagger.Tag(""));
        Assert.Empty(tagger.Tag("met in"));
    }

    [Fact]
    public void AnInsideWithoutABeginningBeginsAndAnotherKindEnds()
    {
        TaggedWord[] words = [.. "I-A I-A I-B B-B O X X B-X I-X".Split(' ').Select((label, i) => new TaggedWord(label, $"{i}", i, i + 1, 1))];
        Assert.Equal([("A", 0, 2), ("B", 2, 3), ("B", 3, 4), ("X", 5, 7), ("X", 7, 9)], TokenTagger.Merge("012345678", words).Select(e => (e.Label, e.Start, e.End)));
    }

    [Fact]
    public void ALongTextIsTaggedInParts()
    {
        Oracle o = new Oracle(HeadKind.Tokens, "ada met bob", ["O", "B-PER", "I-PER"], context: 10).Bias(0, 3).Says(1, "ada", 9).Says(1, "bob", 9);
        TokenTagger tagger = new(o.Model, o.Tokenizer);
        string text = string.Join(' ', Enumerable.Repeat("ada met met met bob met", 9));
        IReadOnlyList<TaggedEntity> entities = tagger.Tag(text);
        Assert.Equal(18, entities.Count);
        Assert.Equal(54, tagger.Words(text).Count);
        Assert.Equal(Enumerable.Range(0, 9).SelectMany(i => (int[])[24 * i, 24 * i + 16]).ToArray(), entities.Select(e => e.Start));
    }

    public static TheoryData<string> Loaders => ["FillMask", "TextClassifier", "TokenTagger", "QuestionAnswerer"];

    [Theory]
    [MemberData(nameof(Loaders))]
    public void AFolderLoadsAndOneOfAnotherKindIsRejected(string task)
    {
        (HeadKind head, Action<string> load, string expected) = task switch
        {
            "FillMask" => (HeadKind.Vocabulary, (Action<string>)(f => FillMask.Load(f).Fill("[MASK]")), "ForMaskedLM"),
            "TextClassifier" => (HeadKind.Sequence, f => TextClassifier.Load(f).Classify("a"), "ForSequenceClassification"),
            "TokenTagger" => (HeadKind.Tokens, f => TokenTagger.Load(f).Tag("a"), "ForTokenClassification"),
            _ => (HeadKind.Span, f => QuestionAnswerer.Load(f).Answer("a", "b"), "ForQuestionAnswering"),
        };
        using TemporaryFolder good = new(), bad = new(), decoder = new();
        Save(new Oracle(head, "a b"), good.Path);
        load(good.Path);
        Save(new Oracle(head == HeadKind.Tokens ? HeadKind.Span : HeadKind.Tokens, "a b"), bad.Path);
        var e = Assert.Throws<InvalidDataException>(() => load(bad.Path));
        Assert.Contains(expected, e.Message);
        Assert.Contains(bad.Path, e.Message);
        ModelFolder.Save(TinyModels.Random(TinyModels.Config("gpt2")), decoder.Path);
        Assert.Contains("a gpt2 model", Assert.Throws<InvalidDataException>(() => load(decoder.Path)).Message);
    }

    [Theory]
    [InlineData("""{ "mask_token": "<gap>" }""", "<gap>")]
    [InlineData("""{ "mask_token": { "content": "<gap>", "lstrip": true } }""", "<gap>")]
    [InlineData("""{ "mask_token": 5 }""", "[MASK]")]
    [InlineData("{ }", "[MASK]")]
    public void TheMaskIsThatOfTheConfiguration(string config, string expected)
    {
        using TemporaryFolder folder = new();
        Oracle o = new(HeadKind.Vocabulary, "<gap> a b");
        Save(o, folder.Path);
        File.WriteAllText(folder["tokenizer_config.json"], config);
        Assert.Equal(expected, FillMask.Load(folder.Path).Mask);
    }

    internal static void Save(Oracle o, string folder)
    {
        ModelFolder.Save(o.Model, folder);
        o.Tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
    }
}
