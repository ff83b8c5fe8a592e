using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Heed.Data;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>Texts with a label each, for the objective "classify".</summary>
internal sealed class LabelledData : TrainingData
{
    private readonly int[][] texts;
    private readonly int[] labels, validationLabels;
    private readonly LabelledBatches trainingBatches, validationBatches;

    private LabelledData(Recipe recipe, Tokenizer tokenizer, IReadOnlyList<string> names, LabelledSentence[] training, LabelledSentence[] validation) : base(tokenizer)
    {
        Labels = names;
        texts = Encode(training, "training");
        (labels, validationLabels) = (Array.ConvertAll(training, s => s.Label), Array.ConvertAll(validation, s => s.Label));
        int padding = RecipeTokenizer.Padding(tokenizer, recipe);
        trainingBatches = new LabelledBatches(texts, labels, recipe.Algorithm.Batch, padding, (ulong)recipe.Seed, "training texts", recipe.Algorithm.BatchTokens);
        validationBatches = new LabelledBatches(Encode(validation, "validation"), validationLabels, recipe.Algorithm.Batch, padding, (ulong)recipe.Seed, "validation texts");

        int[][] Encode(LabelledSentence[] sentences, string what) => RecipeTokenizer.Encode(tokenizer, [.. sentences.Select(s => s.Text)], recipe.Algorithm.Context, what);
    }

    public override IReadOnlyList<string> Labels { get; }

    public override IReadOnlyList<int> LabelCounts => [.. Enumerable.Range(0, Labels.Count).Select(label => labels.Count(l => l == label))];

    public override int ValidationCount => validationLabels.Length;

    public override TrainingBatch Training(long index, RandomSource random) => Of(trainingBatches[index]);

    public override TrainingBatch Validation(int first, int count) => Of(validationBatches.InOrder(first, count));

    public override double FrequencyLoss() => FrequencyLoss(labels, validationLabels, Labels.Count);

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        Append(hash, texts);
        hash.AppendData(MemoryMarshal.AsBytes(labels.AsSpan()));
    }

    public static new LabelledData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        (IReadOnlyList<string> names, LabelledSentence[] training, LabelledSentence[] validation) = recipe.Data.Source == "moods" ? Moods(recipe) : FromFile(recipe, progress);
        progress?.Invoke($"tokenizer: {RecipeTokenizer.Name(recipe)}");
        Tokenizer tokenizer = RecipeTokenizer.MakeBert(recipe, Texts(training), Texts(validation), cancellation);
        progress?.Invoke("encoding");
        return new LabelledData(recipe, tokenizer, names, training, validation);

        static string[] Texts(LabelledSentence[] sentences) => Array.ConvertAll(sentences, s => s.Text);
    }

    private static (IReadOnlyList<string>, LabelledSentence[], LabelledSentence[]) Moods(Recipe recipe)
    {
        ulong seed = (ulong)recipe.Seed;
        int count = recipe.Data.Examples;
        StoryLanguage language = RecipeRecords.Language(recipe);
        return (MoodSentences.Labels, [.. MoodSentences.Training(seed, count, language)], [.. MoodSentences.HeldOut(seed, RecipeRecords.ValidationCount(recipe, count), language)]);
    }

    // Labels are numbered in their order as texts; a validation text must not have one that nothing was learned of.
    private static (IReadOnlyList<string>, LabelledSentence[], LabelledSentence[]) FromFile(Recipe recipe, Action<string>? progress)
    {
        ((string Text, string Label)[] training, (string Text, string Label)[] validation) = new RecipeRecords(recipe, progress).Pairs("text", "label", "2", "a label and a text");
        string path = recipe.Data.Source.ToString();
        string[] names = [.. training.Select(s => s.Label).Distinct().Order(StringComparer.Ordinal)];
        if (names.Length < 2) throw new InvalidDataException($"{path}: the training part has one label only, \"{RecipeNode.Shorten(names[0])}\"; two or more are needed");
        return (names, Array.ConvertAll(training, Number), Array.ConvertAll(validation, Number));

        LabelledSentence Number((string Text, string Label) line) => Array.BinarySearch(names, line.Label, StringComparer.Ordinal) is >= 0 and int label ? new LabelledSentence(line.Text, label)
            : throw new InvalidDataException($"{path}: the label \"{RecipeNode.Shorten(line.Label)}\" stands in the validation part only{(recipe.Data is { Validation: null, Split: "end" } ? " (the last lines); shuffle the lines, or set data.split" : "")}");
    }

    private static TrainingBatch Of(LabelledBatch batch) => new(batch.Inputs, batch.Labels) { Mask = batch.Mask };
}
