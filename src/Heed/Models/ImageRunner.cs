using System.Globalization;
using Heed.Formats;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>Runs an image model on inputs and to outputs by the names of Hugging Face: <c>pixel_values</c> to <c>logits</c>, <c>hidden_states.0</c>, ...</summary>
public static class ImageRunner
{
    /// <summary>Runs the model once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputs"><c>pixel_values</c> (images, channels, height, width); optional <c>labels</c> (images).</param>
    /// <param name="all">Whether every hidden state and attention map is wanted too.</param>
    /// <exception cref="InvalidDataException">An input is unknown, missing or misshapen.</exception>
    public static IReadOnlyDictionary<string, ModelOutput> Run(ImageTransformer model, IReadOnlyDictionary<string, ArrayData> inputs, bool all)
    {
        using MemoryScope scope = new();
        (Tensor pixels, Tensor? labels) = Prepare(inputs);
        Trace? trace = all ? new Trace() : null;
        Tensor hidden = model.Hidden(pixels, trace);
        Dictionary<string, ModelOutput> outputs = new() { ["last_hidden_state"] = ModelOutput.Of(hidden) };
        if (model.Config.Head.Pooling == Pooling.Mean) outputs["pooler_output"] = ModelOutput.Of(model.Features(hidden));
        if (model.Config.Head.Kind != HeadKind.None) outputs["logits"] = ModelOutput.Of(model.Logits(hidden));
        if (labels is not null) outputs["loss"] = ModelOutput.Of(model.Loss(pixels, labels));
        for (int i = 0; i < trace?.HiddenStates.Count; i++) outputs["hidden_states." + i.ToString(CultureInfo.InvariantCulture)] = ModelOutput.Of(trace.HiddenStates[i]);
        int at = -1;
        for (int i = 0; i < model.Config.Stages.Count && trace is not null; i++)
        {
            // Of a model with several stages the originals show the last block of each.
            int depth = model.Config.Stages[i].Depth;
            for (int block = model.Config.Stages.Count == 1 ? 0 : depth - 1; block < depth; block++)
                outputs["attentions." + (model.Config.Stages.Count == 1 ? block : i).ToString(CultureInfo.InvariantCulture)] = ModelOutput.Of(trace.Attentions[at + 1 + block]);
            at += depth;
        }
        return outputs;
    }

    /// <summary>The loss of the labels that the inputs hold; a tape that is open records it.</summary>
    /// <exception cref="InvalidDataException">There are no labels.</exception>
    public static Tensor Loss(ImageTransformer model, IReadOnlyDictionary<string, ArrayData> inputs)
    {
        (Tensor pixels, Tensor? labels) = Prepare(inputs);
        return model.Loss(pixels, labels ?? throw new InvalidDataException("labels are missing"));
    }

    private static (Tensor Pixels, Tensor? Labels) Prepare(IReadOnlyDictionary<string, ArrayData> inputs)
    {
        foreach (string name in inputs.Keys)
            if (name is not ("pixel_values" or "labels")) throw new InvalidDataException($"input {name} is not known to this model; known are pixel_values, labels");
        if (!inputs.TryGetValue("pixel_values", out ArrayData? pixels) || !pixels.IsFloat || pixels.Shape.Count != 4)
            throw new InvalidDataException($"pixel_values must hold floats (images, channels, height, width), given {pixels?.ToString() ?? "nothing"}");
        Tensor? labels = null;
        if (inputs.TryGetValue("labels", out ArrayData? given))
        {
            if (given.IsFloat || given.Count != pixels.Shape[0]) throw new InvalidDataException($"labels must hold one whole number for each of {pixels.Shape[0]} images, given {given}");
            labels = Tensor.From(new Shape(given.Count), [.. given.Int64s.ToArray().Select(l => checked((int)l))]);
        }
        return (Tensor.From(new Shape([.. pixels.Shape.Select(d => checked((int)d))]), pixels.Floats.ToArray()), labels);
    }
}
