using Heed.Generation;
using Heed.Tests.Generation.Constraints;
using Heed.Tokenization;

namespace Heed.Tests.Generation;

/// <summary>Templates with models whose wishes are known.</summary>
public sealed class TemplateFillerTests
{
    private static readonly Tokenizer Letters = Tokenizer.Bytes("<|end|>");

    private static LanguageModel Repeats(string text, int context = 96)
    {
        int end = Vocabularies.End(Letters);
        return new(Parrot.Of([.. Letters.Encode(text), end], context, Letters.VocabularySize, end), Letters);
    }

    private static FilledTemplate Fill(string template, LanguageModel? model, params (string, string)[] data) =>
        new TemplateFiller(FillTemplate.Parse(template), model).Fill(data.ToDictionary(d => d.Item1, d => d.Item2), new() { Temperature = 0 });

    [Fact]
    public void TheModelFillsAndTheRestStays()
    {
        FilledTemplate filled = Fill("Name: {{n:max=12}}, mood: {{m:choice=bad|good}}. {{n}}", Repeats("Name: Ann Lee, mood: good. "));
        Assert.Equal("Name: Ann Lee, mood: good. Ann Lee", filled.Text);
        Assert.Equal(["Ann Lee", "good", "Ann Lee"], filled.Values.Select(v => v.Value));
        Assert.Equal([true, true, false], filled.Values.Select(v => v.FromModel));
        Assert.All(filled.Values.Take(2), v => Assert.InRange(v.Probability!.Value, 0.9, 1));
    }

    [Fact]
    public void EachKindOfBlankEndsWhereItMust()
    {
        Assert.Equal("a 12-34 b", Fill("a {{x:regex=\\d+}}-{{y:regex=\\d{2}}} b", Repeats("a 12-345 b")).Text);
        Assert.Equal("v [1,22];", Fill("v {{x:schema={\"type\":\"array\",\"items\":{\"type\":\"integer\"}}}};", Repeats("v [1,22];")).Text);
        Assert.Equal("say one", Fill("say {{x:stop=.}}", Repeats("say one. two")).Text);
        Assert.Equal("say one", Fill("say {{x:stop=. t}}", Repeats("say one. two")).Text);
        Assert.Equal("say one", Fill("say {{x:max=50}}", Repeats("say one\ntwo")).Text); // one line
        Assert.Equal("say one", Fill("say {{x:max=50}}", Repeats("say one")).Text); // the model's end
        Assert.Equal("say on", Fill("say {{x:max=2}}", Repeats("say one")).Text);
        Assert.Equal("x \"a;b}}\" y", Fill("x {{q:choice=\"\\\"a;b}}\\\"|c\"}} y", Repeats("x \"a;b}}\" y")).Text);
    }

    [Fact]
    public void TooFewTokensAreCompletedInTheShortestWay()
    {
        FilledBlank blank = Fill("v {{x:regex=(ab)+c;tokens=4}}", Repeats("v abababc")).Values[0];
        Assert.Equal(("ababc", true, 4), (blank.Value, blank.IsCut, blank.Tokens));
    }

    [Fact]
    public void AProbabilityIsAmongWhatTheBlankAllows()
    {
        LanguageModel model = new(Parrot.Uniform(32, Letters.VocabularySize), Letters);
        Assert.Equal(0.25, Fill("v {{x:choice=a|b|c|d}}", model).Values[0].Probability!.Value, 1e-6);
        // One letter, or two: then the model must say that the first is all. Behind the blank comes a point.
        FilledBlank two = Fill("v {{x:choice=a|ab}}.", model).Values[0];
        Assert.Equal(0.5, two.Probability!.Value, 1e-6);
    }

    [Fact]
    public void FixedTextIsReadOnceInOnePass()
    {
        string head = "a long beginning that all records share: ";
        TemplateFiller filler = new(FillTemplate.Parse(head + "{{x}} is {{y:choice=up|down}}"), Repeats(head + "1 is up"));
        Assert.Equal(head + "1 is up", filler.Fill(new Dictionary<string, string> { ["x"] = "1" }, new() { Temperature = 0 }).Text);
        (long tokens, long passes) = filler.Work;
        // All up to the blank, its space too, in one pass; what is certain once the first letter is chosen costs none.
        Assert.Equal((head.Length + "1 is ".Length, 1), (tokens, passes));
        filler.Fill(new Dictionary<string, string> { ["x"] = "2" }, new() { Temperature = 0 });
        Assert.Equal((tokens + "2 is ".Length, 2), filler.Work); // the head is remembered
    }

    [Fact]
    public void ATextOfStrangersIsPlainText()
    {
        LanguageModel model = new(Parrot.Uniform(64, Letters.VocabularySize), Letters);
        TemplateFiller filler = new(FillTemplate.Parse("{{x}}: {{y:choice=a|b}}"), model);
        filler.Fill(new Dictionary<string, string> { ["x"] = "<|end|>" }, new() { Temperature = 0 });
        Assert.Equal("<|end|>: ".Length, filler.Work.Tokens); // letters, not one token
    }

    [Fact]
    public void SpacesOfPiecesAreTheTexts()
    {
        Tokenizer pieces = Vocabularies.Pieces;
        LanguageModel model = new(Parrot.Uniform(64, pieces.VocabularySize), pieces);
        TemplateFiller filler = new(FillTemplate.Parse("the {{x:choice=name|end}}, the {{y:regex=[a-z]{3}}}!"), model);
        for (ulong seed = 0; seed < 5; seed++) Assert.Matches("^the (name|end), the [a-z]{3}!$", filler.Fill(new Dictionary<string, string>(), new() { Seed = seed }).Text);
    }

    [Theory]
    [InlineData("{{a", 1, 1)]
    [InlineData("x\n\n  {{a:}}", 3, 7)]
    [InlineData("{{a:regex=x;regex=y}}", 1, 13)]
    [InlineData("{{a:choice=}}", 1, 5)]
    [InlineData("{{a:choice=\"x}}", 1, 12)]
    [InlineData("{{a:tokens=x}}", 1, 1)]
    [InlineData("{{a:choice=x|y;regex=z}}", 1, 1)]
    [InlineData("{{a:schema={\"type\":}}", 1, 12)]
    [InlineData("{{a:schema=@file}}", 1, 1)]
    [InlineData("{{a?}}", 1, 4)]
    public void WrongTemplatesAreRefusedWithTheirPlace(string template, int line, int column) =>
        Assert.StartsWith($"line {line}, column {column}: ", Assert.Throws<FormatException>(() => FillTemplate.Parse(template)).Message, StringComparison.Ordinal);

    [Fact]
    public void WrongDataIsRefusedWithThePlaceOfItsBlank()
    {
        Refused("a\n {{name}}", "line 2, column 2: the blank 'name' is not in the data");
        Refused("a {{n:choice=a|b}}", "no model");
        Refused("{{x}} {{n:choice=a|b}}", "line 1, column 7: the blank 'n' does not allow the value 'c'", ("x", "1"), ("n", "c"));
        Assert.Contains("vocabulary", Assert.Throws<FormatException>(() => Fill("tale {{x:choice=XY}}", new(Parrot.Uniform(16, Vocabularies.Characters.VocabularySize), Vocabularies.Characters))).Message, StringComparison.Ordinal);

        static void Refused(string template, string words, params (string, string)[] data) =>
            Assert.Contains(words, Assert.Throws<FormatException>(() => Fill(template, null, data)).Message, StringComparison.Ordinal);
    }
}
