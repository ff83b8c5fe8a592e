using System.Globalization;
using Heed.Autograd;
using Heed.Formats;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>An output of <see cref="ModelRunner"/>: values with their shape.</summary>
/// <param name="Shape">Sizes, outermost first; none for a single value.</param>
/// <param name="Values">Row-major.</param>
public sealed record ModelOutput(IReadOnlyList<long> Shape, float[] Values)
{
    /// <summary>The values of a tensor.</summary>
    internal static ModelOutput Of(Tensor tensor) => new([.. tensor.Shape.ToArray().Select(d => (long)d)], tensor.ToArray());
}

/// <summary>Runs a model on inputs and to outputs by the names of Hugging Face: <c>input_ids</c>, ... to <c>logits</c>, <c>hidden_states.0</c>, ...</summary>
public static class ModelRunner
{
    /// <summary>Runs the model once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputs">Inputs by name, as <see cref="ModelInputs"/> knows them.</param>
    /// <param name="all">Whether every hidden state and attention map is wanted too.</param>
    /// <returns>
    /// <c>logits</c> (<c>start_logits</c> and <c>end_logits</c> of a model that finds answers), <c>last_hidden_state</c>, <c>pooler_output</c> where the head pools, <c>loss</c> where there are labels, and with all
    /// <c>hidden_states.i</c> and <c>attentions.i</c>. An encoder-decoder has <c>encoder_</c> and <c>decoder_</c> before each, and <c>cross_attentions.i</c>.
    /// </returns>
    /// <exception cref="InvalidDataException">An input is unknown, missing or misshapen.</exception>
    public static IReadOnlyDictionary<string, ModelOutput> Run(Transformer model, IReadOnlyDictionary<string, ArrayData> inputs, bool all)
    {
        using MemoryScope scope = new();
        ModelInputs given = new(model.Config, inputs);
        Dictionary<string, ModelOutput> outputs = [];
        Trace? trace = all ? new Trace() : null;
        Tensor hidden;
        if (given.DecoderTokens is { } decoderTokens)
        {
            ForwardOptions options = given.Options;
            Tensor memory = model.Encode(given.Tokens, options with { Trace = trace });
            Add("encoder_last_hidden_state", memory);
            AddTrace("encoder_", trace);
            trace = all ? new Trace() : null;
            hidden = model.Hidden(decoderTokens, new ForwardOptions { AttentionMask = given.DecoderMask, Memory = memory, MemoryMask = options.AttentionMask, Trace = trace });
            Add("decoder_last_hidden_state", hidden);
            AddTrace("decoder_", trace);
            for (int i = 0; i < trace?.CrossAttentions.Count; i++) Add(Name("cross_attentions", i), trace.CrossAttentions[i]);
        }
        else
        {
            hidden = model.Hidden(given.Tokens, given.Options with { Trace = trace });
            Add("last_hidden_state", hidden);
            AddTrace("", trace);
        }
        HeadConfig head = model.Config.Head;
        if (head is { Transform: not null, Kind: HeadKind.None or HeadKind.Sequence }) Add("pooler_output", model.Features(hidden, given.Mask));
        if (head.Kind != HeadKind.None)
        {
            Tensor logits = model.Logits(hidden, model.HeadMask(given.Tokens, given.Mask));
            if (head.Kind != HeadKind.Span) Add("logits", logits);
            else
                foreach ((int column, string end) in ((int, string)[])[(0, "start_logits"), (1, "end_logits")])
                    Add(end, Arithmetic.Contiguous(logits.SliceColumns(column, 1)).Reshape(given.Tokens.Shape));
        }
        if (given.Labels is not null) Add("loss", Loss(model, given));
        return outputs;

        void Add(string name, Tensor tensor) => outputs[name] = ModelOutput.Of(tensor);

        void AddTrace(string prefix, Trace? trace)
        {
            for (int i = 0; i < trace?.HiddenStates.Count; i++) Add(Name(prefix + "hidden_states", i), trace.HiddenStates[i]);
            for (int i = 0; i < trace?.Attentions.Count; i++) Add(Name(prefix + "attentions", i), trace.Attentions[i]);
        }

        static string Name(string group, int index) => group + "." + index.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The loss of the labels that the inputs hold; a tape that is open records it.</summary>
    /// <exception cref="InvalidDataException">There are no labels.</exception>
    public static Tensor Loss(Transformer model, ModelInputs given)
    {
        if (given.DecoderTokens is not { } decoderTokens) return model.Loss(given.Tokens, given.Targets(), given.Options);
        ForwardOptions options = given.Options;
        Tensor memory = model.Encode(given.Tokens, options);
        return model.Loss(decoderTokens, given.Targets(), new ForwardOptions { AttentionMask = given.DecoderMask, Memory = memory, MemoryMask = options.AttentionMask });
    }
}
