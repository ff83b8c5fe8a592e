using System.Globalization;
using Heed.Autograd;
using Heed.Formats;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>An output of <see cref="ModelRunner"/>: values with their shape.</summary>
/// <param name="Shape">Sizes, outermost first; none for a single value.</param>
/// <param name="Values">Row-major.</param>
public sealed record ModelOutput(IReadOnlyList<long> Shape, float[] Values);

/// <summary>Runs a model on inputs and to outputs by the names of Hugging Face: <c>input_ids</c>, ... to <c>logits</c>, <c>hidden_states.0</c>, ...</summary>
public static class ModelRunner
{
    /// <summary>Runs the model once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputs"><c>input_ids</c> (batch, tokens); optional <c>attention_mask</c>, <c>position_ids</c>, <c>labels</c> of the same shape.</param>
    /// <param name="all">Whether every hidden state and attention map is wanted too.</param>
    /// <returns><c>logits</c>, <c>last_hidden_state</c>, <c>loss</c> where there are labels, and with all <c>hidden_states.i</c> and <c>attentions.i</c>.</returns>
    /// <exception cref="InvalidDataException">An input is unknown, missing or misshapen.</exception>
    public static IReadOnlyDictionary<string, ModelOutput> Run(Transformer model, IReadOnlyDictionary<string, ArrayData> inputs, bool all)
    {
        using MemoryScope scope = new();
        (Tensor tokens, ForwardOptions options, Tensor? labels) = Prepare(inputs);
        Trace? trace = all ? new Trace() : null;
        Tensor hidden = model.Hidden(tokens, options with { Trace = trace });
        Tensor logits = model.Logits(hidden);
        Dictionary<string, ModelOutput> outputs = new() { ["logits"] = Output(logits), ["last_hidden_state"] = Output(hidden) };
        if (labels is not null) outputs["loss"] = Output(LossOps.CrossEntropy(logits, Shift(labels)));
        for (int i = 0; i < trace?.HiddenStates.Count; i++) outputs[Name("hidden_states", i)] = Output(trace.HiddenStates[i]);
        for (int i = 0; i < trace?.Attentions.Count; i++) outputs[Name("attentions", i)] = Output(trace.Attentions[i]);
        return outputs;

        static string Name(string group, int index) => group + "." + index.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Inputs by name as tensors, born in the open memory scope.</summary>
    /// <exception cref="InvalidDataException">An input is unknown, missing or misshapen.</exception>
    internal static (Tensor Tokens, ForwardOptions Options, Tensor? Labels) Prepare(IReadOnlyDictionary<string, ArrayData> inputs)
    {
        string[] known = ["input_ids", "attention_mask", "position_ids", "labels"];
        foreach (string name in inputs.Keys)
            if (!known.Contains(name)) throw new InvalidDataException($"input {name} is not known to this model; known are {string.Join(", ", known)}");
        if (!inputs.TryGetValue("input_ids", out ArrayData? ids)) throw new InvalidDataException("input_ids is missing");
        if (ids.Shape.Count != 2) throw new InvalidDataException($"input_ids must have shape (batch, tokens), given [{string.Join(", ", ids.Shape)}]");
        return (Ints("input_ids")!, new ForwardOptions { AttentionMask = Ints("attention_mask"), Positions = Ints("position_ids") }, Ints("labels"));

        Tensor? Ints(string name)
        {
            if (!inputs.TryGetValue(name, out ArrayData? data)) return null;
            if (data.IsFloat) throw new InvalidDataException($"input {name} must hold integers, given {data}");
            if (!data.Shape.SequenceEqual(ids.Shape)) throw new InvalidDataException($"input {name} must have the shape of input_ids, [{string.Join(", ", ids.Shape)}], given {data}");
            Tensor tensor = Tensor.Empty(new Shape((int)data.Shape[0], (int)data.Shape[1]), DType.I32);
            ReadOnlySpan<long> values = data.Int64s.Span;
            for (int i = 0; i < values.Length; i++)
                tensor.Ints[i] = values[i] is >= int.MinValue and <= int.MaxValue ? (int)values[i] : throw new InvalidDataException($"input {name}: {values[i]} is no 32-bit integer");
            return tensor;
        }
    }

    /// <summary>The targets of causal language modelling: each place's label is the next token's, the last place has none.</summary>
    internal static Tensor Shift(Tensor labels)
    {
        Tensor targets = Tensor.Empty(labels.Shape, DType.I32);
        int length = labels.Shape[1];
        for (int i = 0; i < targets.Ints.Length; i++) targets.Ints[i] = (i + 1) % length == 0 ? LossOps.IgnoreIndex : labels.Ints[i + 1];
        return targets;
    }

    private static ModelOutput Output(Tensor tensor) => new([.. tensor.Shape.ToArray().Select(d => (long)d)], tensor.ToArray());
}
