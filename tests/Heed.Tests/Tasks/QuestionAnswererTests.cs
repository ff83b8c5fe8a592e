using CsCheck;
using Heed.Models;
using Heed.Tasks;
using Heed.Tests.Models;
using Heed.Tokenization;

namespace Heed.Tests.Tasks;

public sealed class QuestionAnswererTests
{
    private const string Words = "where is the tower ? it stands in paris ##es since 1889 . dogs run far away";

    private static QuestionAnswerer Answers(int context = 64) => Of(new Oracle(HeadKind.Span, Words, context: context).Says(0, "paris", 4).Says(1, "paris", 3).Says(0, "1889", 2).Says(1, "1889", 2.5f));

    private static QuestionAnswerer Of(Oracle o) => new(o.Model, o.Tokenizer);

    [Fact]
    public void TheAnswerIsThePartOfTheContextWithItsPlace()
    {
        const string context = "The Tower: it stands in  Parises since 1889.";
        ContextAnswer answer = Answers().Answer("Where is the tower?", context);
        Assert.Equal("Parises", answer.Text); // whole words, as the text writes them
        Assert.Equal("Parises", context[answer.Start..answer.End]);
        Assert.InRange(answer.Score, 0.5, 1);
        IReadOnlyList<ContextAnswer> all = Answers().Answers("Where?", context, new AnswerOptions { Count = 3 });
        Assert.Equal(3, all.Count);
        Assert.Equal(all.OrderByDescending(a => a.Score), all);
        Assert.Equal(all.DistinctBy(a => (a.Start, a.End)), all);
    }

    [Fact]
    public void AnAnswerIsNoLongerThanAllowed()
    {
        // Start at paris, end at 1889: two words between.
        QuestionAnswerer answers = Of(new Oracle(HeadKind.Span, Words).Says(0, "paris", 9).Says(1, "1889", 9));
        const string context = "in paris it stands since 1889 far away";
        Assert.Equal("paris it stands since 1889", answers.Answer("?", context).Text);
        Assert.NotEqual("paris it stands since 1889", answers.Answer("?", context, new AnswerOptions { MaximumAnswerTokens = 4 }).Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void TheAnswerIsFoundAnywhereInALongContext(int overlap)
    {
        QuestionAnswerer answers = Answers(context: 16);
        for (int before = 0; before < 40; before++)
        {
            string context = string.Concat(Enumerable.Repeat("dogs run ", before)) + "paris" + string.Concat(Enumerable.Repeat(" far away", 40 - before));
            ContextAnswer answer = answers.Answer("where is it?", context, new AnswerOptions { Overlap = overlap });
            Assert.Equal(("paris", 9 * before), (answer.Text, answer.Start));
        }
    }

    [Fact]
    public void ThereMayBeNoAnswer()
    {
        Oracle o = new Oracle(HeadKind.Span, Words).Says(0, "[CLS]", 8).Says(1, "[CLS]", 8).Says(0, "paris", 4).Says(1, "paris", 4);
        QuestionAnswerer answers = Of(o);
        Assert.Equal("paris", answers.Answer("where?", "in paris").Text);
        ContextAnswer none = answers.Answer("where?", "in paris", new AnswerOptions { AllowNone = true });
        Assert.True(none.IsNone);
        Assert.Equal((0, 0), (none.Start, none.End));
        Assert.InRange(none.Score, 0.9, 1);
        IReadOnlyList<ContextAnswer> both = answers.Answers("where?", "in paris", new AnswerOptions { AllowNone = true, Count = 2 });
        Assert.Equal(["", "paris"], both.Select(a => a.Text));
    }

    [Fact]
    public void WhatCannotBeAskedIsNamed()
    {
        QuestionAnswerer answers = Answers(context: 12);
        Assert.Contains("question is empty", Assert.Throws<ArgumentException>(() => answers.Answer(" ", "in paris")).Message);
        Assert.Contains("context is empty", Assert.Throws<ArgumentException>(() => answers.Answer("where?", "")).Message);
        Assert.Contains("the question has 12 tokens, which leaves no room", Assert.Throws<ArgumentException>(() => answers.Answer(string.Concat(Enumerable.Repeat("where is ", 6)), "in paris")).Message);
    }

    [Fact]
    public void AnyAnswerIsAPartOfItsContext()
    {
        Tokenizer tokenizer = Oracle.Trained();
        QuestionAnswerer answers = new(TinyModels.Random(TinyEncoders.Config("bert", HeadKind.Span, vocabulary: tokenizer.VocabularySize, context: 24)), tokenizer);
        Gen<string> text = Gen.Int[0, 9].Select(i => "cat|stone,|é|𝒜|ship| |寝る|x-y|\t|bread".Split('|')[i]).Array[1, 30].Select(words => string.Join(' ', words)).Where(t => t.Trim().Length > 0);
        Gen.Select(text, Gen.Int[1, 4], Gen.Int[0, 30]).Sample((context, count, overlap) =>
        {
            IReadOnlyList<ContextAnswer> found = answers.Answers("the cat", context, new AnswerOptions { Count = count, Overlap = overlap, AllowNone = true });
            Assert.InRange(found.Count, 1, count);
            foreach (ContextAnswer a in found)
            {
                Assert.InRange(a.Start, 0, a.End);
                Assert.Equal(a.Text, context[a.Start..a.End]);
                Assert.Equal(a.Text.Trim(), a.Text);
                Assert.InRange(a.Score, 0, 1);
            }
        }, iter: 60, threads: 1);
    }
}
