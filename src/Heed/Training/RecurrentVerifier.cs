using Heed.Autograd;
using Heed.Formats;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>
/// The part of <see cref="Verifier"/> for the recorded outputs of a plain recurrent module of PyTorch (torch.nn.RNN, LSTM, GRU): outputs, last states, a
/// loss that weights them, and its gradients by every weight, the input and the given states.
/// </summary>
internal static class RecurrentVerifier
{
    /// <summary>Whether a folder holds such a module: weights with a hidden weight of a first layer, and no model's configuration.</summary>
    public static bool Handles(string folder)
    {
        string path = RecurrentCase.WeightsPath(folder);
        if (File.Exists(Path.Combine(folder, "config.json")) || !File.Exists(path)) return false;
        using WeightSource source = WeightSource.Open(path);
        return RecurrentCase.Prefix(source) is not null;
    }

    /// <summary>Compares everything that the reference records.</summary>
    /// <exception cref="InvalidDataException">The weights or the inputs do not fit together.</exception>
    public static IEnumerable<Verdict> Verify(string folder, ReferenceJson reference)
    {
        RecurrentCase module = RecurrentCase.Load(folder, reference);
        long parameters = module.Weights.Sum(w => w.Value.Count);
        if (reference.Parameters != parameters) yield return new Verdict("parameters", Math.Abs(reference.Parameters - parameters), 0, 1);
        foreach (ReferenceRun run in reference.Runs)
            foreach (Verdict verdict in Compare(module, run)) yield return verdict;
    }

    private static List<Verdict> Compare(RecurrentCase module, ReferenceRun run)
    {
        List<Verdict> verdicts = [];
        Dictionary<string, (long[] Shape, float[] Values)> given = Run(module, run);
        foreach ((string name, ArrayData expected) in run.Outputs)
        {
            string title = $"{run.Name}/{name}";
            if (!given.TryGetValue(module.Plain(name), out (long[] Shape, float[] Values) own)) verdicts.Add(new Verdict($"{title} (unknown output)", double.NaN, run.Tolerance(name), 0));
            else if (!own.Shape.SequenceEqual(expected.Shape)) verdicts.Add(new Verdict($"{title} (shape [{string.Join(", ", own.Shape)}], expected [{string.Join(", ", expected.Shape)}])", double.NaN, run.Tolerance(name), 0));
            else verdicts.Add(Verifier.Compare(title, own.Values, expected.Floats.Span, run.Tolerance(name), default));
        }
        return verdicts;
    }

    /// <summary>Every output by name, in the layout of the reference.</summary>
    private static Dictionary<string, (long[], float[])> Run(RecurrentCase module, ReferenceRun run)
    {
        using MemoryScope scope = new();
        using Tape tape = new();
        SequenceLayout layout = module.Layout(run);
        Tensor x = layout.Sequence(Input(run, "input"));
        x.RequiresGradient = true;
        RecurrentState? state = State(module, run, layout);
        RecurrentOutput result = module.Stack.Forward(x, state, layout.Lengths);

        Dictionary<string, (long[], float[])> given = [];
        ArrayData? expectedOutput = run.Outputs.GetValueOrDefault("output");
        given["output"] = layout.Sequence(result.Output, steps: expectedOutput is null ? null : layout.StepsOf(expectedOutput));
        given["h_n"] = layout.States(result.State.Hidden);
        if (result.State.Cell.Count > 0) given["c_n"] = layout.States(result.State.Cell);

        // The loss: the sum of each output times its weights.
        double value = 0;
        Tensor? loss = null;
        if (Weight("output") is { } weights) Add(result.Output, layout.Sequence(weights));
        AddStates(result.State.Hidden, Weight("hn") ?? Weight("h_n"));
        AddStates(result.State.Cell, Weight("cn") ?? Weight("c_n"));
        if (loss is null) return given;
        given["loss"] = ([], [(float)value]);
        if (!run.Outputs.Keys.Any(name => name.StartsWith("grad:", StringComparison.Ordinal))) return given;

        foreach ((_, Tensor weight) in module.Weights) weight.ClearGradient();
        tape.Backward(loss);
        foreach ((string name, Tensor weight) in module.Weights) given[$"grad:{name}"] = ([.. weight.Shape.ToArray().Select(n => (long)n)], weight.Gradient!.ToArray());
        given["grad:input"] = layout.Sequence(x.Gradient!, steps: null);
        if (state is null) return given;
        given["grad:h0"] = layout.States([.. state.Hidden.Select(h => h.Gradient!)]);
        if (state.Cell.Count > 0) given["grad:c0"] = layout.States([.. state.Cell.Select(c => c.Gradient!)]);
        return given;

        ArrayData? Weight(string name) => run.Inputs.GetValueOrDefault($"loss_weight_{name}");

        void AddStates(IReadOnlyList<Tensor> states, ArrayData? weights)
        {
            if (weights is null) return;
            Tensor[] parts = layout.States(weights, states.Count);
            for (int i = 0; i < parts.Length; i++) Add(states[i], parts[i]);
        }

        void Add(Tensor output, Tensor weights)
        {
            ReadOnlySpan<float> o = output.Span, w = weights.Span;
            for (int i = 0; i < o.Length; i++) value += (double)o[i] * w[i];
            int count = (int)output.Count;
            Tensor term = MatrixOps.MatMul(output.Reshape(new Shape(1, count)), weights.Reshape(new Shape(count, 1)));
            loss = loss is null ? term : Arithmetic.Add(loss, term);
        }
    }

    private static RecurrentState? State(RecurrentCase module, ReferenceRun run, SequenceLayout layout)
    {
        ArrayData? hidden = run.Inputs.GetValueOrDefault("h0"), cell = run.Inputs.GetValueOrDefault("c0");
        if (hidden is null && cell is null) return null;
        RecurrentConfig config = module.Stack.Config;
        bool lstm = config.Kind == Kernels.RecurrentKind.Lstm;
        if (hidden is null || cell is null == lstm) throw new InvalidDataException($"run {run.Name}: a given state of {config.Kind} has h0{(lstm ? " and c0" : "")}; the inputs are {string.Join(", ", run.Inputs.Keys)}");
        int count = config.Layers * config.Directions;
        RecurrentState state = new(layout.States(hidden, count), cell is null ? [] : layout.States(cell, count));
        foreach (Tensor part in (Tensor[])[.. state.Hidden, .. state.Cell]) part.RequiresGradient = true;
        return state;
    }

    private static ArrayData Input(ReferenceRun run, string name) =>
        run.Inputs.TryGetValue(name, out ArrayData? data) ? data : throw new InvalidDataException($"run {run.Name} has no input {name}; it has {string.Join(", ", run.Inputs.Keys)}");
}
