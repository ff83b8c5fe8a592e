using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Heed.Data;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>Texts with several labels each or with a value, for the objective "classify" with the problems "multi" and "regression".</summary>
internal sealed class ValueData : TrainingData
{
    private readonly int[][] texts;
    private readonly float[][] values, validationValues; // (labels) 0 or 1; or one value, standardised
    private readonly RowBatches trainingBatches, validationBatches;
    private readonly bool several;

    private ValueData(Recipe recipe, Tokenizer tokenizer, string[] labels, (string Text, float[] Values)[] training, (string Text, float[] Values)[] validation) : base(tokenizer)
    {
        Labels = labels;
        several = recipe.Algorithm.Classification.Problem == "multi";
        (values, validationValues) = (Array.ConvertAll(training, t => t.Values), Array.ConvertAll(validation, t => t.Values));
        if (!several) Scale = Standardised();
        int padding = RecipeTokenizer.Padding(tokenizer, recipe);
        texts = Encode(training, "training");
        trainingBatches = new RowBatches(texts, null, recipe.Algorithm.Batch, padding, (ulong)recipe.Seed, "training texts");
        validationBatches = new RowBatches(Encode(validation, "validation"), null, recipe.Algorithm.Batch, padding, (ulong)recipe.Seed, "validation texts");

        int[][] Encode((string Text, float[])[] of, string what) => RecipeTokenizer.Encode(tokenizer, [.. of.Select(t => t.Text)], recipe.Algorithm.Context, what);
    }

    public override IReadOnlyList<string> Labels { get; }

    public override TargetScale? Scale { get; }

    public override bool CountsAnswers => several;

    public override int ValidationCount => validationBatches.Count;

    public override TrainingBatch Training(long index, RandomSource random) => Of(trainingBatches[index], values);

    public override TrainingBatch Validation(int first, int count) => Of(validationBatches.InOrder(first, count), validationValues);

    // Of who knows each label's frequency; of who always says the mean.
    public override double FrequencyLoss() => several
        ? Enumerable.Range(0, Labels.Count).Average(label =>
        {
            double share = (values.Count(v => v[label] == 1) + 1.0) / (values.Length + 2);
            return -validationValues.Average(v => Math.Log(v[label] == 1 ? share : 1 - share));
        })
        : validationValues.Average(v => (double)v[0] * v[0]);

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        Append(hash, texts);
        foreach (float[] row in values) hash.AppendData(MemoryMarshal.AsBytes(row.AsSpan()));
    }

    public static new ValueData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        bool several = recipe.Algorithm.Classification.Problem == "multi";
        ((string Text, string Target)[] training, (string Text, string Target)[] validation) = new RecipeRecords(recipe, progress).Pairs("text", "label", "2", several ? "labels and a text" : "a value and a text", emptySecond: several);
        string[] labels = several ? [.. training.SelectMany(t => Parts(t.Target)).Distinct().Order(StringComparer.Ordinal)] : [recipe.Data.Target is { } column && !column.Contains('{', StringComparison.Ordinal) ? column : "value"];
        if (labels.Length == 0) throw new InvalidDataException($"{recipe.Data.Source}: no training text has a label");
        progress?.Invoke($"tokenizer: {RecipeTokenizer.Name(recipe)}");
        Tokenizer tokenizer = RecipeTokenizer.MakeBert(recipe, [.. training.Select(t => t.Text)], [.. validation.Select(t => t.Text)], cancellation);
        progress?.Invoke("encoding");
        return new ValueData(recipe, tokenizer, labels, Array.ConvertAll(training, Read), Array.ConvertAll(validation, Read));

        (string, float[]) Read((string Text, string Target) pair) => (pair.Text, several ? Flags(pair.Target) : [Number(pair.Target)]);

        float[] Flags(string target)
        {
            float[] flags = new float[labels.Length];
            foreach (string label in Parts(target))
                flags[Array.BinarySearch(labels, label, StringComparer.Ordinal) is >= 0 and int place ? place : throw new InvalidDataException($"{recipe.Data.Source}: the label \"{RecipeNode.Shorten(label)}\" stands in the validation part only")] = 1;
            return flags;
        }

        float Number(string target) => float.TryParse(target, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value) ? value
            : throw new InvalidDataException($"{recipe.Data.Source}: the target \"{RecipeNode.Shorten(target)}\" is no number, which the problem \"regression\" needs");
    }

    // A list of a record stands one a line; in a table labels stand between commas.
    private static string[] Parts(string target) => target.Split(target.Contains('\n', StringComparison.Ordinal) ? '\n' : ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private TargetScale Standardised()
    {
        double mean = values.Average(v => (double)v[0]), deviation = Math.Sqrt(values.Average(v => (v[0] - mean) * (v[0] - mean)));
        TargetScale scale = new(mean, deviation > 0 ? deviation : 1);
        foreach (float[] row in values.Concat(validationValues)) row[0] = (float)((row[0] - scale.Mean) / scale.Deviation);
        return scale;
    }

    private TrainingBatch Of(RowBatch batch, float[][] all) =>
        new(batch.Inputs, Tensor.From(new Shape(batch.Examples.Length, Labels.Count), batch.Examples.SelectMany(e => all[e]).ToArray())) { Mask = batch.Mask };
}

/// <summary>How targets were standardised for the training: value = mean + deviation · what is learned.</summary>
/// <param name="Mean">Mean of the training part.</param>
/// <param name="Deviation">Its standard deviation.</param>
public sealed record TargetScale(double Mean, double Deviation);
