using System.Globalization;
using System.IO.Compression;
using Heed.Generation;
using Heed.Metrics;
using Heed.Models;
using Heed.Tasks;
using Heed.Tasks.Evaluation;
using Heed.Tests.Formats;
using Heed.Tests.Generation;
using Heed.Tests.Models;
using Heed.Tokenization;

namespace Heed.Tests.Tasks;

/// <summary>Models measured on data: by models whose answers can be told by hand.</summary>
public sealed class EvaluationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Classes_are_counted_as_the_model_gives_them()
    {
        Oracle o = new Oracle(HeadKind.Sequence, "good bad film a", ["bad", "good", "other"], mixes: true).Says(0, "bad", 8).Says(1, "good", 8).Bias(2, -20);
        ClassifierEvaluator evaluator = new(new TextClassifier(o.Model, o.Tokenizer));
        string data = Write("reviews.tsv", "good\ta good film\nbad\ta bad film\nbad\tgood\n1\ta good a\nother\tbad\n");
        List<(string, string)> said = [];
        List<int> done = [];
        EvaluationResult result = evaluator.Run(evaluator.Read(data), new EvaluationWatch { Predicted = p => said.Add((p.Item.Text, p.Prediction)), Progress = (n, all) => done.Add(n * 10 + all) });
        Assert.Equal([("a good film", "good"), ("a bad film", "bad"), ("good", "good"), ("a good a", "good"), ("bad", "bad")], said);
        Assert.Equal([55], done);
        Assert.Equal(("classification", 5), (result.Task, result.Items));
        Assert.Equal(3 / 5.0, result["accuracy"]);
        // bad: 1 of 2 found, 1 of 2 right; good: 2 of 2 found, 2 of 3 right; other: never said.
        Assert.Equal((0.5 + 0.8 + 0) / 3, result["macro_f1"], 1e-12);
        Assert.Equal((1, 1, 1), (result.Confusion![0, 1], result.Confusion[2, 0], result.Confusion[0, 0]));
        Assert.Contains("reviews.jsonl, line 2: the label \"fine\" is none of the model's: bad, good, other", Error(evaluator, "reviews.jsonl", "{\"text\": \"a\", \"label\": \"bad\"}\n{\"text\": \"a\", \"label\": \"fine\"}\n"), StringComparison.Ordinal);
        Assert.Contains("line 1: the model gives each text one label, but there are 2", Error(evaluator, "two.jsonl", "{\"text\": \"a\", \"label\": [\"bad\", \"good\"]}\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_labels_each_is_counted()
    {
        Oracle o = new Oracle(HeadKind.Sequence, "good long film a", ["good", "long"], mixes: true, problem: ProblemKind.MultiLabel).Says(0, "good", 40).Says(1, "long", 40).Bias(0, -2).Bias(1, -2);
        ClassifierEvaluator evaluator = new(new TextClassifier(o.Model, o.Tokenizer));
        string data = Write("labels.jsonl", """
            {"text": "good", "labels": ["good"]}
            {"text": "long good", "labels": ["long"]}
            {"text": "a film", "labels": ["long", "good"]}
            """);
        EvaluationResult result = evaluator.Run(evaluator.Read(data));
        // Said: good | good, long | none. good: 1 right, 1 wrong, 1 missed; long: 1 right, 1 missed.
        Assert.Equal(1 / 3.0, result["subset_accuracy"], 1e-12);
        Assert.Equal(4 / 7.0, result["micro_f1"], 1e-12);
        Assert.Equal((1 / 2.0 + 2 / 3.0) / 2, result["macro_f1"], 1e-12);
    }

    [Fact]
    public void Predicted_numbers_are_compared_with_the_true_ones()
    {
        Oracle o = new Oracle(HeadKind.Sequence, "big house a", ["price"], mixes: true).Says(0, "big", 5);
        TextClassifier classifier = new(o.Model, o.Tokenizer);
        ClassifierEvaluator evaluator = new(classifier);
        EvaluationResult result = evaluator.Run(evaluator.Read(Write("prices.csv", "text,price\n\"a big, big house\",3\na house,-1.5\n"), new(Target: "price")));
        double[] said = [.. classifier.RawScores([("a big, big house", null), ("a house", null)]).Select(s => (double)s[0])];
        Assert.Equal(Math.Sqrt(((said[0] - 3) * (said[0] - 3) + (said[1] + 1.5) * (said[1] + 1.5)) / 2), result["rmse"], 1e-9);
        Assert.Equal((1.0, 1.0), (Math.Round(result["pearson"], 9), Math.Round(result["spearman"], 9)));
        Assert.Contains("line 2: the target must be a number, given \"dear\"", Error(evaluator, "dear.csv", "text,label\na,dear\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Masks_of_texts_are_asked_for_and_else_words_are_hidden()
    {
        Oracle o = new(HeadKind.Vocabulary, "paris is nice lyon a");
        o.Bias(Id("paris"), 9).Bias(Id("nice"), 7);
        FillMask fill = new(o.Model, o.Tokenizer);
        MaskEvaluator evaluator = new(fill);
        double paris = fill.Fill("[MASK]")[0][0].Probability, nice = fill.Fill("[MASK]")[0][1].Probability;
        EvaluationResult given = evaluator.Run(evaluator.Read(Write("masks.jsonl", """
            {"text": "[MASK] is a", "target": "paris"}
            {"text": "lyon is <mask>", "target": ["nice", "lyon"]}
            {"text": "[MASK] is [MASK]", "target": ["paris", "nice"]}
            """)));
        Assert.Equal(2 / 4.0, given["accuracy"]);
        Assert.Equal(-(2 * Math.Log(paris) + 2 * Math.Log(nice)) / 4, given["loss"], 1e-6);

        List<EvaluatedItem> said = [];
        IReadOnlyList<EvaluationItem> texts = evaluator.Read(Write("words.txt", "paris paris paris paris paris paris\nnice nice nice nice\n"));
        EvaluationResult hidden = evaluator.Run(texts, new EvaluationWatch { Predicted = said.Add });
        Assert.Equal([1.0, 0.0], said.Select(s => s.Score!.Value));
        Assert.Equal("paris paris paris paris paris paris", said[0].Prediction);
        Assert.InRange(hidden["accuracy"], 0.01, 0.99);
        // Every place has the same scores, so the loss follows from how many of the masks were right.
        Assert.Equal(-(hidden["accuracy"] * Math.Log(paris) + (1 - hidden["accuracy"]) * Math.Log(nice)), hidden["loss"], 1e-5);
        Assert.Equal(hidden.Figures, evaluator.Run(texts).Figures);
        Assert.Contains("\"rome\" is no token", Error(evaluator, "rome.jsonl", "{\"text\": \"[MASK]\", \"target\": \"rome\"}\n"), StringComparison.Ordinal);

        int Id(string word) => o.Tokenizer.TokenToId(word)!.Value;
    }

    [Fact]
    public void Vectors_that_order_pairs_as_people_do_correlate_with_them()
    {
        Oracle o = new(HeadKind.None, "cat dog bird fish");
        EmbedderEvaluator evaluator = new(new TextEmbedder(o.Model, o.Tokenizer));
        string pairs = "cat dog\tcat dog\t5\ncat dog\tcat bird\t2.5\ncat dog\tfish bird\t0\n";
        Assert.Equal(1, evaluator.Run(evaluator.Read(Write("pairs.tsv", pairs)))["spearman"], 1e-12);
        List<EvaluatedItem> said = [];
        evaluator.Run(evaluator.Read(Write("pairs.txt", pairs)), new EvaluationWatch { Predicted = said.Add });
        Assert.Equal(1, double.Parse(said[0].Prediction, CultureInfo.InvariantCulture), 1e-6);
        Assert.Contains("score of a pair must be a number", Error(evaluator, "bad.tsv", "cat\tdog\tlike\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_are_compared_by_the_rules_of_their_data_sets()
    {
        Oracle o = new Oracle(HeadKind.Span, "where is the tower ? it stands in paris since 1889").Says(0, "paris", 4).Says(1, "paris", 4);
        AnswerEvaluator evaluator = new(new QuestionAnswerer(o.Model, o.Tokenizer));
        EvaluationResult result = evaluator.Run(evaluator.Read(Write("questions.jsonl", """
            {"question": "where?", "context": "it stands in Paris", "answers": ["the Paris!", "in Paris"]}
            {"question": "where?", "context": "in Paris since 1889", "answers": ["in Paris"]}
            {"question": "where?", "context": "in Paris since 1889", "answers": ["1889"]}
            """)));
        Assert.Equal(1 / 3.0, result["exact_match"], 1e-12);
        Assert.Equal((1 + 2 / 3.0 + 0) / 3, result["f1"], 1e-12);
        Assert.Equal("rules of SQuAD", result.Figures[0].Note);
    }

    [Fact]
    public void What_an_encoder_decoder_writes_is_compared_with_its_references()
    {
        Tokenizer bytes = Tokenizer.Bytes("</s>", "<pad>");
        Tokenizer tokenizer = new(bytes.Model, bytes.Pipeline with { PostProcessor = TemplatePostProcessor.Around(null, ("</s>", 256)) }, bytes.AddedTokens);
        GenerationOptions letters = new() { Sampling = new() { Temperature = 0, MaxTokens = 9, Rules = new() { Suppressed = [.. Enumerable.Range(0, 256).Where(b => b is not (' ' or >= 'a' and <= 'e')), 257, 258, 259], MinNewTokens = 9 } }, Beams = new() { Count = 2 } };
        TextRewriter rewriter = new(TinyRewriters.Random(TinyRewriters.Config("t5", vocabulary: 260) with { EndTokens = [256] }), tokenizer) { BatchSize = 2 };
        string[] sources = ["one", "two two", "three"], written = [.. rewriter.Run(sources, letters)];
        string[][] references = [[written[0]], ["something else", written[1] + " and more"], ["nothing alike"]];
        string data = Write("pairs.jsonl", string.Concat(sources.Zip(references, (s, r) => $"{{\"from\": \"{s}\", \"to\": [{string.Join(", ", r.Select(t => $"\"{t}\""))}]}}\n")));
        RewriterEvaluator evaluator = new(rewriter, new EvaluationOptions { Generation = letters });
        List<string> said = [];
        EvaluationResult result = evaluator.Run(evaluator.Read(data, new("from", Target: "to")), new EvaluationWatch { Predicted = p => said.Add(p.Prediction) });
        Assert.Equal(written, said);
        BleuResult bleu = Bleu.Corpus(written, references);
        Assert.Equal(bleu.Score, result["bleu"]);
        Assert.EndsWith(bleu.Signature, result.Figures[0].Note, StringComparison.Ordinal);
        Assert.Contains("nrefs:var", bleu.Signature, StringComparison.Ordinal);
        Assert.Equal(Chrf.Corpus(written, references, new ChrfOptions { WordOrder = 2 }).Score, result["chrf++"]);
        Assert.Equal(100 * Rouge.Corpus(written, references).RougeLsum.F, result["rougeLsum"]);
        Assert.Equal(1 / 3.0, result["exact_match"], 1e-12);
        Assert.Equal(["exact_match"], new RewriterEvaluator(rewriter, new EvaluationOptions { Generation = letters, Metrics = ["exact"] }).Run(evaluator.Read(data, new("from", Target: "to"))).Figures.Select(f => f.Key));
        Assert.Throws<OperationCanceledException>(() => evaluator.Run(evaluator.Read(data, new("from", Target: "to")), new EvaluationWatch { Cancellation = new CancellationToken(canceled: true) }));
    }

    [Fact]
    public void A_model_that_knows_nothing_needs_the_bits_of_its_vocabulary()
    {
        Tokenizer tokenizer = Tokenizer.Bytes("<|end|>");
        LanguageModel model = new(Parrot.Uniform(16, tokenizer.VocabularySize), tokenizer);
        DecoderEvaluator evaluator = new(model, new EvaluationOptions { Context = 8 });
        string text = "ein kurzer Text,\nzwei Zeilen";
        EvaluationResult whole = evaluator.Run(evaluator.Read(Write("text.txt", text + "\n")));
        Assert.Equal(tokenizer.VocabularySize, whole["perplexity"], 1e-2);
        Assert.Equal(Math.Log2(tokenizer.VocabularySize), whole["bits_per_byte"], 1e-4); // a token is a byte
        Assert.Equal(Math.Pow(tokenizer.VocabularySize, text.Length / 5.0), whole["word_perplexity"], whole["word_perplexity"] * 1e-3);
        // In a file of records each is a document; with --text a file of text is one of records too.
        Assert.Equal(2, evaluator.Run(evaluator.Read(Write("text.jsonl", "{\"text\": \"eins\"}\n{\"text\": \"zwei\"}\n"))).Items);
        Assert.Equal(2, evaluator.Read(Write("text.txt", text), new EvaluationColumns("text")).Count);
        Assert.Contains("3 tokens", Assert.Throws<ArgumentException>(() => evaluator.Run(evaluator.Read(Write("short.txt", "abc")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_are_found_by_their_usual_names_by_place_or_as_named()
    {
        Oracle o = new(HeadKind.Sequence, "a b", ["x", "y"]);
        ClassifierEvaluator evaluator = new(new TextClassifier(o.Model, o.Tokenizer));
        Oracle masked = new(HeadKind.Vocabulary, "a b");
        string packed = folder["packed.csv.gz"];
        using (GZipStream stream = new(File.Create(packed), CompressionMode.Compress)) stream.Write("sentence,hypothesis,label\na b,b,x\n"u8);
        EvaluationItem item = Assert.Single(evaluator.Read(packed));
        Assert.Equal(("a b", "b", "x", 2), (item.Text, item.Second, item.Targets[0], item.Line));
        item = Assert.Single(evaluator.Read(packed, new("{hypothesis}: {sentence}", Target: "label")));
        Assert.Equal("b: a b", item.Text);
        Assert.Equal(2, evaluator.Read(Write("many.tsv", "x\ta\ny\tb\nx\tb\n"), limit: 2).Count);
        Assert.Contains("there is no column text or sentence or sentence1 or premise; there are body, label: name one with --text", Unread("{\"body\": \"a\", \"label\": \"x\"}\n"), StringComparison.Ordinal);
        Assert.Contains("line 2: \"text\" is empty", Unread("{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \" \", \"label\": \"x\"}\n"), StringComparison.Ordinal);
        Assert.Contains("no records", Unread("\n"), StringComparison.Ordinal);
        Assert.Contains("--text", Assert.Throws<ArgumentException>(() => evaluator.Read(packed, new("{sentence"))).Message, StringComparison.Ordinal);
        Assert.Contains("--second", Assert.Throws<ArgumentException>(() => new MaskEvaluator(new FillMask(masked.Model, masked.Tokenizer)).Read(packed, new(Second: "b"))).Message, StringComparison.Ordinal);

        string Unread(string json) => Assert.Throws<InvalidDataException>(() => evaluator.Read(Write("unread.jsonl", json))).Message;
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(folder[name], text);
        return folder[name];
    }

    private string Error(Evaluator evaluator, string name, string text) => Assert.Throws<InvalidDataException>(() => evaluator.Run(evaluator.Read(Write(name, text)))).Message;
}
