using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Heed.Data;
using Heed.Data.Records;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>Running text for the objective "causal": every window of it is a sequence whose next tokens are to be predicted.</summary>
internal sealed class TextData : TrainingData
{
    private readonly int[] training, validation;
    private readonly TokenBatches trainingBatches, validationBatches;

    private TextData(Tokenizer tokenizer, int[] training, int[] validation, double bytesPerToken, AlgorithmSection algorithm) : base(tokenizer)
    {
        (this.training, this.validation, BytesPerToken) = (training, validation, bytesPerToken);
        trainingBatches = new TokenBatches(training, algorithm.Batch, algorithm.Context, "training text");
        validationBatches = new TokenBatches(validation, algorithm.Batch, algorithm.Context, "validation text");
    }

    public override double? BytesPerToken { get; }

    public override bool CountsAnswers => false;

    public override int ValidationCount => validationBatches.Windows;

    public override TrainingBatch Training(long index, RandomSource random) => trainingBatches.Random(random);

    public override TrainingBatch Validation(int first, int count) => validationBatches.InOrder(first, count);

    public override double FrequencyLoss() => FrequencyLoss(training, validation, Tokenizer!.VocabularySize);

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        hash.AppendData(MemoryMarshal.AsBytes(training.AsSpan()));
    }

    public static new TextData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        bool made = recipe.Data.Source == "stories", documents = made || !RecordFile.IsText(recipe.Data.Source);
        (IReadOnlyList<string> training, IReadOnlyList<string> validation) = made ? Stories(recipe) : documents ? new RecipeRecords(recipe, progress).Texts() : Text(recipe);
        progress?.Invoke($"tokenizer: {recipe.Data.Tokenizer}");
        Tokenizer tokenizer = RecipeTokenizer.Make(recipe, training, validation, documents ? [EndOfText] : [], cancellation);
        progress?.Invoke("encoding");
        int? end = documents ? RecipeChat.End(recipe, tokenizer) : null;
        int[] trainingIds = Encode(tokenizer, training, end, cancellation), validationIds = Encode(tokenizer, validation, end, cancellation);
        long bytes = validation.Sum(text => (long)Encoding.UTF8.GetByteCount(text));
        return new TextData(tokenizer, trainingIds, validationIds, (double)bytes / Math.Max(1, validationIds.Length), recipe.Algorithm);
    }

    private static (IReadOnlyList<string>, IReadOnlyList<string>) Stories(Recipe recipe)
    {
        string[] stories = [.. StoryGrammar.Generate((ulong)recipe.Seed, recipe.Data.Stories, RecipeRecords.Language(recipe))];
        int validation = Math.Max(1, (int)(stories.Length * recipe.Data.ValidationFraction));
        if (validation >= stories.Length) throw new InvalidDataException($"data.stories: {stories.Length} stories with a validation fraction of {recipe.Data.ValidationFraction} leave none to learn from");
        return (stories[..^validation], stories[^validation..]);
    }

    private static (IReadOnlyList<string>, IReadOnlyList<string>) Text(Recipe recipe)
    {
        string text = TextFile.Read(recipe.Resolve(recipe.Data.Source));
        if (recipe.Data.Validation is { } file) return ([text], [TextFile.Read(recipe.Resolve(file))]);
        int split = text.Length - (int)(text.Length * recipe.Data.ValidationFraction);
        if (split > 0 && split < text.Length && char.IsLowSurrogate(text[split])) split--; // never through a character
        return ([text[..split]], [text[split..]]);
    }

    private static int[] Encode(Tokenizer tokenizer, IReadOnlyList<string> texts, int? end, CancellationToken cancellation)
    {
        List<int> ids = [];
        foreach (string text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            ids.AddRange(tokenizer.Encode(text, SpecialTokens.None));
            if (end is { } id) ids.Add(id);
        }
        return [.. ids];
    }
}
