using System.Security.Cryptography;
using System.Text;
using Heed.Data;
using Heed.Data.Records;
using Heed.Data.Tokens;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>Pairs of texts for the objective "sequence-to-sequence": the encoder reads the one, the decoder is to write the other.</summary>
internal sealed class PairData : TrainingData
{
    private readonly Pairs training, validation;
    private readonly PairBatches trainingBatches, validationBatches;

    private PairData(Recipe recipe, Tokenizer tokenizer, Pairs training, Pairs validation) : base(tokenizer)
    {
        (this.training, this.validation) = (training, validation);
        int padding = RecipeTokenizer.Padding(tokenizer, recipe), start = StartToken(recipe, tokenizer);
        trainingBatches = new PairBatches(training.Sources, training.Targets, recipe.Algorithm.Batch, padding, start, (ulong)recipe.Seed, "training pairs", recipe.Algorithm.BatchTokens);
        validationBatches = new PairBatches(validation.Sources, validation.Targets, recipe.Algorithm.Batch, padding, start, (ulong)recipe.Seed, "validation pairs");
    }

    public override int ValidationCount => validationBatches.Count;

    public override TrainingBatch Training(long index, RandomSource random) => Of(trainingBatches[index]);

    public override TrainingBatch Validation(int first, int count) => Of(validationBatches.InOrder(first, count));

    public override double FrequencyLoss() => FrequencyLoss(training.Targets.SelectMany(t => t), validation.Targets.SelectMany(t => t), Tokenizer!.VocabularySize);

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        Append(hash, training.Sources);
        Append(hash, training.Targets);
    }

    /// <summary>The id that the decoder starts with: BART's end token, T5's padding.</summary>
    public static int StartToken(Recipe recipe, Tokenizer tokenizer) => RecipeStart.Is(recipe)
        ? RecipeStart.Config(recipe).DecoderStartToken ?? throw new RecipeException("algorithm.start_from: the model's configuration has no decoder_start_token_id", "algorithm.start_from")
        : RecipeTokenizer.Require(tokenizer, recipe.Algorithm.Family == "bart" ? "eos_token" : "pad_token", recipe);

    public static new PairData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        if (recipe.Data.Source == "pairs")
        {
            ((string, string)[] training, (string, string)[] validation) = Made(recipe);
            return Prepare(recipe, part => part == DataSplit.Training ? training : validation, (_, _, encoded) => RecipeTokens.InMemory(encoded()), 0, progress, cancellation);
        }
        RecipeRecords records = new(recipe, progress);
        RecordStream<(string First, string Second)> stream = new(recipe, records, files => records.Pairs(files, "source", "target", "1", "a source and its target"), pair => pair.First);
        PairData data = Prepare(recipe, stream.Of, Store, stream.Bytes, progress, cancellation);
        if (records.Faults.Count > 0) progress?.Invoke(records.Faults.Summary);
        return data;

        TokenStore Store(DataSplit part, Tokenizer tokenizer, Func<IEnumerable<(int[], long)>> encoded)
        {
            DataSection d = recipe.Data;
            string form = FormattableString.Invariant($"pairs 1|{d.Text}|{d.Target}|{d.CorruptLimit}");
            TokenStore store = RecipeTokens.Of(recipe, stream.Bytes, DataFiles.Name(part), () => Key($"{stream.Fingerprint(part, form)}|{tokenizer.Fingerprint}|{recipe.Algorithm.Context}"), tokenizer.VocabularySize, encoded, progress);
            return store.Documents > 0 ? store : throw records.Empty(part);
        }

        static string Key(string words) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(words)));
    }

    // The texts of a pair follow each other in a store.
    private static PairData Prepare(Recipe recipe, Func<DataSplit, IEnumerable<(string First, string Second)>> pairs, Func<DataSplit, Tokenizer, Func<IEnumerable<(int[], long)>>, TokenStore> store, long bytes, Action<string>? progress, CancellationToken cancellation)
    {
        progress?.Invoke($"tokenizer: {RecipeTokenizer.Name(recipe)}");
        long wanted = recipe.Data.Tokenizer == "characters" ? long.MaxValue : recipe.Data.TokenizerSample;
        IEnumerable<string> sample = TextSample.First(Both(TextSample.Spread(pairs(DataSplit.Training), bytes, wanted)), wanted);
        Tokenizer tokenizer = RecipeTokenizer.MakePair(recipe, sample, Both(pairs(DataSplit.Validation)), cancellation);
        progress?.Invoke("encoding");
        return new PairData(recipe, tokenizer, Encode(DataSplit.Training), Encode(DataSplit.Validation));

        static IEnumerable<string> Both(IEnumerable<(string First, string Second)> pairs) => pairs.SelectMany(p => (string[])[p.First, p.Second]);

        Pairs Encode(DataSplit part)
        {
            TextEncoder encoder = new(texts => RecipeTokenizer.Encode(tokenizer, texts, recipe.Algorithm.Context, DataFiles.Name(part)), "texts", progress);
            return Pairs.Of(store(part, tokenizer, () => encoder.Encode(Both(pairs(part)), cancellation)), recipe.Data.Direction);
        }
    }

    private static ((string, string)[], (string, string)[]) Made(Recipe recipe)
    {
        const int MostHeldOut = 10_000;
        ulong seed = (ulong)recipe.Seed;
        int count = recipe.Data.Examples;
        return
        (
            [.. PairGrammar.Training(seed, count).Select(p => (p.English, p.Chinese))],
            [.. PairGrammar.HeldOut(seed, Math.Min(MostHeldOut, RecipeRecords.ValidationCount(recipe, count))).Select(p => (p.English, p.Chinese))]
        );
    }

    // Padding on the right needs no mask in a causal decoder.
    internal static TrainingBatch Of(PairBatch batch) => new(batch.DecoderInputs, batch.Labels) { Sources = batch.Sources, SourceMask = batch.SourceMask };

    /// <summary>The two sides of pairs.</summary>
    private sealed record Pairs(IReadOnlyList<int[]> Sources, IReadOnlyList<int[]> Targets)
    {
        public static Pairs Of(TokenStore store, string direction)
        {
            int count = checked((int)(store.Documents / 2)), all = direction == "both" ? 2 * count : count;
            return new Pairs(new TokenRows(store, all, i => Place(i, direction == "backward")), new TokenRows(store, all, i => Place(i, direction != "backward")));

            // In both directions: all pairs forward, then all backward.
            long Place(int i, bool second) => i < count ? 2L * i + (second ? 1 : 0) : 2L * (i - count) + (second ? 0 : 1);
        }
    }
}
