using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Heed.Data;
using Heed.Data.Records;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>
/// Texts whose vectors shall be alike, for the objective "contrastive": pairs of like texts; pairs with a score of how alike they are; or texts
/// alone, each paired with itself under another dropout (SimCSE; Gao et al. 2021).
/// </summary>
internal sealed class ContrastiveData : TrainingData
{
    private const string First = "text", Second = "target", Score = "score";

    private readonly Pairs training, validation;
    private readonly RowBatches trainingBatches, validationBatches;
    private readonly int padding;

    private sealed record Pair(string First, string Second, float? Score);

    private sealed record Pairs(int[][] First, int[][] Second, float[]? Scores);

    private ContrastiveData(Recipe recipe, Tokenizer tokenizer, Pair[] training, Pair[] validation) : base(tokenizer)
    {
        padding = RecipeTokenizer.Padding(tokenizer, recipe);
        // Scores are shares of the highest.
        bool scored = training.All(p => p.Score is not null) && validation.All(p => p.Score is not null);
        float highest = scored ? training.Max(p => Math.Abs(p.Score!.Value)) : 1;
        (this.training, this.validation) = (Encode(training, "training"), Encode(validation, "validation"));
        trainingBatches = new RowBatches(this.training.First, null, recipe.Algorithm.Batch, padding, (ulong)recipe.Seed, "training texts");
        validationBatches = new RowBatches(this.validation.First, null, recipe.Algorithm.Batch, padding, (ulong)recipe.Seed, "validation texts");
        CountsAnswers = !scored;

        Pairs Encode(Pair[] pairs, string what)
        {
            int[][] Ids(Func<Pair, string> side) => RecipeTokenizer.Encode(tokenizer, [.. pairs.Select(side)], recipe.Algorithm.Context, what);
            return new Pairs(Ids(p => p.First), Ids(p => p.Second), scored ? [.. pairs.Select(p => p.Score!.Value / (highest > 0 ? highest : 1))] : null);
        }
    }

    public override bool CountsAnswers { get; }

    public override int ValidationCount => validationBatches.Count;

    public override TrainingBatch Training(long index, RandomSource random) => Of(trainingBatches[index], training);

    public override TrainingBatch Validation(int first, int count) => Of(validationBatches.InOrder(first, count), validation);

    // Of who cannot tell the texts of a batch apart; of who always says the mean score.
    public override double FrequencyLoss()
    {
        if (training.Scores is not { } scores) return Math.Log(Math.Max(2, Math.Min(trainingBatches[0].Examples.Length, ValidationCount)));
        double mean = scores.Average();
        return validation.Scores!.Average(s => (s - mean) * (s - mean));
    }

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        Append(hash, training.First);
        Append(hash, training.Second);
        if (training.Scores is { } scores) hash.AppendData(MemoryMarshal.AsBytes(scores.AsSpan()));
    }

    public static new ContrastiveData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        RecordText one = new(recipe.Data.Text ?? First), two = new(recipe.Data.Target ?? Second);
        (Pair[] training, Pair[] validation) = new RecipeRecords(recipe, progress).Of([.. one.Columns, .. two.Columns, Score], record =>
        {
            bool places = recipe.Data.Text is null && record.Values.ContainsKey("2") && !record.Values.ContainsKey(Second); // a table without names, or a line with tabs
            string first = places ? record.Text("1") : one.Of(record);
            string second = places ? record.Text("2") : recipe.Data.Target is not null || record.Values.ContainsKey(Second) ? two.Of(record) : first;
            if (string.IsNullOrWhiteSpace(first) || string.IsNullOrWhiteSpace(second)) throw new RecordException("a text is empty");
            RecordValue? given = record.Values.GetValueOrDefault(places ? "3" : Score);
            if (given?.Text is not { } number) return new Pair(first, second, null);
            return float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out float score) && float.IsFinite(score) ? new Pair(first, second, score) : throw new RecordException($"the score must be a number, but is {given}");
        }, p => p.First);
        progress?.Invoke($"tokenizer: {RecipeTokenizer.Name(recipe)}");
        Tokenizer tokenizer = RecipeTokenizer.MakeBert(recipe, Texts(training), Texts(validation), cancellation);
        progress?.Invoke("encoding");
        return new ContrastiveData(recipe, tokenizer, training, validation);

        static string[] Texts(Pair[] pairs) => [.. pairs.SelectMany(p => (string[])[p.First, p.Second])];
    }

    // The first texts, and below them their partners.
    private TrainingBatch Of(RowBatch batch, Pairs pairs)
    {
        int count = batch.Examples.Length;
        int[][] rows = [.. batch.Examples.Select(e => pairs.First[e]), .. batch.Examples.Select(e => pairs.Second[e])];
        int[] all = [.. Enumerable.Range(0, 2 * count)];
        Tensor targets = pairs.Scores is { } scores ? Tensor.From(new Shape(count), Array.ConvertAll(batch.Examples, e => scores[e])) : Tensor.From(new Shape(count), (int[])[.. Enumerable.Range(0, count)]);
        return new TrainingBatch(RowBatches.Padded(rows, all, padding), targets) { Mask = RowBatches.Padded(Array.ConvertAll(rows, r => (int[])[.. Enumerable.Repeat(1, r.Length)]), all, 0) };
    }
}
