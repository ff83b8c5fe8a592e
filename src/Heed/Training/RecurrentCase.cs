using System.Text.Json;
using Heed.Formats;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>A recurrent module of PyTorch with its weights (<c>weights.safetensors</c>), whose recorded outputs a <c>reference.json</c> holds.</summary>
internal sealed class RecurrentCase
{
    private readonly string prefix;
    private readonly bool? batchFirst;

    private RecurrentCase(Recurrent stack, IReadOnlyList<KeyValuePair<string, Tensor>> weights, string prefix, bool? batchFirst) =>
        (Stack, Weights, this.prefix, this.batchFirst) = (stack, weights, prefix, batchFirst);

    public Recurrent Stack { get; }

    /// <summary>By PyTorch's names, without what the file puts before them.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Weights { get; }

    public static string WeightsPath(string folder)
    {
        string path = Path.Combine(folder, "weights.safetensors");
        return File.Exists(path) ? path : Path.Combine(folder, "model.safetensors");
    }

    /// <summary>What stands before the names of the module's weights (<c>lstm.</c>, or nothing); null if there is no such module.</summary>
    public static string? Prefix(WeightSource source)
    {
        const string First = "weight_hh_l0";
        foreach (string name in source.Weights.Keys)
            if (name.EndsWith(First, StringComparison.Ordinal) && (name.Length == First.Length || name[^(First.Length + 1)] == '.')) return name[..^First.Length];
        return null;
    }

    /// <summary>The name of an output without the weights' prefix: <c>grad:lstm.bias_ih_l0</c> -> <c>grad:bias_ih_l0</c>.</summary>
    public string Plain(string output)
    {
        const string Gradient = "grad:";
        return prefix.Length > 0 && output.StartsWith(Gradient + prefix, StringComparison.Ordinal) ? Gradient + output[(Gradient.Length + prefix.Length)..] : output;
    }

    /// <summary>Reads the module. Its sizes are those of its weights; what the reference says of them must agree.</summary>
    /// <exception cref="InvalidDataException">They do not, or weights are missing, unused or misshapen.</exception>
    public static RecurrentCase Load(string folder, ReferenceJson reference)
    {
        using WeightSource source = WeightSource.Open(WeightsPath(folder));
        string prefix = Prefix(source) ?? throw new InvalidDataException($"{source.Path} holds no weights of a recurrent module");
        IReadOnlyDictionary<string, JsonElement> said = reference.HyperParameters;
        RecurrentConfig config = Config(source, prefix, said);
        Agrees(said, "input_size", config.Inputs);
        Agrees(said, "hidden_size", config.Width);
        Agrees(said, "num_layers", config.Layers);
        Agrees(said, "bidirectional", config.Bidirectional);
        Agrees(said, "bias", config.Bias);
        WeightScope scope = new(seed: null);
        Recurrent stack = new(scope, config);
        Fill(scope, source, prefix);
        bool? batchFirst = said.TryGetValue("batch_first", out JsonElement first) && first.ValueKind is JsonValueKind.True or JsonValueKind.False ? first.GetBoolean() : null;
        return new RecurrentCase(stack, scope.Weights, prefix, batchFirst);

        void Agrees(IReadOnlyDictionary<string, JsonElement> said, string key, object own)
        {
            if (said.TryGetValue(key, out JsonElement value) && !string.Equals(value.ToString(), own.ToString(), StringComparison.OrdinalIgnoreCase))
                throw new InvalidDataException($"{folder}: the reference says {key} = {value}, the weights say {own}");
        }
    }

    /// <summary>How the arrays of a run lie.</summary>
    public SequenceLayout Layout(ReferenceRun run) => SequenceLayout.Of(run, batchFirst, Stack.Config);

    private static RecurrentConfig Config(WeightSource source, string prefix, IReadOnlyDictionary<string, JsonElement> said)
    {
        if (source.Weights.ContainsKey(prefix + "weight_hr_l0")) throw new InvalidDataException($"{source.Path}: an LSTM with a projection (proj_size) is not known");
        IReadOnlyList<long> hidden = Matrix("weight_hh_l0"), input = Matrix("weight_ih_l0");
        int layers = 0;
        while (source.Weights.ContainsKey($"{prefix}weight_hh_l{layers}")) layers++;
        Kernels.RecurrentKind kind = (hidden[0] / Math.Max(1, hidden[1])) switch
        {
            1 => Nonlinearity(),
            3 => Kernels.RecurrentKind.Gru,
            4 => Kernels.RecurrentKind.Lstm,
            _ => throw new InvalidDataException($"{source.Path}: {prefix}weight_hh_l0 has shape ({hidden[0]}, {hidden[1]}); 1 (RNN), 3 (GRU) or 4 (LSTM) gates of {hidden[1]} rows were expected"),
        };
        return new RecurrentConfig
        {
            Kind = kind,
            Inputs = checked((int)input[1]),
            Width = checked((int)hidden[1]),
            Layers = layers,
            Bidirectional = source.Weights.ContainsKey(prefix + "weight_hh_l0_reverse"),
            Bias = source.Weights.ContainsKey(prefix + "bias_ih_l0"),
        };

        IReadOnlyList<long> Matrix(string name)
        {
            if (!source.Weights.TryGetValue(prefix + name, out WeightInfo? info)) throw new InvalidDataException($"{source.Path}: there is no {prefix}{name}");
            return info.Shape.Count == 2 ? info.Shape : throw new InvalidDataException($"{source.Path}: {info} was expected to be a matrix");
        }

        Kernels.RecurrentKind Nonlinearity() => !said.TryGetValue("nonlinearity", out JsonElement value) ? Kernels.RecurrentKind.RnnTanh : value.ToString() switch
        {
            "tanh" => Kernels.RecurrentKind.RnnTanh,
            "relu" => Kernels.RecurrentKind.RnnRelu,
            string other => throw new InvalidDataException($"nonlinearity is {other}, tanh or relu was expected"),
        };
    }

    private static void Fill(WeightScope scope, WeightSource source, string prefix)
    {
        List<string> problems = [];
        HashSet<string> used = [];
        foreach ((string name, Tensor weight) in scope.Weights)
        {
            used.Add(prefix + name);
            if (!source.Weights.TryGetValue(prefix + name, out WeightInfo? info)) problems.Add($"{prefix}{name} is missing");
            else if (!info.Shape.SequenceEqual(weight.Shape.ToArray().Select(n => (long)n))) problems.Add($"{info} was expected to have shape {weight.Shape}");
            else source.ReadFloats(prefix + name, weight.Span);
        }
        problems.AddRange(source.Weights.Keys.Where(name => !used.Contains(name)).Select(name => $"{name} is not used"));
        if (problems.Count > 0) throw new InvalidDataException($"{source.Path}: {string.Join("; ", problems)}");
    }
}
