using System.Security.Cryptography;
using Heed.Data;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>Pairs of texts for the objective "sequence-to-sequence": the encoder reads the one, the decoder is to write the other.</summary>
internal sealed class PairData : TrainingData
{
    private readonly int[][] sources, targets, validationTargets;
    private readonly PairBatches trainingBatches, validationBatches;

    private PairData(Recipe recipe, Tokenizer tokenizer, (int[][] Sources, int[][] Targets) training, (int[][] Sources, int[][] Targets) validation) : base(tokenizer)
    {
        (sources, targets, validationTargets) = (training.Sources, training.Targets, validation.Targets);
        int padding = RecipeTokenizer.Padding(tokenizer, recipe), start = StartToken(recipe, tokenizer);
        trainingBatches = new PairBatches(sources, targets, recipe.Algorithm.Batch, padding, start, (ulong)recipe.Seed, "training pairs", recipe.Algorithm.BatchTokens);
        validationBatches = new PairBatches(validation.Sources, validation.Targets, recipe.Algorithm.Batch, padding, start, (ulong)recipe.Seed, "validation pairs");
    }

    public override int ValidationCount => validationTargets.Length;

    public override TrainingBatch Training(long index, RandomSource random) => Of(trainingBatches[index]);

    public override TrainingBatch Validation(int first, int count) => Of(validationBatches.InOrder(first, count));

    public override double FrequencyLoss() => FrequencyLoss(targets.SelectMany(t => t), validationTargets.SelectMany(t => t), Tokenizer!.VocabularySize);

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        Append(hash, sources);
        Append(hash, targets);
    }

    /// <summary>The id that the decoder starts with: BART's end token, T5's padding.</summary>
    public static int StartToken(Recipe recipe, Tokenizer tokenizer) => RecipeStart.Is(recipe)
        ? RecipeStart.Config(recipe).DecoderStartToken ?? throw new RecipeException("algorithm.start_from: the model's configuration has no decoder_start_token_id", "algorithm.start_from")
        : RecipeTokenizer.Require(tokenizer, recipe.Algorithm.Family == "bart" ? "eos_token" : "pad_token", recipe);

    public static new PairData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        ((string, string)[] training, (string, string)[] validation) = recipe.Data.Source == "pairs" ? Made(recipe) : new RecipeRecords(recipe, progress).Pairs("source", "target", "1", "a source and its target");
        progress?.Invoke($"tokenizer: {RecipeTokenizer.Name(recipe)}");
        Tokenizer tokenizer = RecipeTokenizer.MakePair(recipe, Both(training), Both(validation), cancellation);
        progress?.Invoke("encoding");
        return new PairData(recipe, tokenizer, Encode(training, "training"), Encode(validation, "validation"));

        static string[] Both((string First, string Second)[] pairs) => [.. pairs.SelectMany(p => (string[])[p.First, p.Second])];

        (int[][], int[][]) Encode((string First, string Second)[] pairs, string what)
        {
            int[][] first = RecipeTokenizer.Encode(tokenizer, [.. pairs.Select(p => p.First)], recipe.Algorithm.Context, what), second = RecipeTokenizer.Encode(tokenizer, [.. pairs.Select(p => p.Second)], recipe.Algorithm.Context, what);
            return recipe.Data.Direction switch
            {
                "forward" => (first, second),
                "backward" => (second, first),
                _ => ([.. first, .. second], [.. second, .. first]),
            };
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
}
