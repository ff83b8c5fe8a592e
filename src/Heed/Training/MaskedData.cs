using System.Security.Cryptography;
using Heed.Data;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>Texts for the objective "masked": some of their words are hidden and are to be told from the others.</summary>
internal sealed class MaskedData : TrainingData
{
    private readonly int[][] training, validation;
    private readonly MaskedBatches trainingBatches, validationBatches;

    private MaskedData(Recipe recipe, Tokenizer tokenizer, int[][] training, int[][] validation) : base(tokenizer)
    {
        (this.training, this.validation) = (training, validation);
        MaskedVocabulary vocabulary = new(tokenizer.VocabularySize, RecipeTokenizer.Require(tokenizer, "mask_token", recipe), RecipeTokenizer.Padding(tokenizer, recipe),
            [.. tokenizer.AddedTokens.Where(t => t.Special).Select(t => t.Id)])
        {
            Rate = recipe.Algorithm.MaskRate,
            Continues = tokenizer.Model is WordPieceModel pieces ? id => tokenizer.IdToToken(id).StartsWith(pieces.ContinuingPrefix, StringComparison.Ordinal) : null,
        };
        trainingBatches = new MaskedBatches(training, recipe.Algorithm.Batch, vocabulary, (ulong)recipe.Seed, "training texts", recipe.Algorithm.BatchTokens);
        validationBatches = new MaskedBatches(validation, recipe.Algorithm.Batch, vocabulary, (ulong)recipe.Seed, "validation texts");
    }

    public override int ValidationCount => validation.Length;

    public override TrainingBatch Training(long index, RandomSource random) => Of(trainingBatches[index]);

    public override TrainingBatch Validation(int first, int count) => Of(validationBatches.InOrder(first, count));

    public override double FrequencyLoss() => FrequencyLoss(Ordinary(training), Ordinary(validation), Tokenizer!.VocabularySize);

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        Append(hash, training);
    }

    public static new MaskedData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        (string[] training, string[] validation) = recipe.Data.Source == "facts" ? Facts(recipe) : new RecipeRecords(recipe, progress).Texts();
        progress?.Invoke($"tokenizer: {recipe.Data.Tokenizer}");
        Tokenizer tokenizer = RecipeTokenizer.MakeBert(recipe, training, validation, cancellation);
        progress?.Invoke("encoding");
        int context = recipe.Algorithm.Context;
        return new MaskedData(recipe, tokenizer, RecipeTokenizer.Encode(tokenizer, training, context, "training"), RecipeTokenizer.Encode(tokenizer, validation, context, "validation"));
    }

    private static (string[], string[]) Facts(Recipe recipe) =>
    (
        [.. MaskedWords.Training((ulong)recipe.Seed, recipe.Data.Examples, RecipeRecords.Language(recipe))],
        [.. MaskedWords.HeldOut((ulong)recipe.Seed, RecipeRecords.Language(recipe)).Select(s => s.Text).Distinct()]
    );

    private static TrainingBatch Of(MaskedBatch batch) => new(batch.Inputs, batch.Labels) { Mask = batch.Mask };

    private IEnumerable<int> Ordinary(int[][] sequences) => sequences.SelectMany(s => s).Where(id => !Tokenizer!.IsSpecial(id));
}
