using System.Security.Cryptography;
using System.Text;
using Heed.Data;
using Heed.Data.Records;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>Documents for the objective "causal" with gaps that are to be filled (<c>algorithm.fim</c>).</summary>
internal sealed class GapData : TrainingData
{
    private readonly GapDocument[] training, validation;
    private readonly GapBatches trainingBatches, validationBatches;

    /// <summary>Encodes documents.</summary>
    public GapData(Recipe recipe, Tokenizer tokenizer, IReadOnlyList<string> training, IReadOnlyList<string> validation, int end) : base(tokenizer)
    {
        AlgorithmSection a = recipe.Algorithm;
        GapOptions options = new(a.Fim.Rate, a.Fim.SuffixFirst, a.Fim.Cut == "characters");
        this.training = Array.ConvertAll([.. training], t => GapDocument.Of(t, tokenizer));
        this.validation = Array.ConvertAll([.. validation], t => GapDocument.Of(t, tokenizer));
        trainingBatches = new GapBatches(this.training, tokenizer, end, a.Batch, a.Context, options, (ulong)recipe.Seed, "training text");
        validationBatches = new GapBatches(this.validation, tokenizer, end, a.Batch, a.Context, options, (ulong)recipe.Seed, "validation text");
    }

    /// <summary>Reads or makes the documents.</summary>
    public static new GapData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        (string[] training, string[] validation) = Read(recipe, progress);
        progress?.Invoke($"tokenizer: {RecipeTokenizer.Name(recipe)}");
        Tokenizer tokenizer = RecipeTokenizer.Make(recipe, training, validation, [EndOfText, .. GapTokens.Names], cancellation);
        progress?.Invoke("encoding");
        return new GapData(recipe, tokenizer, training, validation, TextData.EndToken(recipe, tokenizer) ?? throw new InvalidDataException($"data.tokenizer: the tokenizer \"{recipe.Data.Tokenizer}\" has no {EndOfText}, which ends what fills a gap"));
    }

    private static (string[] Training, string[] Validation) Read(Recipe recipe, Action<string>? progress)
    {
        if (recipe.Data.Source == "stories") return RecipeRecords.Stories(recipe);
        RecipeRecords records = new(recipe, progress);
        TextStream stream = new(recipe, records);
        (string[], string[]) read = ([.. stream.Of(DataSplit.Training)], [.. stream.Of(DataSplit.Validation)]);
        if (records.Faults.Count > 0) progress?.Invoke(records.Faults.Summary);
        return read;
    }

    public override bool CountsAnswers => false;

    public override int ValidationCount => validationBatches.Windows;

    public override TrainingBatch Training(long index, RandomSource random) => trainingBatches.Random(random);

    public override TrainingBatch Validation(int first, int count) => validationBatches.InOrder(first, count);

    public override double FrequencyLoss() => FrequencyLoss(training.SelectMany(d => d.Ids), validation.SelectMany(d => d.Ids), Tokenizer!.VocabularySize);

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        foreach (GapDocument document in training) hash.AppendData(Encoding.UTF8.GetBytes(document.Text + "\0"));
    }
}
