using Heed.Autograd;
using Heed.Formats;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>The inputs of a model by their Hugging Face names, as tensors of the open memory scope.</summary>
public sealed class ModelInputs
{
    private static readonly string[] Known = ["input_ids", "attention_mask", "position_ids", "token_type_ids", "task_type_ids", "labels", "start_positions", "end_positions", "decoder_input_ids", "decoder_attention_mask"];

    private readonly IReadOnlyDictionary<string, ArrayData> inputs;
    private readonly TransformerConfig config;

    /// <summary>Checks the inputs of a model.</summary>
    /// <param name="config">The model.</param>
    /// <param name="inputs"><c>input_ids</c> (batch, tokens); optional <c>attention_mask</c>, <c>position_ids</c>, <c>token_type_ids</c>, <c>task_type_ids</c> of the same shape; <c>labels</c>, or <c>start_positions</c> and <c>end_positions</c> (batch) of a model that finds answers; for an encoder-decoder <c>decoder_input_ids</c> and <c>decoder_attention_mask</c> (batch, target tokens).</param>
    /// <exception cref="InvalidDataException">An input is unknown, missing or misshapen.</exception>
    public ModelInputs(TransformerConfig config, IReadOnlyDictionary<string, ArrayData> inputs)
    {
        (this.config, this.inputs) = (config, inputs);
        foreach (string name in inputs.Keys)
            if (!Known.Contains(name)) throw new InvalidDataException($"input {name} is not known to this model; known are {string.Join(", ", Known)}");
        Tokens = Ints("input_ids", 2, null) ?? throw new InvalidDataException("input_ids is missing");
        Options = new ForwardOptions
        {
            AttentionMask = Ints("attention_mask", 2, Tokens.Shape),
            Positions = Ints("position_ids", 2, Tokens.Shape),
            TokenTypes = Ints("token_type_ids", 2, Tokens.Shape),
            TaskTypes = Ints("task_type_ids", 2, Tokens.Shape),
        };
        Labels = config.Head.Kind switch
        {
            HeadKind.Span => Span(),
            HeadKind.Sequence => Values("labels"),
            _ => Ints("labels", null, null),
        };
        if (config is { Encoder: not null, Decoder: not null })
        {
            DecoderTokens = Ints("decoder_input_ids", 2, null) ?? (Labels is not null ? ShiftedRight(Labels) : throw new InvalidDataException("an encoder-decoder needs decoder_input_ids or labels"));
            DecoderMask = Ints("decoder_attention_mask", 2, DecoderTokens.Shape);
        }
    }

    /// <summary>(batch, tokens) ids.</summary>
    public Tensor Tokens { get; }

    /// <summary>What to predict, of the shape that <see cref="HeadLoss"/> says; null where nothing is asked.</summary>
    public Tensor? Labels { get; }

    /// <summary>(batch, target tokens) ids that the decoder reads; null for a model of one stack.</summary>
    public Tensor? DecoderTokens { get; }

    /// <summary>(batch, target tokens) 1 for a token, 0 for padding.</summary>
    public Tensor? DecoderMask { get; }

    /// <summary>(batch, tokens) 1 for a token, 0 for padding.</summary>
    public Tensor? Mask => Options.AttentionMask;

    /// <summary>The options of a pass over <see cref="Tokens"/>.</summary>
    public ForwardOptions Options { get; }

    /// <summary>The targets of the head's loss: for a decoder alone each place's label is the next token's.</summary>
    /// <exception cref="InvalidDataException">There are no labels.</exception>
    public Tensor Targets()
    {
        Tensor labels = Labels ?? throw new InvalidDataException("labels are missing");
        return config is { Encoder: null, Head.Kind: HeadKind.Vocabulary } ? ShiftedLeft(labels) : labels;
    }

    private static Tensor ShiftedLeft(Tensor labels)
    {
        Tensor targets = Tensor.Empty(labels.Shape, DType.I32);
        int length = labels.Shape[1];
        for (int i = 0; i < targets.Ints.Length; i++) targets.Ints[i] = (i + 1) % length == 0 ? LossOps.IgnoreIndex : labels.Ints[i + 1];
        return targets;
    }

    // What the decoder reads while it learns to write the labels: the start token, then the labels but the last.
    private Tensor ShiftedRight(Tensor labels)
    {
        int start = config.DecoderStartToken ?? throw new InvalidDataException("the model's configuration names no decoder_start_token_id; give decoder_input_ids");
        Tensor ids = Tensor.Empty(labels.Shape, DType.I32);
        int length = labels.Shape[1];
        for (int i = 0; i < ids.Ints.Length; i++)
        {
            int id = i % length == 0 ? start : labels.Ints[i - 1];
            ids.Ints[i] = id != LossOps.IgnoreIndex ? id : config.PadToken ?? throw new InvalidDataException("labels hold -100 and the model's configuration names no pad_token_id");
        }
        return ids;
    }

    // (2, batch): where answers start, then where they end.
    private Tensor? Span()
    {
        Tensor? first = Ints("start_positions", null, null), last = Ints("end_positions", null, null);
        if (first is null && last is null) return null;
        int batch = Tokens.Shape[0];
        if (first?.Count != batch || last?.Count != batch) throw new InvalidDataException($"start_positions and end_positions must both have shape ({batch}), given {first?.ToString() ?? "none"} and {last?.ToString() ?? "none"}");
        return Tensor.From(new Shape(2, batch), [.. first.Ints, .. last.Ints]);
    }

    // Label ids as they are, numbers of a regression or of several labels as floats.
    private Tensor? Values(string name) => inputs.TryGetValue(name, out ArrayData? data) && data.IsFloat
        ? Tensor.From(new Shape([.. data.Shape.Select(d => checked((int)d))]), data.Floats.Span)
        : Ints(name, null, null);

    private Tensor? Ints(string name, int? rank, Shape? shape)
    {
        if (!inputs.TryGetValue(name, out ArrayData? data)) return null;
        if (data.IsFloat) throw new InvalidDataException($"input {name} must hold integers, given {data}");
        if (rank is { } r && data.Shape.Count != r) throw new InvalidDataException($"{name} must have shape (batch, tokens), given [{string.Join(", ", data.Shape)}]");
        Shape given = new([.. data.Shape.Select(d => checked((int)d))]);
        if (shape is { } expected && given != expected) throw new InvalidDataException($"input {name} must have the shape of the tokens, {expected}, given {data}");
        Tensor tensor = Tensor.Empty(given, DType.I32);
        ReadOnlySpan<long> values = data.Int64s.Span;
        for (int i = 0; i < values.Length; i++)
            tensor.Ints[i] = values[i] is >= int.MinValue and <= int.MaxValue ? (int)values[i] : throw new InvalidDataException($"input {name}: {values[i]} is no 32-bit integer");
        return tensor;
    }
}
