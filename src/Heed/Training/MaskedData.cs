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
        MaskingSection masking = recipe.Algorithm.Masking;
        Func<int, bool>? continues = tokenizer.Model is WordPieceModel pieces ? id => tokenizer.IdToToken(id).StartsWith(pieces.ContinuingPrefix, StringComparison.Ordinal) : null;
        string unit = masking.Unit ?? (continues is null ? "token" : "word");
        if (unit == "word" && continues is null) throw new InvalidDataException($"algorithm.masking.unit: only a tokenizer of word pieces knows where words begin; with the tokenizer \"{recipe.Data.Tokenizer}\" the unit may be token, span or phrase");
        MaskedVocabulary vocabulary = new(tokenizer.VocabularySize, RecipeTokenizer.Require(tokenizer, "mask_token", recipe), RecipeTokenizer.Padding(tokenizer, recipe),
            [.. tokenizer.AddedTokens.Where(t => t.Special).Select(t => t.Id)])
        {
            Rate = masking.Rate ?? 0.15,
            Continues = unit == "token" ? null : continues,
            SpanLength = unit == "span" ? masking.SpanLength ?? 5 : null,
            Phrases = unit == "phrase" ? Phrases(recipe, tokenizer, training, continues) : null,
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
        (string[] training, string[] validation) = Read(recipe, progress);
        progress?.Invoke($"tokenizer: {RecipeTokenizer.Name(recipe)}");
        Tokenizer tokenizer = RecipeTokenizer.MakeBert(recipe, training, validation, cancellation);
        progress?.Invoke("encoding");
        int context = recipe.Algorithm.Context;
        return new MaskedData(recipe, tokenizer, RecipeTokenizer.Encode(tokenizer, training, context, "training"), RecipeTokenizer.Encode(tokenizer, validation, context, "validation"));
    }

    /// <summary>The recipe's plain texts, for training and for validation.</summary>
    public static (string[] Training, string[] Validation) Read(Recipe recipe, Action<string>? progress) =>
        recipe.Data.Source == "facts" ? Facts(recipe) : new RecipeRecords(recipe, progress).Texts();

    // Those of the recipe's list, as they stand at the beginning of a text and within one; or those that the training texts show.
    private static PhraseSet Phrases(Recipe recipe, Tokenizer tokenizer, int[][] training, Func<int, bool>? continues)
    {
        if (recipe.Algorithm.Masking.Phrases is not { } list)
            return PhraseSet.Find(training.Select(text => MaskedBatches.Words(text, tokenizer.IsSpecial, continues ?? (_ => false)).Select(w => text[w.Start..w.End])));
        string path = recipe.Resolve(list);
        if (!File.Exists(path)) throw new FileNotFoundException($"algorithm.masking.phrases: there is no file {path}", path);
        string[] phrases = [.. TextFile.Read(path).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        PhraseSet set = new(phrases.SelectMany(p => (string[])[p, " " + p]).Select(p => tokenizer.Encode(p, SpecialTokens.None)));
        return set.Count > 0 ? set : throw new InvalidDataException($"algorithm.masking.phrases: {path} has no phrase of 2 tokens or more, one a line");
    }

    private static (string[], string[]) Facts(Recipe recipe) =>
    (
        [.. MaskedWords.Training((ulong)recipe.Seed, recipe.Data.Examples, RecipeRecords.Language(recipe))],
        [.. MaskedWords.HeldOut((ulong)recipe.Seed, RecipeRecords.Language(recipe)).Select(s => s.Text).Distinct()]
    );

    private static TrainingBatch Of(MaskedBatch batch) => new(batch.Inputs, batch.Labels) { Mask = batch.Mask };

    private IEnumerable<int> Ordinary(int[][] sequences) => sequences.SelectMany(s => s).Where(id => !Tokenizer!.IsSpecial(id));
}
