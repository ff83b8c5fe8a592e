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
    private readonly TokenBatches? trainingBatches, validationBatches; // windows that stand alone
    private readonly TokenStreams? trainingStreams, validationStreams; // or windows that go on from one to the next

    private TextData(Tokenizer tokenizer, int[] training, int[] validation, double bytesPerToken, AlgorithmSection algorithm) : base(tokenizer)
    {
        (this.training, this.validation, BytesPerToken) = (training, validation, bytesPerToken);
        if (algorithm.CarriesState)
        {
            trainingStreams = new TokenStreams(training, algorithm.Batch, algorithm.Context, "training text");
            validationStreams = new TokenStreams(validation, algorithm.Batch, algorithm.Context, "validation text");
            return;
        }
        trainingBatches = new TokenBatches(training, algorithm.Batch, algorithm.Context, "training text");
        validationBatches = new TokenBatches(validation, algorithm.Batch, algorithm.Context, "validation text");
    }

    public override double? BytesPerToken { get; }

    public override bool CountsAnswers => false;

    public override bool IsContinuous => validationStreams is not null;

    public override int ValidationCount => validationStreams is { } streams ? streams.Windows * streams.Batch : validationBatches!.Windows;

    public override TrainingBatch Training(long index, RandomSource random) =>
        trainingStreams is { } streams ? Window(streams, (int)(index % streams.Windows)) : trainingBatches!.Random(random);

    public override TrainingBatch Validation(int first, int count) =>
        validationStreams is { } streams ? Window(streams, first / streams.Batch) : validationBatches!.InOrder(first, count);

    public override double FrequencyLoss() => FrequencyLoss(training, validation, Tokenizer!.VocabularySize);

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        hash.AppendData(MemoryMarshal.AsBytes(training.AsSpan()));
    }

    private static TrainingBatch Window(TokenStreams streams, int window)
    {
        (Tensor inputs, Tensor targets) = streams[window];
        return new TrainingBatch(inputs, targets) { Continues = window > 0 };
    }

    public static new TextData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        bool made = recipe.Data.Source == "stories";
        RecipeRecords? records = made ? null : new RecipeRecords(recipe, progress);
        bool documents = records is not { Source.IsRunningText: true };
        (IReadOnlyList<string> training, IReadOnlyList<string> validation) = records is null ? Stories(recipe) : documents ? records.Texts(documents: true) : Text(recipe, records);
        progress?.Invoke($"tokenizer: {recipe.Data.Tokenizer}");
        Tokenizer tokenizer = RecipeTokenizer.Make(recipe, training, validation, documents ? [EndOfText] : [], cancellation);
        progress?.Invoke("encoding");
        int? end = documents ? tokenizer.TokenToId(EndOfText) ?? tokenizer.TokenToId(WordTrainer.EndToken) ?? (RecipeStart.Is(recipe) ? RecipeStart.Config(recipe).EndTokens.Cast<int?>().FirstOrDefault() : null) : null;
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

    private static (IReadOnlyList<string>, IReadOnlyList<string>) Text(Recipe recipe, RecipeRecords records)
    {
        string text = TextFile.Read(records.Source.Paths[0]);
        if (records.Apart(DataSplit.Validation) is { } files) return ([text], [.. records.Texts(files, documents: true)]);
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
