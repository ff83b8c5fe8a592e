using System.Text.Json;
using CsCheck;
using Heed.Metrics;

namespace Heed.Tests.Metrics;

/// <summary>ROUGE beside Google's rouge_score, answers beside the scripts of SQuAD and CMRC.</summary>
public sealed class SummaryTests
{
    private static readonly string[] Vocabulary = ["cat", "cats", "the", "runs", "running", "\n", "猫", "狗", "。"];

    private static readonly Gen<string> Texts = Gen.Int[0, Vocabulary.Length - 1].List[0, 12].Select(words => string.Join(' ', words.Select(w => Vocabulary[w])));

    [Fact]
    public void Rouge_is_that_of_rouge_score()
    {
        foreach (JsonElement row in MetricReferences.Read("summaries.json", "rouge"))
            foreach (RougeTokenization tokenization in Enum.GetValues<RougeTokenization>())
            {
                RougeResult rouge = Rouge.Score(row.Text("text"), row.Text("reference"), tokenization);
                foreach ((JsonElement expected, RougeScore score) in row.GetProperty(tokenization.ToString().ToLowerInvariant()).EnumerateArray().Zip([rouge.Rouge1, rouge.Rouge2, rouge.RougeL, rouge.RougeLsum]))
                {
                    MetricReferences.Near(expected[0].GetDouble(), score.Precision);
                    MetricReferences.Near(expected[1].GetDouble(), score.Recall);
                    MetricReferences.Near(expected[2].GetDouble(), score.F);
                }
            }
    }

    [Fact]
    public void Stems_are_those_of_nltk()
    {
        foreach (JsonElement row in MetricReferences.Read("summaries.json", "stems")) Assert.Equal((row[0].GetString(), row[1].GetString()), (row[0].GetString(), PorterStemmer.Stem(row[0].GetString()!)));
    }

    [Fact]
    public void The_means_are_those_of_the_texts_and_the_best_reference_counts()
    {
        string[] texts = ["the cat sat", "a dog"], first = ["the cat", "no match"], second = ["the cat sat down", "a dog"];
        RougeResult one = Rouge.Corpus(texts, first), both = Rouge.Corpus(texts, [[first[0], second[0]], [first[1], second[1]]]);
        Assert.Equal((Rouge.Score(texts[0], first[0]).Rouge1.F + 0) / 2, one.Rouge1.F, 1e-12);
        Assert.Equal((Rouge.Score(texts[0], second[0]).Rouge2.F + 1) / 2, both.Rouge2.F, 1e-12);
    }

    [Fact]
    public void Scores_are_bounded_and_change_sides_with_the_texts() => Gen.Select(Texts, Texts, Gen.Enum<RougeTokenization>()).Sample((text, reference, tokenization) =>
    {
        RougeResult there = Rouge.Score(text, reference, tokenization), back = Rouge.Score(reference, text, tokenization), same = Rouge.Score(text, text, tokenization);
        foreach (RougeScore score in (RougeScore[])[there.Rouge1, there.Rouge2, there.RougeL, there.RougeLsum])
        {
            Assert.InRange(score.Precision, 0, 1);
            Assert.InRange(score.F, 0, Math.Max(score.Precision, score.Recall) + 1e-12);
        }
        Assert.Equal((there.Rouge1.Precision, there.RougeL.Recall), (back.Rouge1.Recall, back.RougeL.Precision));
        bool any = RougeTokenizer.Tokenize(text, tokenization).Length > 0;
        Assert.Equal(any ? 1 : 0, same.RougeL.F, 1e-12);
        Assert.Equal(any ? 1 : 0, same.RougeLsum.F, 1e-12);
    }, iter: 300);

    [Fact]
    public void Answers_match_as_the_scripts_of_the_data_sets_say()
    {
        foreach (JsonElement row in MetricReferences.Read("numbers.json", "answers"))
        {
            AnswerRules rules = Enum.Parse<AnswerRules>(row.Text("rules"));
            Assert.Equal((row.Text("answer"), row.Number("exact") == 1), (row.Text("answer"), AnswerMatch.Exact(row.Text("answer"), row.Texts("right"), rules)));
            MetricReferences.Near(row.Number("f1"), AnswerMatch.F1(row.Text("answer"), row.Texts("right"), rules));
        }
    }

    [Theory]
    [InlineData(AnswerRules.English)]
    [InlineData(AnswerRules.Chinese)]
    public void Where_there_is_no_answer_none_is_right(AnswerRules rules)
    {
        Assert.True(AnswerMatch.Exact("", [], rules));
        Assert.Equal((1, 0), (AnswerMatch.F1("", [], rules), AnswerMatch.F1("北京", [], rules)));
        Assert.True(AnswerMatch.Same(" x\n", "x"));
        Assert.False(AnswerMatch.Same("X", "x"));
    }
}
