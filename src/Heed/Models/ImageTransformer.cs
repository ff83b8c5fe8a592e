using Heed.Autograd;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>The Transformer over images, of the same blocks as that over texts: ViT (Dosovitskiy et al. 2021) with one stage, Swin (Liu et al. 2021) with windows and several.</summary>
public sealed class ImageTransformer
{
    private readonly PatchEmbedding patches;
    private readonly Tensor? classToken; // (1, width)
    private readonly Tensor? positions;  // (tokens, width)
    private readonly Norm? embeddingNorm;
    private readonly Stage[] stages;
    private readonly Norm finalNorm;
    private readonly Head head;

    private sealed record Stage(Block[] Blocks, WindowBias[] Biases, PatchMerging? Merging);

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">Seed of the start weights; null leaves them zero, to be loaded.</param>
    /// <exception cref="ArgumentException">The configuration is impossible.</exception>
    public ImageTransformer(ImageConfig config, ulong? seed)
    {
        config.Validate();
        Config = config;
        WeightScope scope = new(seed);
        StackConfig first = config.Stages[0];
        int tokens = config.Patches.Rows * config.Patches.Columns + (config.ClassToken ? 1 : 0);
        patches = new PatchEmbedding(scope["patches"], config.Patches, first.Width, first.InitialDeviation);
        if (config.ClassToken) classToken = scope.Normal("class_token", new Shape(1, first.Width), first.InitialDeviation);
        if (config.Positions) positions = scope.Normal("positions", new Shape(tokens, first.Width), first.InitialDeviation);
        if (config.EmbeddingNorm is { } norm) embeddingNorm = Norm.Create(scope["embedding_norm"], first.Width, norm);
        stages = [.. config.Stages.Select((stack, s) => MakeStage(scope["stages"][$"{s}"], stack, last: s == config.Stages.Count - 1))];
        finalNorm = Norm.Create(scope["final_norm"], config.Last.Width, config.Last.Norm);
        head = new Head(scope["head"], config.Head, config.Last, 0, null);
        Weights = scope.Weights;
    }

    /// <summary>The model's shape.</summary>
    public ImageConfig Config { get; }

    /// <summary>Every trainable weight by name, in order of construction.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Weights { get; }

    /// <summary>Number of trainable values.</summary>
    public long ParameterCount => Weights.Sum(w => w.Value.Count);

    /// <summary>A score for each label: pixels (images, channels, height, width) -> (images, labels).</summary>
    public Tensor Forward(Tensor pixels, Trace? trace = null) => head.Forward(Hidden(pixels, trace));

    /// <summary>The head alone: hidden (images, tokens, width) -> (images, labels).</summary>
    public Tensor Logits(Tensor hidden) => head.Forward(hidden);

    /// <summary>The vector of each image that the head reads: hidden (images, tokens, width) -> (images, width).</summary>
    public Tensor Features(Tensor hidden) => head.Features(hidden, null);

    /// <summary>Mean cross-entropy: pixels and the right label of each image -> one value.</summary>
    public Tensor Loss(Tensor pixels, Tensor labels) => head.Loss(Hidden(pixels), null, labels, 1);

    /// <summary>The last hidden state, normalised: pixels (images, channels, height, width) -> (images, tokens, width).</summary>
    /// <param name="pixels">Normalised as the model expects.</param>
    /// <param name="trace">Collects the embedding output, each block's (of a model with several stages each stage's) output before the final norm, and attention maps.</param>
    /// <exception cref="ArgumentException">The pixels have another shape than the model's.</exception>
    public Tensor Hidden(Tensor pixels, Trace? trace = null)
    {
        Tensor x = patches.Forward(pixels);
        int images = x.Shape[0], height = Config.Patches.Rows, width = Config.Patches.Columns;
        if (classToken is not null) x = WithClassToken(x);
        if (embeddingNorm is not null) x = embeddingNorm.Forward(x);
        if (positions is not null) x = Arithmetic.AddResidual(x, NeuralOps.Embed(positions, Counting(images, x.Shape[1])));
        trace?.HiddenStates.Add(Trace.Copy(x));
        foreach (Stage stage in stages)
        {
            for (int b = 0; b < stage.Blocks.Length; b++)
            {
                x = stage.Blocks[b].Forward(x, new BlockContext { Self = Attend(stage, b, height, width), Trace = trace });
                if (stages.Length == 1) trace?.HiddenStates.Add(Trace.Copy(x));
            }
            if (stage.Merging is not null)
            {
                x = stage.Merging.Forward(x, height, width);
                (height, width) = ((height + 1) / 2, (width + 1) / 2);
            }
            if (stages.Length > 1) trace?.HiddenStates.Add(Trace.Copy(x));
        }
        return finalNorm.Forward(x);
    }

    private Stage MakeStage(WeightScope scope, StackConfig stack, bool last) => new(
        [.. Enumerable.Range(0, stack.Depth).Select(b => new Block(scope["blocks"][$"{b}"], stack, b, null))],
        Config.Window == 0 ? [] : [.. Enumerable.Range(0, stack.Depth).Select(b => new WindowBias(scope["window_bias"][$"{b}"], Config.Window, stack.Heads, stack.InitialDeviation))],
        last ? null : new PatchMerging(scope["merging"], stack.Width, Config.EmbeddingNorm ?? stack.Norm, stack.InitialDeviation));

    private AttentionContext Attend(Stage stage, int block, int height, int width)
    {
        int window = Config.Window;
        if (window == 0) return AttentionContext.Empty;
        // Where one window spans the smaller side, a shift would bring nothing new.
        int shift = block % 2 == 0 || Math.Min(height, width) <= window ? 0 : window / 2;
        WindowPartition partition = new(height, width, window, shift);
        return new AttentionContext { Windows = partition, Bias = stage.Biases[block].Forward(partition.Mask()) };
    }

    // (images, patches, width) -> (images, 1 + patches, width).
    private Tensor WithClassToken(Tensor x)
    {
        int images = x.Shape[0], tokens = x.Shape[1] + 1;
        Tensor from = Tensor.Empty(new Shape(images, tokens), DType.I32);
        for (int i = 0; i < from.Ints.Length; i++) from.Ints[i] = i % tokens == 0 ? 0 : i / tokens * (tokens - 1) + i % tokens;
        return RowOps.Gather(RowOps.Stack([classToken!, x]), from);
    }

    private static Tensor Counting(int images, int tokens)
    {
        Tensor places = Tensor.Empty(new Shape(images, tokens), DType.I32);
        for (int i = 0; i < places.Ints.Length; i++) places.Ints[i] = i % tokens;
        return places;
    }
}
