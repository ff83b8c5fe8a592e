using System.Security.Cryptography;
using Heed.Data;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>Texts for the objective "denoise": the encoder reads a damaged one, the decoder is to write what is missing (T5) or the whole (BART).</summary>
internal sealed class DenoiseData : TrainingData
{
    /// <summary>How many sentinels a tokenizer that is trained here gets; T5 has as many.</summary>
    private const int Sentinels = 100;

    private readonly int[][] training;
    private readonly NoisyBatches trainingBatches, validationBatches;

    private DenoiseData(Recipe recipe, Tokenizer tokenizer, int[][] training, int[][] validation) : base(tokenizer)
    {
        this.training = training;
        int padding = RecipeTokenizer.Padding(tokenizer, recipe), start = PairData.StartToken(recipe, tokenizer);
        Func<int[], RandomSource, (int[], int[])> damage = Damage(recipe, tokenizer);
        trainingBatches = new NoisyBatches(training, damage, recipe.Algorithm.Batch, padding, start, (ulong)recipe.Seed, "training texts");
        validationBatches = new NoisyBatches(validation, damage, recipe.Algorithm.Batch, padding, start, (ulong)recipe.Seed, "validation texts");
    }

    public override int ValidationCount => validationBatches.Count;

    public override TrainingBatch Training(long index, RandomSource random) => PairData.Of(trainingBatches[index]);

    public override TrainingBatch Validation(int first, int count) => PairData.Of(validationBatches.InOrder(first, count));

    public override double FrequencyLoss() => FrequencyLoss(trainingBatches.Targets(), validationBatches.Targets(), Tokenizer!.VocabularySize);

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        Append(hash, training);
    }

    /// <summary>The special tokens that a tokenizer for it needs beside those of an encoder-decoder.</summary>
    public static string[] SpecialTokens(string family) => family == "bart" ? ["<mask>"] : [.. Enumerable.Range(0, Sentinels).Select(Sentinel)];

    public static new DenoiseData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        (string[] training, string[] validation) = MaskedData.Read(recipe, progress);
        progress?.Invoke($"tokenizer: {RecipeTokenizer.Name(recipe)}");
        Tokenizer tokenizer = RecipeTokenizer.MakePair(recipe, training, validation, cancellation);
        progress?.Invoke("encoding");
        return new DenoiseData(recipe, tokenizer, Parts(training, "training"), Parts(validation, "validation"));

        // Long texts are read in parts: a sentinel or an end token must still fit into the context.
        int[][] Parts(string[] texts, string what)
        {
            int most = Math.Max(2, recipe.Algorithm.Context - 2);
            int[][] parts = [.. tokenizer.EncodeBatch(texts, Tokenization.SpecialTokens.None).SelectMany(ids => ids.Chunk(most)).Where(part => part.Length >= 2)];
            return parts.Length > 0 ? parts : throw new InvalidDataException($"{recipe.Data.Source}: no {what} text has 2 tokens or more");
        }
    }

    private static Func<int[], RandomSource, (int[] Source, int[] Target)> Damage(Recipe recipe, Tokenizer tokenizer)
    {
        MaskingSection m = recipe.Algorithm.Masking;
        int end = RecipeTokenizer.Require(tokenizer, "eos_token", recipe);
        int[] sentinels = [.. Enumerable.Range(0, 1000).Select(i => tokenizer.TokenToId(Sentinel(i))).TakeWhile(id => id is not null).Select(id => id!.Value)];
        bool sentinel = RecipeStart.Is(recipe) ? sentinels.Length > 0 : recipe.Algorithm.Family == "t5";
        if (sentinel)
        {
            if (sentinels.Length == 0) throw new InvalidDataException($"data.tokenizer: the tokenizer \"{recipe.Data.Tokenizer}\" has no {Sentinel(0)}, which the objective denoise of the family t5 needs");
            SpanCorruption spans = new(m.Rate ?? 0.15, m.SpanLength ?? 3, sentinels);
            return (text, random) =>
            {
                (int[] source, int[] target) = spans.Corrupt(text, random);
                return ([.. source, end], [.. target, end]);
            };
        }
        int? begin = tokenizer.Encode("") is [var first, ..] && first != end ? first : null; // as the tokenizer frames a text
        TextNoise noise = new()
        {
            MaskToken = RecipeTokenizer.Require(tokenizer, "mask_token", recipe),
            Rate = m.Rate ?? 0.3,
            SpanLength = m.Unit == "token" ? 0 : m.SpanLength ?? 3,
            Deletion = m.Deletion,
            Permutation = m.Permutation,
            Rotation = m.Rotation,
            EndsSentence = id => tokenizer.Decode([id]).Trim() is [.., '.' or '!' or '?' or '。' or '！' or '？'],
        };
        return (text, random) => (Framed(noise.Damage(text, random)), Framed(text));

        int[] Framed(int[] ids) => begin is { } b ? [b, .. ids, end] : [.. ids, end];
    }

    private static string Sentinel(int number) => $"<extra_id_{number}>";
}
