using System.Text.Json;
using System.Text.Json.Nodes;
using Heed.Autograd;
using Heed.Formats;
using Heed.Generation;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>
/// The part of <see cref="Verifier"/> for the recorded outputs of torch.nn.Transformer with embeddings and a linear layer around it: passes with and
/// without the norms behind the stacks, losses with smoothed labels, their gradients, and greedy steps.
/// </summary>
internal static class OriginalVerifier
{
    private const string ModelType = "transformer";

    /// <summary>Whether a folder holds such a module: its weights, its sizes in the reference, and no model's configuration.</summary>
    public static bool Handles(string folder, ReferenceJson reference) =>
        !File.Exists(Path.Combine(folder, "config.json")) && File.Exists(WeightsPath(folder)) && reference.HyperParameters.ContainsKey("nhead");

    /// <summary>Compares everything that the reference records.</summary>
    /// <exception cref="InvalidDataException">The weights or the inputs do not fit together.</exception>
    public static IEnumerable<Verdict> Verify(string folder, ReferenceJson reference)
    {
        Dictionary<bool, Transformer> models = new() { [true] = Load(folder, reference, finalNorm: true), [false] = Load(folder, reference, finalNorm: false) };
        if (reference.Parameters != models[true].ParameterCount) yield return new Verdict("parameters", Math.Abs(reference.Parameters - models[true].ParameterCount), 0, 1);
        foreach (ReferenceRun run in reference.Runs)
        {
            Transformer model = models[!run.Other.TryGetValue("final_norm", out JsonElement norm) || norm.ValueKind != JsonValueKind.False];
            foreach (Verdict verdict in Compare(run, run.Inputs.ContainsKey("start") ? Greedy(model, run) : Outputs(model, run))) yield return verdict;
        }
    }

    private static IEnumerable<Verdict> Compare(ReferenceRun run, Dictionary<string, float[]> given)
    {
        foreach ((string name, ArrayData expected) in run.Outputs)
        {
            string title = $"{run.Name}/{name}";
            float[] values = expected.IsFloat ? expected.Floats.ToArray() : [.. expected.Int64s.ToArray().Select(v => (float)v)];
            if (!given.TryGetValue(name, out float[]? own) || own.Length != values.Length) yield return new Verdict($"{title} (absent or of another size)", double.NaN, run.Tolerance(name), 0);
            else yield return Verifier.Compare(title, own, values, run.Tolerance(name), default);
        }
    }

    private static Dictionary<string, float[]> Outputs(Transformer model, ReferenceRun run)
    {
        using MemoryScope scope = new();
        using Tape tape = new();
        foreach ((_, Tensor weight) in model.Weights) weight.ClearGradient();
        Tensor source = Ints(run, "src"), target = Ints(run, "tgt");
        Tensor? mask = run.Inputs.ContainsKey("src_padding_mask") ? Inverted(Ints(run, "src_padding_mask")) : null;
        Trace trace = new();
        Tensor memory = model.Encode(source, new ForwardOptions { AttentionMask = mask, Trace = trace });
        ForwardOptions options = new() { Memory = memory, MemoryMask = mask };
        if (run.Inputs.ContainsKey("labels")) return Loss(model, run, target, options, tape);
        Tensor hidden = model.Hidden(target, options);
        return new() { ["encoder_input"] = trace.HiddenStates[0].ToArray(), ["memory"] = memory.ToArray(), ["decoder_output"] = hidden.ToArray(), ["logits"] = model.Logits(hidden).ToArray() };
    }

    private static Dictionary<string, float[]> Loss(Transformer model, ReferenceRun run, Tensor target, ForwardOptions options, Tape tape)
    {
        Tensor labels = Ints(run, "labels");
        if (run.Other.TryGetValue("ignore_index", out JsonElement ignored)) labels.Ints.Replace(ignored.GetInt32(), LossOps.IgnoreIndex);
        float smoothing = run.Other.TryGetValue("label_smoothing", out JsonElement share) ? share.GetSingle() : 0;
        Tensor loss = model.Loss(target, labels, options, smoothing: smoothing);
        Dictionary<string, float[]> given = new() { ["loss"] = [loss.Item] };
        tape.Backward(loss);
        double all = 0;
        foreach (IGrouping<string, WeightSlot> file in new WeightLayout(model).Files)
        {
            double sum = file.OfType<WeightEntry>().Sum(e => e.Weight.Gradient is { } gradient ? e.Export(gradient).Sum(g => (double)g * g) : 0);
            given[$"grad_l2:{file.Key}"] = [(float)Math.Sqrt(sum)];
            all += sum;
        }
        given["grad_norm"] = [(float)Math.Sqrt(all)];
        return given;
    }

    private static Dictionary<string, float[]> Greedy(Transformer model, ReferenceRun run)
    {
        int[][] sources = GenerationVerifier.Unpadded(run.Inputs["src"], run.Inputs.GetValueOrDefault("src_padding_mask"), padding: 1);
        int steps = (int)run.Outputs["sequences"].Shape[1] - 1;
        List<float> sequences = [];
        for (int i = 0; i < sources.Length; i++)
        {
            int start = (int)run.Inputs["start"].Int64s.Span[i];
            GenerationOptions options = new() { Sampling = new() { Temperature = 0, MaxTokens = steps, StopAtEnd = false }, DecoderStartToken = start };
            sequences.AddRange([start, .. GenerationVerifier.Greedy(model, [sources[i]], options)[0]]);
        }
        return new() { ["sequences"] = [.. sequences] };
    }

    private static Transformer Load(string folder, ReferenceJson reference, bool finalNorm)
    {
        JsonObject sizes = new(reference.HyperParameters.Select(h => KeyValuePair.Create(h.Key, JsonNode.Parse(h.Value.GetRawText())))) { ["final_norm"] = finalNorm };
        using JsonDocument document = JsonDocument.Parse(sizes.ToJsonString());
        Transformer model = new(Registry.Find(ModelType).Read(new ConfigReader("hyper_parameters", document.RootElement)), seed: null);
        using WeightSource source = WeightSource.Open(WeightsPath(folder));
        new WeightLayout(model).Load(source);
        return model;
    }

    private static string WeightsPath(string folder) => Path.Combine(folder, "weights.safetensors");

    private static Tensor Ints(ReferenceRun run, string name)
    {
        ArrayData data = run.Inputs.TryGetValue(name, out ArrayData? found) ? found : throw new InvalidDataException($"run {run.Name} has no input {name}");
        if (data.IsFloat || data.Shape.Count != 2) throw new InvalidDataException($"input {name} of run {run.Name} must be integers (batch, tokens), given {data}");
        return Tensor.From(new Shape((int)data.Shape[0], (int)data.Shape[1]), (int[])[.. data.Int64s.ToArray().Select(v => checked((int)v))]);
    }

    // PyTorch's padding masks are true for padding, Heed's attention masks for tokens.
    private static Tensor Inverted(Tensor mask)
    {
        for (int i = 0; i < mask.Ints.Length; i++) mask.Ints[i] = 1 - mask.Ints[i];
        return mask;
    }
}
