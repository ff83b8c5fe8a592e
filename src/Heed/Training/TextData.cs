using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Heed.Data;
using Heed.Data.Records;
using Heed.Data.Tokens;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>Text for the objective "causal": every window of it is a sequence whose next tokens are to be predicted.</summary>
internal sealed class TextData : TrainingData
{
    private readonly TokenStore training, validation;
    private readonly TokenBatches? trainingBatches, validationBatches; // windows that stand alone
    private readonly TokenStreams? trainingStreams, validationStreams; // or windows that go on from one to the next
    private readonly DocumentBatches? trainingDocuments, validationDocuments; // or documents side by side
    private readonly string? key; // of what the training tokens depend on; null = made on the spot

    private TextData(Tokenizer tokenizer, TokenStore training, TokenStore validation, string? key, Recipe recipe) : base(tokenizer)
    {
        (this.training, this.validation, this.key) = (training, validation, key);
        AlgorithmSection algorithm = recipe.Algorithm;
        if (recipe.Data.Packing == "documents")
        {
            trainingDocuments = new DocumentBatches(training, algorithm.Batch, algorithm.Context, (ulong)recipe.Seed, "training documents");
            validationDocuments = new DocumentBatches(validation, algorithm.Batch, algorithm.Context, (ulong)recipe.Seed, "validation documents");
            BytesPerToken = (double)validation.TextBytes / validationDocuments.Places;
            return;
        }
        BytesPerToken = (double)validation.TextBytes / Math.Max(1, validation.Count);
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

    public override int ValidationCount => validationDocuments?.Rows ?? (validationStreams is { } streams ? streams.Windows * streams.Batch : validationBatches!.Windows);

    public override TrainingBatch Training(long index, RandomSource random) =>
        trainingDocuments is { } documents ? Of(documents[index]) : trainingStreams is { } streams ? Window(streams, (int)(index % streams.Windows)) : trainingBatches!.Random(random);

    public override TrainingBatch Validation(int first, int count) =>
        validationDocuments is { } documents ? Of(documents.InOrder(first, count)) : validationStreams is { } streams ? Window(streams, first / streams.Batch) : validationBatches!.InOrder(first, count);

    public override double FrequencyLoss()
    {
        long[] seen = new long[Tokenizer!.VocabularySize], asked = new long[seen.Length];
        training.AddCounts(seen);
        validation.AddCounts(asked);
        return FrequencyLoss(seen, asked);
    }

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        hash.AppendData(Encoding.UTF8.GetBytes(trainingDocuments is null ? "stream" : "documents"));
        if (key is not null) hash.AppendData(Encoding.UTF8.GetBytes(key));
        else hash.AppendData(MemoryMarshal.AsBytes(((TokenList)training).Ids));
    }

    public static new TextData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        if (recipe.Data.Source == "stories") return Made(recipe, progress, cancellation);
        RecipeRecords records = new(recipe, progress);
        TextStream stream = new(recipe, records);
        bool documents = !stream.IsRunning;
        if (!documents && recipe.Data.Packing == "documents") throw new InvalidDataException($"data.packing must be \"stream\", because {recipe.Data.Source} is running text without documents; it is \"{recipe.Data.Packing}\"");
        progress?.Invoke($"tokenizer: {RecipeTokenizer.Name(recipe)}");
        // Characters and words are taken of the whole text, characters of the validation part too.
        bool all = recipe.Data.Tokenizer is "characters" or "words";
        IEnumerable<string> sample = all ? stream.Of(DataSplit.Training) : stream.Sample(DataSplit.Training, recipe.Data.TokenizerSample);
        Tokenizer tokenizer = RecipeTokenizer.Make(recipe, sample, stream.Of(DataSplit.Validation), documents ? [EndOfText] : [], cancellation);
        progress?.Invoke("encoding");
        TextTokens tokens = new(recipe, tokenizer, documents ? EndToken(recipe, tokenizer) : null, progress);
        TextData data = new(tokenizer, tokens.Of(stream, DataSplit.Training, cancellation), tokens.Of(stream, DataSplit.Validation, cancellation), tokens.Key(stream, DataSplit.Training), recipe);
        if (records.Faults.Count > 0) progress?.Invoke(records.Faults.Summary);
        return data;
    }

    private static TextData Made(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        (string[] training, string[] validation) = RecipeRecords.Stories(recipe);
        progress?.Invoke($"tokenizer: {RecipeTokenizer.Name(recipe)}");
        Tokenizer tokenizer = RecipeTokenizer.Make(recipe, training, validation, [EndOfText], cancellation);
        progress?.Invoke("encoding");
        TextTokens tokens = new(recipe, tokenizer, EndToken(recipe, tokenizer), progress);
        return new TextData(tokenizer, tokens.Of(training, cancellation), tokens.Of(validation, cancellation), null, recipe);
    }

    private static TrainingBatch Window(TokenStreams streams, int window)
    {
        (Tensor inputs, Tensor targets) = streams[window];
        return new TrainingBatch(inputs, targets) { Continues = window > 0 };
    }

    private static TrainingBatch Of(DocumentBatch batch) => new(batch.Inputs, batch.Targets) { Positions = batch.Positions, FirstKeys = batch.FirstKeys };

    // What ends a document: of a model that the training starts from, its own end token.
    internal static int? EndToken(Recipe recipe, Tokenizer tokenizer) =>
        tokenizer.TokenToId(EndOfText) ?? tokenizer.TokenToId(WordTrainer.EndToken) ?? (RecipeStart.Is(recipe) ? RecipeStart.Config(recipe).EndTokens.Cast<int?>().FirstOrDefault() : null);
}
