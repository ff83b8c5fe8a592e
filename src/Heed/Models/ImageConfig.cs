using Heed.Layers;

namespace Heed.Models;

/// <summary>A model that looks at an image: patches become tokens, stages of blocks mix them, a head answers.</summary>
public sealed record ImageConfig
{
    /// <summary>The family whose file layout the model is saved in: a Hugging Face <c>model_type</c>.</summary>
    public string ModelType { get; init; } = "vit";

    /// <summary>Image and patches.</summary>
    public required PatchConfig Patches { get; init; }

    /// <summary>Stages, each half as high and wide as the one before and twice as deep in columns; ViT has one.</summary>
    public required IReadOnlyList<StackConfig> Stages { get; init; }

    /// <summary>Side of the windows within which tokens attend, in tokens, every second block shifted by half; 0 = all to all.</summary>
    public int Window { get; init; }

    /// <summary>Whether a learned token that stands for the whole image comes first.</summary>
    public bool ClassToken { get; init; } = true;

    /// <summary>Whether each place has a learned vector.</summary>
    public bool Positions { get; init; } = true;

    /// <summary>The norm of the tokens before the first block and where stages join; null = none before the first block, and between stages that of the blocks.</summary>
    public NormConfig? EmbeddingNorm { get; init; }

    /// <summary>What stands above the last hidden state.</summary>
    public required HeadConfig Head { get; init; }

    /// <summary>The last stage.</summary>
    public StackConfig Last => Stages[^1];

    /// <summary>Checks the combination.</summary>
    /// <exception cref="ArgumentException">It is impossible; the message says what was given and expected.</exception>
    public void Validate()
    {
        if (Patches.Height < 1 || Patches.Width < 1 || Patches.Channels < 1 || Patches.PatchHeight < 1 || Patches.PatchWidth < 1)
            throw new ArgumentException($"image, channels and patches must be 1 or more, given {Patches}");
        if ((long)Patches.Height * Patches.Width * Patches.Channels > 1 << 28) throw new ArgumentException($"an image has at most {1 << 28} values, given {Patches}");
        if (Stages.Count is < 1 or > 16) throw new ArgumentException($"an image model has 1 to 16 stages, given {Stages.Count}");
        if (Head.Kind is not (HeadKind.Sequence or HeadKind.None)) throw new ArgumentException($"an image model answers with labels or not at all, given a head of kind {Head.Kind}");
        if (Head is { Kind: HeadKind.Sequence, Labels.Count: < 1 }) throw new ArgumentException("a classification head needs 1 label or more");
        int height = Patches.Rows, width = Patches.Columns;
        for (int s = 0; s < Stages.Count; s++, height = (height + 1) / 2, width = (width + 1) / 2)
        {
            Stages[s].Validate();
            if (s > 0 && Stages[s].Width != 2 * Stages[s - 1].Width) throw new ArgumentException($"stage {s} must be twice as wide as the one before, given {Stages[s].Width} and {Stages[s - 1].Width}");
            if (Window > 0 && Math.Min(height, width) < Window) throw new ArgumentException($"windows of {Window} tokens do not fit stage {s}, which has {height} x {width}");
        }
        if (Window < 0) throw new ArgumentException($"the window must be 0 (none) or more, given {Window}");
        if (ClassToken && (Window > 0 || Stages.Count > 1)) throw new ArgumentException("a token for the whole image goes with one stage that has no windows");
    }
}
