using Heed.Autograd;
using Heed.Models;
using Heed.Tasks;
using Heed.Tensors;
using Heed.Tests.Formats;
using Heed.Tests.Models;
using Heed.Tokenization;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>Objectives with targets of their own: several labels, values, tags, answers, pairs, a teacher. They learn, and the folders that they leave do the task.</summary>
[Collection(Threads.Name)]
public sealed class TaskTrainingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private Recipe Tiny(string objective, string file, int steps, ClassificationSection? classification = null) => new()
    {
        Data = new DataSection { Source = folder[file], Tokenizer = "wordpiece", Vocabulary = 300 },
        Algorithm = new AlgorithmSection
        {
            Objective = objective,
            Family = "bert",
            Depth = 1,
            Width = 32,
            Heads = 2,
            Context = 32,
            Steps = Brief.Or(steps, 5),
            Batch = 16,
            InitialDeviation = 0.1,
            Classification = classification ?? new(),
            Optimizer = new OptimizerSection { LearningRate = 5e-3, WeightDecay = 0.01 },
            Schedule = new ScheduleSection { WarmupSteps = 3 },
        },
        Compute = new ComputeSection { Output = folder["run"], EvaluateEvery = 1000, CheckpointEvery = 1000, SampleEvery = 0 },
    };

    private static void Learned(TrainingResult result, double gain)
    {
        if (!Brief.On) Assert.True(result.ValidationLoss < result.UnigramLoss - gain, $"{result.ValidationLoss} against {result.UnigramLoss}");
    }

    [Fact]
    public void ATextMayHaveSeveralLabels()
    {
        string[] sets = ["", "\"red\"", "\"blue\"", "\"red\", \"blue\""];
        File.WriteAllLines(folder["multi.jsonl"], Enumerable.Range(0, 160).Select(i => $$"""{"text": "item {{i % 7}} is {{(i % 2 == 1 ? "crimson" : "plain")}} and {{(i / 2 % 2 == 1 ? "azure" : "simple")}}", "label": [{{sets[i % 4]}}]}"""));
        TrainingResult result = Trainer.Run(Tiny("classify", "multi.jsonl", 160, new ClassificationSection { Problem = "multi" }));
        Learned(result, 0.3);
        TextClassifier classifier = TextClassifier.Load(folder["run"]);
        Assert.Equal((ProblemKind.MultiLabel, 2), (classifier.Problem, classifier.Labels.Count));
        if (Brief.On) return;
        Assert.All(classifier.Classify("item 3 is crimson and azure"), l => Assert.True(l.Score > 0.5));
        Assert.All(classifier.Classify("item 3 is plain and simple"), l => Assert.True(l.Score < 0.5));
        Assert.InRange(result.Accuracy!.Value, 0.7, 1);
    }

    [Fact]
    public void AValueIsAnsweredInItsOwnUnit()
    {
        string[] sizes = ["tiny", "small", "middle", "large", "huge"];
        File.WriteAllLines(folder["prices.tsv"], ["price\ttext", .. Enumerable.Range(0, 200).Select(i => $"{1000 + 500 * (i % 5)}\ta {sizes[i % 5]} house in street {i % 7}")]);
        Recipe recipe = Tiny("classify", "prices.tsv", 100, new ClassificationSection { Problem = "regression", Pooling = "mean" });
        TrainingResult result = Trainer.Run(recipe with { Data = recipe.Data with { Target = "price" } });
        Learned(result, 0.8);
        Assert.Null(result.Accuracy);
        TextClassifier classifier = TextClassifier.Load(folder["run"]);
        Assert.Equal("price", Assert.Single(classifier.Labels));
        if (Brief.On) return;
        Assert.Equal(1000, classifier.Classify("a tiny house in street 2")[0].Score, 250.0);
        Assert.Equal(3000, classifier.Classify("a huge house in street 2")[0].Score, 250.0);
    }

    [Fact]
    public void WordsAreTagged()
    {
        string[] names = ["Ada", "Bob", "Eve", "Tom"], places = ["Paris", "Rome", "Oslo"];
        File.WriteAllText(folder["tags.txt"], string.Concat(Enumerable.Range(0, 120).Select(i => $"{names[i % 4]} B-PER\nLovelace I-PER\nlives O\nin O\n{places[i % 3]} B-LOC\n. O\n\n")));
        TrainingResult result = Trainer.Run(Tiny("tag", "tags.txt", 60));
        Learned(result, 0.5);
        TokenTagger tagger = TokenTagger.Load(folder["run"]);
        Assert.Equal(["B-LOC", "B-PER", "I-PER", "O"], tagger.Labels);
        if (!Brief.On) Assert.Equal([("PER", "Eve Lovelace"), ("LOC", "Rome")], tagger.Tag("Eve Lovelace lives in Rome.").Select(e => (e.Label, e.Text)));
        File.WriteAllText(folder["tags.txt"], "Ada B-PER\nalone\n\n");
        Assert.Contains("line 2", Assert.ThrowsAny<InvalidDataException>(() => Trainer.Run(Tiny("tag", "tags.txt", 3), existing: ExistingRun.Restart)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wordpiece")]
    [InlineData("bpe")]
    public void TheFirstTokenOfAWordHasItsLabel(string kind)
    {
        string[] words = ["unbelievable", "北", "京", "cat", "!"], training = ["un believe able cat unbelievable 北 京", "unbelieve cats"];
        Tokenizer plain = kind == "bpe" ? Tokenizer.Train(training, new BpeTrainer { VocabularySize = 280, SpecialTokens = ["[CLS]", "[SEP]"] }, TokenizerPipeline.Gpt2)
            : Tokenizer.Train(training, new WordPieceTrainer { VocabularySize = 40, SpecialTokens = ["[CLS]", "[SEP]", "[UNK]"], UnknownToken = "[UNK]" }, TokenizerPipeline.Bert);
        Tokenizer tokenizer = new(plain.Model, plain.Pipeline with { PostProcessor = new BertPostProcessor(("[CLS]", plain.TokenToId("[CLS]")!.Value), ("[SEP]", plain.TokenToId("[SEP]")!.Value)) }, plain.AddedTokens);
        (int[] ids, int[] labels) = TaggedData.Tagged(words, [0, 1, 2, 3, 4], tokenizer, 64);
        Assert.Equal(ids.Length, labels.Length);
        Assert.Equal([0, 1, 2, 3, 4], labels.Where(l => l != LossOps.IgnoreIndex));
        Assert.Equal((LossOps.IgnoreIndex, LossOps.IgnoreIndex), (labels[0], labels[^1]));
        Assert.True(ids.Length > 8); // the long word is in pieces
        Assert.Equal(1, Array.IndexOf(labels, 0));
    }

    [Fact]
    public void AnswersAreFoundInTheirContext()
    {
        string[] names = ["Ada", "Bob", "Eve", "Tom"], places = ["Paris", "Rome", "Oslo"];
        string Record(int i, string answers) => $$"""{"question": "where is {{names[i % 4]}} ?", "context": "{{names[i % 4]}} the {{(i % 2 == 0 ? "old" : "young")}} friend lives in {{places[i % 3]}} now .", "answers": {{answers}}}""";
        string[] forms = ["{\"text\": [\"PLACE\"], \"answer_start\": [0]}", "[\"nowhere\", \"PLACE\"]", "[{\"text\": \"PLACE\"}]", "\"PLACE\"", "[\"not there\"]"];
        File.WriteAllLines(folder["qa.jsonl"], Enumerable.Range(0, 200).Select(i => Record(i, forms[i % 5].Replace("PLACE", places[i % 3], StringComparison.Ordinal))));
        List<string> status = [];
        TrainingResult result = Trainer.Run(Tiny("answer", "qa.jsonl", 80), status: status.Add);
        Learned(result, 1);
        Assert.Contains(status, s => s.StartsWith("40 questions were left out", StringComparison.Ordinal));
        QuestionAnswerer answerer = QuestionAnswerer.Load(folder["run"]);
        if (!Brief.On) Assert.Equal("Oslo", answerer.Answer("where is Eve ?", "Eve the old friend lives in Oslo now .").Text);
    }

    [Fact]
    public void LongContextsBecomeWindowsAndTheAnswerIsInSome()
    {
        string context = string.Join(' ', Enumerable.Range(0, 60).Select(i => $"w{i}"));
        Tokenizer plain = Tokenizer.Train([context, "where is it"], new WordPieceTrainer { VocabularySize = 200, SpecialTokens = ["[CLS]", "[SEP]", "[UNK]"], UnknownToken = "[UNK]" }, TokenizerPipeline.Bert);
        Tokenizer tokenizer = new(plain.Model, plain.Pipeline with { PostProcessor = new BertPostProcessor(("[CLS]", 0), ("[SEP]", 1)) }, plain.AddedTokens);
        int start = context.IndexOf("w40", StringComparison.Ordinal), end = start + "w40 w41".Length;
        AnswerData.Window[] windows = [.. AnswerData.Cut("where is it", context, start, end, tokenizer, 24)];
        Assert.True(windows.Length > 3);
        Assert.All(windows, w => Assert.InRange(w.Ids.Length, 8, 24));
        AnswerData.Window[] holding = [.. windows.Where(w => w.First > 0)];
        Assert.NotEmpty(holding);
        Assert.True(holding.Length < windows.Length);
        Assert.All(holding, w => Assert.Equal("w40 w41", tokenizer.Decode(w.Ids.AsSpan(w.First, w.Last - w.First + 1))));
        Assert.All(windows.Except(holding), w => Assert.Equal((0, 0), (w.First, w.Last)));
        Assert.All(AnswerData.Cut("where is it", context, -1, -1, tokenizer, 24), w => Assert.Equal((0, 0), (w.First, w.Last)));
        Assert.Contains("no room", Assert.Throws<InvalidDataException>(() => AnswerData.Cut("where is it", context, 0, 2, tokenizer, 7).ToArray()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pairs")]
    [InlineData("scored")]
    [InlineData("alone")]
    public void VectorsOfLikeTextsComeTogether(string kind)
    {
        string[] first = ["one", "two", "three", "four", "five", "six"], second = ["eins", "zwei", "drei", "vier", "fuenf", "sechs"];
        File.WriteAllLines(folder["pairs.jsonl"], Enumerable.Range(0, 180).Select(i => kind switch
        {
            "pairs" => $$"""{"text": "number {{first[i % 6]}}", "target": "zahl {{second[i % 6]}}"}""",
            "scored" => $$"""{"text": "number {{first[i % 6]}}", "target": "zahl {{second[i / 6 % 6]}}", "score": {{(i % 6 == i / 6 % 6 ? 5 : 0)}}}""",
            _ => $$"""{"text": "number {{first[i % 6]}}"}""",
        }));
        Recipe recipe = Tiny("contrastive", "pairs.jsonl", kind == "scored" ? 160 : 60, new ClassificationSection { Temperature = 0.1 });
        TrainingResult result = Trainer.Run(recipe with { Algorithm = recipe.Algorithm with { Batch = 6, Dropout = kind == "alone" ? 0.1 : 0 } });
        Learned(result, kind == "scored" ? 0.02 : 0.3);
        TextEmbedder embedder = TextEmbedder.Load(folder["run"]);
        if (Brief.On || kind == "alone") return;
        double Alike(string a, string b) => TextEmbedder.Similarity(embedder.Embed(a), embedder.Embed(b));
        Assert.True(Alike("number two", "zahl zwei") > Alike("number two", "zahl fuenf") + 0.2);
    }

    [Fact]
    public void TheContrastiveLossIsItsDefinition()
    {
        Transformer model = TinyModels.Random(TinyEncoders.Config("bert", HeadKind.None) with { Head = new HeadConfig { Kind = HeadKind.None } });
        int[][] rows = [[5, 6, 7], [8, 9], [10, 11, 12], [13, 14]];
        using MemoryScope scope = new();
        Tensor ids = Tensor.Zeros(new Shape(4, 3), DType.I32), mask = Tensor.Zeros(new Shape(4, 3), DType.I32);
        for (int r = 0; r < 4; r++)
            for (int i = 0; i < rows[r].Length; i++) (ids.Ints[r * 3 + i], mask.Ints[r * 3 + i]) = (rows[r][i], 1);
        double[][] vectors = [.. rows.Select(row =>
        {
            Tensor hidden = model.Hidden(Tensor.From(new Shape(1, row.Length), row));
            double[] mean = [.. Enumerable.Range(0, hidden.Columns).Select(c => Enumerable.Range(0, row.Length).Average(t => (double)hidden.Row(t)[c]))];
            double length = Math.Sqrt(mean.Sum(v => v * v));
            return mean.Select(v => v / length).ToArray();
        })];
        double Cosine(int a, int b) => vectors[a].Zip(vectors[b]).Sum(p => p.First * p.Second);
        double Surprise(double right, double wrong) => Math.Log(1 + Math.Exp((wrong - right) / 0.2));
        ContrastiveTrainee trainee = new(new TransformerTrainee(model), 0.2f);
        double there = (Surprise(Cosine(0, 2), Cosine(0, 3)) + Surprise(Cosine(1, 3), Cosine(1, 2))) / 2, back = (Surprise(Cosine(0, 2), Cosine(1, 2)) + Surprise(Cosine(1, 3), Cosine(0, 3))) / 2;
        Assert.Equal((there + back) / 2, trainee.Loss(new TrainingBatch(ids, Tensor.From(new Shape(2), [0, 1])) { Mask = mask }, ForwardOptions.Default).Item, 1e-5);
        double scored = (Math.Pow(Cosine(0, 2) - 0.3, 2) + Math.Pow(Cosine(1, 3) + 0.5, 2)) / 2;
        Assert.Equal(scored, trainee.Loss(new TrainingBatch(ids, Tensor.From(new Shape(2), [0.3f, -0.5f])) { Mask = mask }, ForwardOptions.Default).Item, 1e-5);
    }

    [Fact]
    public void AStudentLearnsFromItsTeacher()
    {
        Recipe recipe = Tiny("masked", "none", 60);
        recipe = recipe with { Data = recipe.Data with { Source = "facts", Examples = 200 } };
        Trainer.Run(recipe with { Compute = recipe.Compute with { Output = folder["teacher"] } });
        TrainingResult result = Trainer.Run(recipe with
        {
            Data = recipe.Data with { Tokenizer = Path.GetFullPath(folder["teacher/tokenizer.json"]) },
            Algorithm = recipe.Algorithm with { Width = 16, Teacher = new TeacherSection { Folder = Path.GetFullPath(folder["teacher"]), Alpha = 1 } },
        });
        Learned(result, -0.4); // it was never shown a right answer

        // The gradient of the divergence from itself is 0; with half of the usual loss it is half of that.
        Transformer model = TinyModels.Random(TinyEncoders.Config("bert")), same = TinyModels.Random(TinyEncoders.Config("bert"));
        int[] ids = TinyModels.Tokens(14, 61, 2), targets = [.. Enumerable.Repeat(LossOps.IgnoreIndex, 14)];
        (targets[3], targets[9]) = (5, 60);
        using MemoryScope scope = new();
        TrainingBatch batch = new(Tensor.From(new Shape(2, 7), ids), Tensor.From(new Shape(2, 7), targets));
        TransformerTrainee student = new(model);
        Assert.Equal(0, new DistillationTrainee(student, same, 3, 1).Loss(batch, ForwardOptions.Default).Item, 1e-4);
        Assert.Equal(student.Measure(batch).Item / 2, new DistillationTrainee(student, same, 3, 0.5f).Loss(batch, ForwardOptions.Default).Item, 1e-4);
        using Tape tape = new();
        tape.Backward(new DistillationTrainee(student, same, 3, 1).Loss(batch, ForwardOptions.Default));
        Assert.All(model.Weights, w => Assert.True(w.Value.Gradient is null || w.Value.Gradient.ToArray().All(g => Math.Abs(g) < 1e-3f), w.Key));
    }
}
