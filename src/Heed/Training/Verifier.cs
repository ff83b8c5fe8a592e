using Heed.Formats;
using Heed.Generation;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>One comparison with a reference.</summary>
/// <param name="Name">What was compared, such as <c>left_padded/logits</c>.</param>
/// <param name="Difference">Largest absolute difference (relative, where the name says so); NaN for token ids that differ.</param>
/// <param name="Tolerance">Largest that is allowed; 0 for token ids.</param>
/// <param name="Compared">Values compared; 0 if the comparison was left out.</param>
/// <param name="LeftOut">Why it was left out, or null.</param>
public sealed record Verdict(string Name, double Difference, double Tolerance, long Compared, string? LeftOut = null)
{
    /// <summary>Whether the difference is within the tolerance.</summary>
    public bool Ok => LeftOut is not null || Difference <= Tolerance;
}

/// <summary>
/// The parity ledger: runs a model folder that carries the recorded outputs of another implementation (<c>reference.json</c>) and compares
/// every output, generations, gradients and training losses.
/// </summary>
public static class Verifier
{
    /// <summary>Compares everything that the folder's reference records.</summary>
    /// <exception cref="InvalidDataException">The model or its reference cannot be read.</exception>
    public static IEnumerable<Verdict> Verify(string folder)
    {
        string path = Path.Combine(folder, "reference.json");
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no {path}: verify needs a model folder with recorded outputs", path);
        ReferenceJson reference = ReferenceJson.Read(path);
        if (RecurrentVerifier.Handles(folder))
        {
            foreach (Verdict verdict in RecurrentVerifier.Verify(folder, reference)) yield return verdict;
            yield break;
        }
        if (OriginalVerifier.Handles(folder, reference))
        {
            foreach (Verdict verdict in OriginalVerifier.Verify(folder, reference)) yield return verdict;
            yield break;
        }
        Subject subject;
        if (ImageFolder.IsImageModel(folder))
        {
            ImageTransformer model = ImageFolder.Load(folder);
            subject = new Subject(model.Weights, ImageFolder.Layout(model), [inputs => ImageRunner.Run(model, inputs, all: true)], inputs => ImageRunner.Loss(model, inputs));
        }
        else
        {
            Transformer model = ModelFolder.Load(folder), opened = ModelFolder.Open(folder);
            subject = new Subject(model.Weights, new WeightLayout(model), [inputs => ModelRunner.Run(model, inputs, all: true), inputs => ModelRunner.Run(opened, inputs, all: true)], inputs => ModelRunner.Loss(model, new ModelInputs(model.Config, inputs)), FixedPositions(model.Config.Encoder) + FixedPositions(model.Config.Decoder));
            GenerationOptions defaults = GenerationConfig.Load(folder);
            foreach (ReferenceGeneration generation in reference.Generation)
                foreach (Verdict verdict in GenerationVerifier.Verify(opened, defaults, generation)) yield return verdict;
        }
        long parameters = subject.Weights.Sum(w => w.Value.Count);
        if (reference.Parameters != parameters && reference.Parameters != parameters + subject.FixedValues) yield return new Verdict("parameters", Math.Abs(reference.Parameters - parameters), 0, 1);
        foreach (ReferenceRun run in reference.Runs)
            foreach (Verdict verdict in Forward(subject, run)) yield return verdict;
        if (reference.Training is { } training)
            foreach (Verdict verdict in Train(subject, training, folder)) yield return verdict;
    }

    /// <summary>What the verifier asks of a model, whatever it reads.</summary>
    /// <param name="Weights">Its weights.</param>
    /// <param name="Layout">Where they stand in the file.</param>
    /// <param name="Runs">Inputs to outputs, in each way in which it can be held: copied to train, left in its file to run.</param>
    /// <param name="Loss">Inputs to the loss.</param>
    /// <param name="FixedValues">Values of tables that the original counts among its parameters though they never change.</param>
    private sealed record Subject(
        IReadOnlyList<KeyValuePair<string, Tensor>> Weights,
        WeightLayout Layout,
        IReadOnlyList<Func<IReadOnlyDictionary<string, ArrayData>, IReadOnlyDictionary<string, ModelOutput>>> Runs,
        Func<IReadOnlyDictionary<string, ArrayData>, Tensor> Loss,
        long FixedValues = 0);

    private static long FixedPositions(StackConfig? stack) => stack is { Positions: PositionConfig.Sinusoidal fixedOnes } ? (long)fixedOnes.Maximum * stack.EmbeddingWidth : 0;

    private static IEnumerable<Verdict> Forward(Subject subject, ReferenceRun run)
    {
        IReadOnlyDictionary<string, ModelOutput>[] ways = [.. subject.Runs.Select(r => r(run.Inputs))];
        ReadOnlyMemory<long>? where = run.CompareWhere is { } mask ? run.Inputs[mask].Int64s : null;
        foreach ((string name, ArrayData expected) in run.Outputs)
        {
            string title = $"{run.Name}/{name}";
            yield return ways.Select(Judge).MaxBy(v => double.IsNaN(v.Difference) ? double.PositiveInfinity : v.Difference)!;

            Verdict Judge(IReadOnlyDictionary<string, ModelOutput> outputs) =>
                !outputs.TryGetValue(name, out ModelOutput? given) ? new Verdict(title, double.NaN, run.Tolerance(name), 0)
                : !given.Shape.SequenceEqual(expected.Shape) ? new Verdict($"{title} (shape [{string.Join(", ", given.Shape)}], expected [{string.Join(", ", expected.Shape)}])", double.NaN, run.Tolerance(name), 0)
                : Compare(title, given.Values, expected.Floats.Span, run.Tolerance(name), where is { } w ? w.Span : default);
        }
    }

    internal static Verdict Compare(string name, ReadOnlySpan<float> given, ReadOnlySpan<float> expected, double tolerance, ReadOnlySpan<long> where)
    {
        double worst = 0;
        long compared = 0;
        int perPlace = where.IsEmpty ? 1 : given.Length / where.Length;
        for (int i = 0; i < given.Length; i++)
        {
            if (!where.IsEmpty && where[i / perPlace] == 0) continue;
            double difference = Math.Abs((double)given[i] - expected[i]);
            if (!(difference <= worst)) worst = difference; // a NaN counts as worst
            compared++;
        }
        return new Verdict(name, worst, tolerance, compared);
    }

    private static IEnumerable<Verdict> Train(Subject subject, ReferenceTraining training, string folder)
    {
        ReferenceOptimizer o = training.Optimizer;
        AdamW optimizer = new(subject.Weights, new AdamWOptions(o.Beta1, o.Beta2, o.Epsilon, o.WeightDecay), decays: (_, _) => true);
        WeightLayout layout = subject.Layout;
        double[] losses = new double[o.Steps + 1], norms = new double[o.Steps + 1];
        Dictionary<string, float[]> first = [];
        List<Verdict> verdicts = [];
        for (int step = 0; step <= o.Steps; step++)
        {
            using (MemoryScope scope = new())
            using (Autograd.Tape tape = new())
            {
                Tensor loss = subject.Loss(training.Inputs);
                losses[step] = loss.Item;
                tape.Backward(loss);
            }
            norms[step] = optimizer.GradientNorm();
            if (step == 0)
                foreach (WeightEntry entry in layout.Entries) first[entry.File] = entry.Weight.Gradient is { } gradient ? entry.Export(gradient) : new float[entry.Shape.Aggregate(1L, (a, b) => a * b)]; // an expert that no token met
            if (step < o.Steps) optimizer.Step((float)o.LearningRate);
        }
        ReferenceTrainingTolerances t = training.Tolerances;
        verdicts.Add(Compare("training/losses", losses, training.Losses.Floats.Span, t.Losses, relative: false));
        verdicts.Add(Compare("training/gradient norms (relative)", norms, training.GradientNorms.Floats.Span, t.GradientNormsRelative, relative: true));
        CompareFile("grads.safetensors", "gradient of ", name => first[name], t.Gradients, null);
        if (t.ParametersAfter is { } after) CompareFile("params_after.safetensors", "after the last step: ", name => layout.Entries.First(e => e.File == name).Export(), after, first);
        return verdicts;

        static Verdict Compare(string name, double[] given, ReadOnlySpan<float> expected, double tolerance, bool relative)
        {
            double worst = given.Length == expected.Length ? 0 : double.NaN;
            for (int i = 0; i < Math.Min(given.Length, expected.Length); i++)
            {
                double difference = Math.Abs(given[i] - expected[i]) / (relative ? Math.Abs(expected[i]) : 1);
                if (!(difference <= worst)) worst = difference;
            }
            return new Verdict(name, worst, tolerance, given.Length);
        }

        // One line for each tensor of the file. Where a first gradient is rounding noise, AdamW turns it into steps of size lr: not compared.
        void CompareFile(string file, string title, Func<string, float[]> given, double tolerance, Dictionary<string, float[]>? firstGradients)
        {
            string path = Path.Combine(folder, file);
            if (!File.Exists(path)) return;
            using WeightSource source = WeightSource.Open(path);
            foreach (WeightEntry entry in layout.Entries.Where(e => e.Weight.RequiresGradient))
            {
                if (!source.Weights.TryGetValue(entry.File, out WeightInfo? info))
                {
                    verdicts.Add(new Verdict($"training/{title}{entry.File} (absent from {file})", double.NaN, tolerance, 0));
                    continue;
                }
                float[] expected = new float[info.Count], values = given(entry.File);
                source.ReadFloats(entry.File, expected);
                long[]? where = firstGradients is null ? null : [.. firstGradients[entry.File].Select(g => Math.Abs(g) > 1e-5 ? 1L : 0)];
                verdicts.Add(expected.Length == values.Length ? Verifier.Compare($"training/{title}{entry.File}", values, expected, tolerance, where) : new Verdict($"training/{title}{entry.File} (shape)", double.NaN, tolerance, 0));
            }
        }
    }
}
