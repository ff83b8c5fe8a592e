using Heed.Autograd;
using Heed.Formats;
using Heed.Generation;
using Heed.Kernels;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>A Transformer that learns what its head answers.</summary>
public sealed class TransformerTrainee : Trainee
{
    private readonly Transformer model;

    /// <summary>Makes a model learn.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer; null where no text will be written.</param>
    /// <param name="freeze">Weights that stay as they are, by the beginnings of their names, such as <c>embedding,blocks.0-3</c>; null = none.</param>
    /// <exception cref="RecipeException">A name is that of no weight.</exception>
    public TransformerTrainee(Transformer model, Tokenizer? tokenizer = null, string? freeze = null)
    {
        this.model = model;
        Writer = tokenizer is null ? null : new LanguageModel(model, tokenizer);
        HashSet<string> frozen = FrozenWeights.Of(freeze, [.. model.Weights.Select(w => w.Key)]);
        foreach ((string name, Tensor weight) in model.Weights) weight.RequiresGradient = !frozen.Contains(name);
        Weights = frozen.Count == 0 ? model.Weights : [.. model.Weights.Where(w => !frozen.Contains(w.Key))];
    }

    /// <summary>The model that learns.</summary>
    public Transformer Model => model;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, Tensor>> Weights { get; }

    /// <inheritdoc/>
    public override Transformer Transformer => model;

    /// <inheritdoc/>
    public override LanguageModel? Writer { get; }

    /// <summary>Label smoothing of the loss that is learned from; measurements have neither smoothing nor weights.</summary>
    public float Smoothing { get; init; }

    /// <summary>How much each label counts in the loss that is learned from; null = all the same.</summary>
    public float[]? LabelWeights { get; init; }

    /// <inheritdoc/>
    public override Tensor Loss(TrainingBatch batch, ForwardOptions options, float scale = 1) =>
        model.Loss(batch.Inputs, batch.Targets, Read(batch, options), scale, Smoothing, LabelWeights is { } weights ? Tensor.From(new Shape(weights.Length), weights) : null);

    /// <inheritdoc/>
    public override Tensor Measure(TrainingBatch batch) => model.Loss(batch.Inputs, batch.Targets, Read(batch, ForwardOptions.Default));

    /// <summary>How many of a batch's targets have the highest score of all, and how many there are. Of equal scores the first counts.</summary>
    public override (int Right, int Counted) Score(TrainingBatch batch)
    {
        Tensor hidden = model.Hidden(batch.Inputs, Read(batch, ForwardOptions.Default)), targets = batch.Targets;
        if (model.Config.Head.Kind == HeadKind.Vocabulary) (hidden, targets) = HeadLoss.CountedRows(hidden, targets);
        Tensor scores = model.Logits(hidden, batch.Mask);
        int right = 0;
        for (int row = 0; row < scores.Rows; row++)
            if (targets.Ints[row] != LossOps.IgnoreIndex && Reduce.ArgMax(scores.Row(row)) == targets.Ints[row]) right++;
        return (right, batch.Counted);
    }

    /// <inheritdoc/>
    public override int[]? Answer(TrainingBatch batch)
    {
        if (model.Config.Head.Kind != HeadKind.Sequence) return null;
        Tensor scores = model.Logits(model.Hidden(batch.Inputs, Read(batch, ForwardOptions.Default)), batch.Mask);
        return [.. Enumerable.Range(0, scores.Rows).Select(row => Reduce.ArgMax(scores.Row(row)))];
    }

    /// <inheritdoc/>
    public override double Operations(TrainingBatch batch) =>
        ModelCost.TrainingOperations(model.Config, batch.Inputs.Shape[0], batch.Inputs.Shape[1], batch.Sources?.Shape[1] ?? 0);

    /// <inheritdoc/>
    public override void Describe(string folder)
    {
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), ModelFolder.ConfigJson(model.Config));
        if (model.Config is { Encoder: not null, Decoder: not null }) AtomicFile.WriteText(Path.Combine(folder, "generation_config.json"), GenerationJson(model.Config));
    }

    /// <inheritdoc/>
    public override void Save(string folder) => ModelFolder.Save(model, folder);

    /// <inheritdoc/>
    public override void Load(string folder)
    {
        using WeightSource weights = WeightSource.Open(folder);
        new WeightLayout(model).Load(weights);
    }

    // Masks, and for an encoder-decoder what the encoder makes of the sources.
    private ForwardOptions Read(TrainingBatch batch, ForwardOptions options)
    {
        if (batch.Mask is { } mask) options = options with { AttentionMask = mask };
        if (batch.FirstKeys is { } first) options = options with { FirstKeys = first, Positions = batch.Positions };
        if (batch.Sources is not { } sources) return options;
        Tensor memory = model.Encode(sources, options with { AttentionMask = batch.SourceMask, Random = options.Random.Split("encoder") });
        return options with { Memory = memory, MemoryMask = batch.SourceMask };
    }

    // How a model that rewrites texts is asked to write: the most probable token, up to its context.
    private static string GenerationJson(TransformerConfig config) => RecipeJson.Write(indented: true, w =>
    {
        w.WriteStartObject();
        if (config.DecoderStartToken is { } start) w.WriteNumber("decoder_start_token_id", start);
        w.WriteNumber("eos_token_id", config.EndTokens[0]);
        if (config.PadToken is { } pad) w.WriteNumber("pad_token_id", pad);
        w.WriteNumber("max_new_tokens", config.Context - 1);
        w.WriteEndObject();
    }) + "\n";
}
