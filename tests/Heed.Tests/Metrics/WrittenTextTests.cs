using System.Text.Json;
using CsCheck;
using Heed.Metrics;

namespace Heed.Tests.Metrics;

/// <summary>BLEU and chrF beside sacrebleu.</summary>
public sealed class WrittenTextTests
{
    private static readonly string[] Vocabulary = ["a", "b", "cat", "the", ",", "3.5", "猫", "。"];

    private static readonly Gen<string> Sentences = Gen.Int[0, Vocabulary.Length - 1].List[0, 9].Select(words => string.Join(' ', words.Select(w => Vocabulary[w])));

    [Fact]
    public void Tokens_are_those_of_sacrebleu()
    {
        foreach (JsonElement row in MetricReferences.Read("written.json", "tokens"))
            foreach (BleuTokenization tokenization in Enum.GetValues<BleuTokenization>())
                Assert.Equal(row.Texts(BleuTokenizer.NameOf(tokenization)), BleuTokenizer.Tokenize(row.Text("text"), tokenization));
    }

    [Fact]
    public void Bleu_is_that_of_sacrebleu()
    {
        foreach (JsonElement row in MetricReferences.Read("written.json", "translations"))
        {
            (string[] texts, string[][] references) = Written(row);
            foreach (JsonElement c in row.GetProperty("bleu").EnumerateArray())
            {
                BleuOptions options = Options(c);
                BleuResult bleu = Bleu.Corpus(texts, references, options);
                Assert.Equal(c.Text("line"), bleu.ToString());
                Assert.Equal($"{c.Text("signature")}|version:heed-0.1.0", bleu.Signature);
                MetricReferences.Near(c.Number("score"), bleu.Score);
                foreach ((double expected, double precision) in c.Numbers("precisions").Zip(bleu.Precisions)) MetricReferences.Near(expected, precision);
                if (!c.TryGetProperty("sentences", out JsonElement sentences)) continue;
                foreach ((double expected, (string text, string[] wanted)) in sentences.EnumerateArray().Select(s => s.GetDouble()).Zip(texts.Zip(references)))
                    MetricReferences.Near(expected, Bleu.Sentence(text, wanted, options with { EffectiveOrder = true }).Score);
            }
        }
    }

    [Fact]
    public void Chrf_is_that_of_sacrebleu()
    {
        foreach (JsonElement row in MetricReferences.Read("written.json", "translations"))
        {
            (string[] texts, string[][] references) = Written(row);
            foreach (JsonElement c in row.GetProperty("chrf").EnumerateArray())
            {
                ChrfOptions options = new()
                {
                    CharacterOrder = Whole("char_order", 6),
                    WordOrder = Whole("word_order", 0),
                    Beta = Whole("beta", 2),
                    Lowercase = c.TryGetProperty("lowercase", out _),
                    Whitespace = c.TryGetProperty("whitespace", out _),
                };
                ChrfResult chrf = Chrf.Corpus(texts, references, options);
                Assert.Equal(c.Text("line"), chrf.ToString());
                Assert.Equal($"{c.Text("signature")}|version:heed-0.1.0", chrf.Signature);
                MetricReferences.Near(c.Number("score"), chrf.Score);
                foreach ((double expected, (string text, string[] wanted)) in c.Numbers("sentences").Zip(texts.Zip(references)))
                    MetricReferences.Near(expected, Chrf.Sentence(text, wanted, options).Score);

                int Whole(string name, int usual) => c.TryGetProperty(name, out JsonElement value) ? value.GetInt32() : usual;
            }
        }
    }

    /// <summary>The example of Papineni et al. 2002: "the" seven times matches as often as a reference has it.</summary>
    [Fact]
    public void A_word_matches_no_more_often_than_a_reference_has_it()
    {
        BleuResult bleu = Bleu.Corpus(["the the the the the the the"], [["The cat is on the mat .", "There is a cat on the mat ."]], new BleuOptions { Lowercase = true });
        Assert.Equal((2, 7), (bleu.Matches[0], bleu.Totals[0]));
    }

    [Fact]
    public void Scores_lie_between_0_and_100_and_a_text_is_most_like_itself() => Gen.Select(Sentences.List[1, 4], Sentences.List[4], Gen.Enum<BleuTokenization>(), Gen.Enum<BleuSmoothing>()).Sample((texts, others, tokenization, smoothing) =>
    {
        BleuOptions options = new() { Tokenization = tokenization, Smoothing = smoothing, EffectiveOrder = true };
        List<string> references = others[..texts.Count];
        Assert.InRange(Bleu.Corpus(texts, references, options).Score, 0, 100 + 1e-9);
        Assert.InRange(Chrf.Corpus(texts, references, new ChrfOptions { WordOrder = 2 }).Score, 0, 100 + 1e-9);
        if (texts.All(string.IsNullOrWhiteSpace)) return;
        Assert.Equal(100, Bleu.Corpus(texts, texts, options).Score, 1e-9);
        Assert.Equal(100, Chrf.Corpus(texts, texts).Score, 1e-9);
    }, iter: 300);

    [Fact]
    public void What_cannot_be_counted_is_told()
    {
        Assert.Contains("no texts", Assert.Throws<ArgumentException>(() => Bleu.Corpus([], Array.Empty<string>())).Message, StringComparison.Ordinal);
        Assert.Contains("2 texts", Assert.Throws<ArgumentException>(() => Chrf.Corpus(["a", "b"], ["a"])).Message, StringComparison.Ordinal);
        Assert.Contains("text 0", Assert.Throws<ArgumentException>(() => Bleu.Sentence("a", [])).Message, StringComparison.Ordinal);
        Assert.Contains("given 0", Assert.Throws<ArgumentException>(() => Bleu.Sentence("a", ["a"], new BleuOptions { MaximumOrder = 0 })).Message, StringComparison.Ordinal);
        Assert.Contains("beta", Assert.Throws<ArgumentException>(() => Chrf.Sentence("a", ["a"], new ChrfOptions { Beta = double.NaN })).Message, StringComparison.Ordinal);
    }

    private static (string[], string[][]) Written(JsonElement row) =>
        (row.Texts("texts"), [.. row.GetProperty("references").EnumerateArray().Select(r => (string[])[.. r.EnumerateArray().Select(t => t.GetString()!)])]);

    private static BleuOptions Options(JsonElement c) => new()
    {
        Tokenization = Enum.GetValues<BleuTokenization>().Single(t => BleuTokenizer.NameOf(t) == c.Text("tokenize")),
        Smoothing = (c.TryGetProperty("smooth_method", out JsonElement method) ? method.GetString() : "exp") switch { "exp" => BleuSmoothing.Exponential, "floor" => BleuSmoothing.Floor, "add-k" => BleuSmoothing.AddK, _ => BleuSmoothing.None },
        SmoothingValue = c.TryGetProperty("smooth_value", out JsonElement value) ? value.GetDouble() : null,
        Lowercase = c.TryGetProperty("lowercase", out _),
        EffectiveOrder = c.TryGetProperty("effective_order", out _),
        MaximumOrder = c.TryGetProperty("max_ngram_order", out JsonElement order) ? order.GetInt32() : 4,
    };
}
