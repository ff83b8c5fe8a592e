using System.Text.Json;

namespace Heed.Formats;

/// <summary>How exact a reference output is.</summary>
/// <param name="Tolerance">Compare |yours - reference| with this, element by element, no relative term.</param>
/// <param name="Float32Error">Largest difference between the float32 and the float64 computation of the reference itself; null if not given.</param>
/// <param name="LargestValue">Largest absolute value of the output; null if not given.</param>
public sealed record ReferencePrecision(double Tolerance, double? Float32Error, double? LargestValue);

/// <summary>One forward run: inputs and what came out.</summary>
/// <param name="Name">The name, such as <c>left_padded</c>.</param>
/// <param name="Inputs">The inputs by name.</param>
/// <param name="Outputs">The outputs by name; those of several layers are <c>hidden_states.0</c>, <c>hidden_states.1</c> and so on.</param>
/// <param name="Precision">Precision by output; one entry <c>hidden_states</c> covers all layers.</param>
/// <param name="CompareWhere">The [batch, time] input of 0 and 1: compare only where it is 1. Null: compare everything.</param>
/// <param name="Other">Members of the run that only some cases have, such as <c>final_norm</c>.</param>
public sealed record ReferenceRun(
    string Name,
    IReadOnlyDictionary<string, ArrayData> Inputs,
    IReadOnlyDictionary<string, ArrayData> Outputs,
    IReadOnlyDictionary<string, ReferencePrecision> Precision,
    string? CompareWhere,
    IReadOnlyDictionary<string, JsonElement> Other)
{
    /// <summary>
    /// The tolerance of an output: its own entry of <see cref="Precision"/>, else that of the group it belongs to (<c>hidden_states.0</c>: <c>hidden_states</c>,
    /// <c>grad:weight</c>: <c>grads</c>, <c>grad_l2:weight</c>: <c>grad_l2</c>); 0 for integers.
    /// </summary>
    /// <exception cref="KeyNotFoundException">No entry covers the output.</exception>
    public double Tolerance(string output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (Precision.TryGetValue(output, out ReferencePrecision? precision)) return precision.Tolerance;
        if (Outputs.TryGetValue(output, out ArrayData? data) && !data.IsFloat) return 0;
        int end = output.Contains(':') ? output.IndexOf(':') : output.LastIndexOf('.');
        string group = output[..Math.Max(end, 0)];
        if (Precision.TryGetValue(group, out precision) || Precision.TryGetValue(group + "s", out precision)) return precision.Tolerance;
        throw new KeyNotFoundException($"Run {Name} has no precision for output {output}; it has {string.Join(", ", Precision.Keys)}.");
    }
}

/// <summary>One text generation.</summary>
/// <param name="Name">The name, such as <c>beam4</c>.</param>
/// <param name="Arguments">The arguments of the call, such as <c>num_beams</c> and <c>max_new_tokens</c>.</param>
/// <param name="Inputs">The inputs by name.</param>
/// <param name="Sequences">The returned token ids, prompt and filler included, [rows, longest].</param>
/// <param name="NewTokens">What to compare: the ids after the prompt up to the first end-of-sequence id, one row per returned sequence.</param>
/// <param name="Scores">Sum of log-probabilities / length ^ length_penalty of each row; null if not given.</param>
/// <param name="ScoreTolerance">Tolerance of <paramref name="Scores"/>; null if not given.</param>
public sealed record ReferenceGeneration(
    string Name,
    IReadOnlyDictionary<string, JsonElement> Arguments,
    IReadOnlyDictionary<string, ArrayData> Inputs,
    ArrayData Sequences,
    IReadOnlyList<IReadOnlyList<int>> NewTokens,
    ArrayData? Scores,
    double? ScoreTolerance);

/// <summary>The optimiser of a training case: AdamW, all parameters in one group.</summary>
/// <param name="Name">The name in the framework of the reference.</param>
/// <param name="LearningRate">Constant learning rate.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled weight decay, applied to every parameter.</param>
/// <param name="Steps">Number of steps.</param>
public sealed record ReferenceOptimizer(string Name, double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, int Steps);

/// <summary>Tolerances of a training case.</summary>
/// <param name="Losses">Absolute, of every loss.</param>
/// <param name="GradientNormsRelative">Relative, of every gradient norm.</param>
/// <param name="Gradients">Absolute, of every element of every first-step gradient.</param>
/// <param name="FirstGradientL2Relative">Relative, of the error vector of a first-step gradient.</param>
/// <param name="ParametersAfter">Absolute, of parameters after the last step; holds only where the first gradient is larger than 1e-5; null if not given.</param>
public sealed record ReferenceTrainingTolerances(double Losses, double GradientNormsRelative, double Gradients, double FirstGradientL2Relative, double? ParametersAfter);

/// <summary>A few optimiser steps on one batch.</summary>
/// <param name="What">What was done, in words.</param>
/// <param name="Inputs">The batch, the same at every step.</param>
/// <param name="Optimizer">The optimiser.</param>
/// <param name="Losses">[steps + 1]: element i is the loss after i steps.</param>
/// <param name="LossesF64">The same computed in float64.</param>
/// <param name="GradientNorms">[steps + 1]: global L2 norm of the gradient after i steps.</param>
/// <param name="GradientNormsF64">The same computed in float64.</param>
/// <param name="ParameterNorms">[steps + 1]: global L2 norm of the parameters after i steps.</param>
/// <param name="FirstGradientL2">L2 norm of the gradient of each parameter before the first step.</param>
/// <param name="ZeroGradients">Parameters whose gradient is zero in exact arithmetic, so that only noise is computed.</param>
/// <param name="Tolerances">How exact all of this is.</param>
public sealed record ReferenceTraining(
    string What,
    IReadOnlyDictionary<string, ArrayData> Inputs,
    ReferenceOptimizer Optimizer,
    ArrayData Losses,
    ArrayData LossesF64,
    ArrayData GradientNorms,
    ArrayData GradientNormsF64,
    ArrayData ParameterNorms,
    IReadOnlyDictionary<string, double> FirstGradientL2,
    IReadOnlyList<string> ZeroGradients,
    ReferenceTrainingTolerances Tolerances);

/// <summary>The <c>reference.json</c> of a fixture: inputs, and the outputs, generations and training steps that another implementation computed from the same weights.</summary>
/// <param name="Case">The name of the case.</param>
/// <param name="Family">The model family.</param>
/// <param name="Class">The class in the framework of the reference; null if not given.</param>
/// <param name="Parameters">The number of parameters.</param>
/// <param name="Runs">Forward runs.</param>
/// <param name="GenerationConfig">What <c>generation_config.json</c> adds to the arguments of every generation.</param>
/// <param name="Generation">Generations.</param>
/// <param name="Training">Training steps, or null.</param>
/// <param name="HyperParameters">Sizes of models that have no <c>config.json</c>; else empty.</param>
public sealed record ReferenceJson(
    string Case,
    string Family,
    string? Class,
    long Parameters,
    IReadOnlyList<ReferenceRun> Runs,
    IReadOnlyDictionary<string, JsonElement> GenerationConfig,
    IReadOnlyList<ReferenceGeneration> Generation,
    ReferenceTraining? Training,
    IReadOnlyDictionary<string, JsonElement> HyperParameters)
{
    private const string Format = "transformer-fixture/1";

    /// <summary>The run of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public ReferenceRun Run(string name) => Runs.FirstOrDefault(run => run.Name == name)
        ?? throw new KeyNotFoundException($"{Case} has no run {name}; it has {string.Join(", ", Runs.Select(run => run.Name))}.");

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="WeightFormatException">The file is not such a reference; the message says where.</exception>
    public static ReferenceJson Read(string path) => JsonFile.Read(path, int.MaxValue, element => Read(path, element));

    private static ReferenceJson Read(string path, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new WeightFormatException(path, null, $"the file is {JsonFile.Kind(element)}, expected an object.");
        var root = new Node(path, "the file", element);
        string format = root.Text("format");
        if (format != Format) throw new WeightFormatException(path, null, $"format is {WeightFormatException.Quote(format)}, expected {Format}.");
        return new(
            root.Text("case"),
            root.Text("family"),
            root.Has("class") ? root.Text("class") : null,
            root.Integer("parameters"),
            root.Items("runs", ReadRun),
            root.Elements("generation_config"),
            root.Items("generation", ReadGeneration),
            root.Has("training") ? ReadTraining(root.Object("training")) : null,
            root.Elements("hyper_parameters"));
    }

    private static ReferenceRun ReadRun(Node run) => new(
        run.Text("name"),
        run.Arrays("inputs"),
        run.Arrays("outputs"),
        run.Precision(),
        run.Has("compare_where") ? run.Text("compare_where") : null,
        run.Elements(null, "name", "inputs", "outputs", "precision", "compare_where"));

    private static ReferenceGeneration ReadGeneration(Node item) => new(
        item.Text("name"),
        item.Elements("kwargs"),
        item.Arrays("inputs"),
        item.Array("sequences"),
        item.Rows("new_tokens"),
        item.Has("sequences_scores") ? item.Array("sequences_scores") : null,
        item.Has("precision") && item.Precision().TryGetValue("sequences_scores", out ReferencePrecision? precision) ? precision.Tolerance : null);

    private static ReferenceTraining ReadTraining(Node training)
    {
        Node optimizer = training.Object("optimizer"), precision = training.Object("precision");
        IReadOnlyList<double> betas = optimizer.Numbers("betas", 2);
        return new(
            training.Text("what"),
            training.Arrays("inputs"),
            new(optimizer.Text("name"), optimizer.Number("lr"), betas[0], betas[1], optimizer.Number("eps"), optimizer.Number("weight_decay"), (int)optimizer.Integer("steps")),
            training.Array("losses"),
            training.Array("losses_f64"),
            training.Array("grad_norms"),
            training.Array("grad_norms_f64"),
            training.Array("param_norms"),
            training.NumbersByName("grad_l2_first_step"),
            training.Texts("gradients_zero_in_exact_arithmetic"),
            new(
                precision.Object("losses").Number("tolerance"),
                precision.Object("grad_norms").Number("tolerance_relative"),
                precision.Object("grads_elementwise").Number("tolerance"),
                precision.Object("grad_l2_first_step").Number("tolerance_relative"),
                precision.Has("params_after") ? precision.Object("params_after").Number("tolerance_where_first_grad_over_1e-5") : null));
    }

    // An object of the file and where it stands, for messages.
    private readonly struct Node(string file, string where, JsonElement element)
    {
        public bool Has(string key) => element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

        public string Text(string key) => Member(key, JsonValueKind.String).GetString()!;

        public Node Object(string key) => new(file, $"{where}: {key}", Member(key, JsonValueKind.Object));

        public double Number(string key) => Number(Member(key, JsonValueKind.Number), key);

        public long Integer(string key)
        {
            JsonElement value = Member(key, JsonValueKind.Number);
            if (value.TryGetInt64(out long number) && number is >= 0 and <= int.MaxValue) return number;
            throw Wrong($"{key} is {value.GetRawText()}, expected an integer from 0 to {int.MaxValue}.");
        }

        public IReadOnlyList<double> Numbers(string key, int count)
        {
            JsonElement list = Member(key, JsonValueKind.Array);
            if (list.GetArrayLength() != count) throw Wrong($"{key} has {list.GetArrayLength()} numbers, expected {count}.");
            var numbers = new List<double>();
            foreach (JsonElement item in list.EnumerateArray()) numbers.Add(Number(item, key));
            return numbers.AsReadOnly();
        }

        public IReadOnlyDictionary<string, double> NumbersByName(string key)
        {
            var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
            foreach (JsonProperty property in Member(key, JsonValueKind.Object).EnumerateObject())
                numbers.Add(property.Name, Number(property.Value, key));
            return numbers.AsReadOnly();
        }

        public IReadOnlyList<string> Texts(string key)
        {
            var texts = new List<string>();
            foreach (JsonElement item in Member(key, JsonValueKind.Array).EnumerateArray())
            {
                if (item.ValueKind != JsonValueKind.String) throw Wrong($"{key} holds {JsonFile.Kind(item)}, expected strings.");
                texts.Add(item.GetString()!);
            }
            return texts.AsReadOnly();
        }

        public IReadOnlyList<IReadOnlyList<int>> Rows(string key)
        {
            var rows = new List<IReadOnlyList<int>>();
            foreach (JsonElement row in Member(key, JsonValueKind.Array).EnumerateArray())
            {
                if (row.ValueKind != JsonValueKind.Array) throw Wrong($"{key} holds {JsonFile.Kind(row)}, expected lists of token ids.");
                var ids = new List<int>();
                foreach (JsonElement id in row.EnumerateArray())
                {
                    if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out int value)) throw Wrong($"{key}[{rows.Count}][{ids.Count}] is not a token id.");
                    ids.Add(value);
                }
                rows.Add(ids.AsReadOnly());
            }
            return rows.AsReadOnly();
        }

        public ArrayData Array(string key) => ArrayData.FromObject(file, key, Member(key, JsonValueKind.Object));

        public IReadOnlyDictionary<string, ArrayData> Arrays(string key)
        {
            var arrays = new Dictionary<string, ArrayData>(StringComparer.Ordinal);
            foreach (JsonProperty property in Member(key, JsonValueKind.Object).EnumerateObject())
            {
                string name = property.Name;
                arrays.Add(name, ArrayData.FromObject(file, name, property.Value));
            }
            return arrays.AsReadOnly();
        }

        public IReadOnlyDictionary<string, ReferencePrecision> Precision()
        {
            var entries = new Dictionary<string, ReferencePrecision>(StringComparer.Ordinal);
            Node precision = Object("precision");
            foreach (string name in precision.Names())
            {
                Node entry = precision.Object(name);
                entries.Add(name, new(
                    entry.Number("tolerance"),
                    entry.Has("f32_vs_f64_max_abs") ? entry.Number("f32_vs_f64_max_abs") : null,
                    entry.Has("max_abs") ? entry.Number("max_abs") : null));
            }
            return entries.AsReadOnly();
        }

        /// <summary>The members of an object, copied; of this object itself, without some, when the key is null; none when there is no such member.</summary>
        public IReadOnlyDictionary<string, JsonElement> Elements(string? key, params ReadOnlySpan<string> without)
        {
            var elements = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            if (key is null || Has(key))
            {
                foreach (JsonProperty property in (key is null ? element : Member(key, JsonValueKind.Object)).EnumerateObject())
                {
                    string name = property.Name;
                    if (!without.Contains(name)) elements.Add(name, property.Value.Clone());
                }
            }
            return elements.AsReadOnly();
        }

        /// <summary>A list of objects; empty when there is no such member.</summary>
        public IReadOnlyList<T> Items<T>(string key, Func<Node, T> read)
        {
            var items = new List<T>();
            if (Has(key))
            {
                foreach (JsonElement item in Member(key, JsonValueKind.Array).EnumerateArray())
                {
                    string place = $"{key}[{items.Count}]";
                    if (item.ValueKind != JsonValueKind.Object) throw Wrong($"{place} is {JsonFile.Kind(item)}, expected an object.");
                    items.Add(read(new Node(file, place, item)));
                }
            }
            return items.AsReadOnly();
        }

        private List<string> Names()
        {
            var names = new List<string>();
            foreach (JsonProperty property in element.EnumerateObject()) names.Add(property.Name);
            return names;
        }

        private double Number(JsonElement value, string key) => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number)
            ? number
            : throw Wrong($"{key} holds {JsonFile.Kind(value)}, expected a number.");

        private JsonElement Member(string key, JsonValueKind kind) => JsonFile.Member(file, element, where, key, kind);

        private WeightFormatException Wrong(string problem) => new(file, null, $"{where}: {problem}");
    }
}
