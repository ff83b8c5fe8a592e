using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Tasks;

/// <summary>A label and how much it is that of a text.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">A probability; for a regression the predicted value.</param>
public sealed record LabelScore(string Label, double Score);

/// <summary>
/// Says which labels a text (or a pair of texts) has, with a model for sequence classification.
/// <code>
/// var classifier = TextClassifier.Load("models/sentiment");
/// LabelScore best = classifier.Classify("What a lovely day")[0];
/// </code>
/// </summary>
public sealed class TextClassifier
{
    private readonly EncoderModel model;

    /// <summary>Joins a model for sequence classification and its tokenizer.</summary>
    /// <exception cref="ArgumentException">The model is of another kind.</exception>
    public TextClassifier(Transformer transformer, Tokenizer tokenizer)
    {
        Accept(transformer.Config);
        model = new EncoderModel(transformer, tokenizer);
    }

    /// <summary>The labels in the order of the model's scores.</summary>
    public IReadOnlyList<string> Labels => model.Transformer.Config.Head.Labels;

    /// <summary>
    /// What the scores are: of one label alone, softmax; of several, the sigmoid of each; values as they are. Where the configuration
    /// does not say, one label is a yes or no (sigmoid) and several exclude each other, as in Hugging Face's pipeline.
    /// </summary>
    public ProblemKind Problem => model.Transformer.Config.Head.Problem ?? (Labels.Count == 1 ? ProblemKind.MultiLabel : ProblemKind.SingleLabel);

    /// <summary>What the labels mean to the loss of the model: where the configuration does not say, one label is a number.</summary>
    internal ProblemKind Learned => model.Transformer.Config.Head.Problem ?? (Labels.Count == 1 ? ProblemKind.Regression : ProblemKind.SingleLabel);

    /// <summary>Loads a folder in the layout of Hugging Face.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or the model is of another kind.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static TextClassifier Load(string folder)
    {
        (Transformer transformer, Tokenizer tokenizer) = EncoderModel.Load(folder, Accept);
        return new TextClassifier(transformer, tokenizer);
    }

    /// <summary>All labels with their scores, best first. A text beyond the model's context is cut off.</summary>
    /// <param name="text">The text.</param>
    /// <param name="second">The second of a pair, such as the hypothesis of an inference.</param>
    /// <exception cref="ArgumentException">The text has no tokens.</exception>
    public IReadOnlyList<LabelScore> Classify(string text, string? second = null) => ClassifyAll([(text, second)])[0];

    /// <summary>Classifies many texts in batches; each answer is that of the text alone.</summary>
    /// <exception cref="ArgumentException">A text has no tokens.</exception>
    public IReadOnlyList<IReadOnlyList<LabelScore>> ClassifyAll(IReadOnlyList<string> texts) => ClassifyAll([.. texts.Select(t => (t, (string?)null))]);

    /// <summary>Classifies many texts, or pairs, in batches; each answer is that of the text alone.</summary>
    /// <exception cref="ArgumentException">A text has no tokens.</exception>
    public IReadOnlyList<IReadOnlyList<LabelScore>> ClassifyAll(IReadOnlyList<(string Text, string? Second)> texts) =>
        [.. RawScores(texts).Select(scores => (IReadOnlyList<LabelScore>)[.. Read(scores).Select((score, i) => new LabelScore(Labels[i], score)).OrderByDescending(l => l.Score)])];

    /// <summary>The model's scores (logits) as they are, in the order of <see cref="Labels"/>.</summary>
    internal float[][] RawScores(IReadOnlyList<(string Text, string? Second)> texts)
    {
        float[][] scores = new float[texts.Count][];
        model.Run([.. texts.Select(t => model.Frame(t.Text, t.Second))], model.Transformer.Forward, (i, logits, row) => scores[i] = Scores.Finite(logits.Row(row)).ToArray());
        return scores;
    }

    private IEnumerable<double> Read(float[] scores) => Problem switch
    {
        ProblemKind.SingleLabel => Scores.Softmax(scores),
        ProblemKind.MultiLabel => scores.Select(s => Scores.Sigmoid(s)),
        _ => scores.Select(s => (double)s),
    };

    private static void Accept(TransformerConfig config) => EncoderModel.Expect(config, HeadKind.Sequence, "classifying texts", "a model for sequence classification (...ForSequenceClassification)");
}
