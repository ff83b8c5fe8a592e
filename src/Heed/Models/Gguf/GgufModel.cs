using Heed.Formats;
using Heed.Formats.Gguf;
using Heed.Layers;

namespace Heed.Models;

/// <summary>Models in GGUF files: one file with configuration, tokenizer and weights.</summary>
public static class GgufModel
{
    /// <summary>Whether a path is that of a .gguf file.</summary>
    public static bool IsFile(string path) => path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && File.Exists(path);

    /// <summary>Reads the configuration of a file, of a model that uses the stored weights as they are: LLaMA's rotated pairs are neighbours, Gemma's norms count from 0.</summary>
    /// <exception cref="WeightFormatException">Metadata are missing, of the wrong kind, or say what Heed cannot do.</exception>
    /// <exception cref="InvalidDataException">The architecture is not known, or the metadata contradict each other.</exception>
    public static TransformerConfig ReadConfig(GgufFile file)
    {
        GgufArchitecture architecture = Architecture(file);
        return architecture.Read(new GgufReader(file, architecture.Name));
    }

    /// <summary>Opens a model to run it: its matrices stay where the file is mapped, in the types that it has, and are read when they are first used.</summary>
    /// <param name="path">The file. It stays open as long as the model lives, and must not be changed meanwhile.</param>
    /// <param name="head">The head that is wanted instead of the file's own: <see cref="HeadKind.None"/> for the hidden states alone; null = the file's.</param>
    /// <param name="interleave">Whether quantised matrices may be kept once more in memory, as for <see cref="ModelFolder.Open"/>.</param>
    /// <param name="copies">Matrices, by name, that are copied and can be changed nevertheless; null = none.</param>
    /// <exception cref="InvalidDataException">The file does not fit, or weights are missing, unused or misshapen: all of them are named in one message.</exception>
    /// <exception cref="WeightFormatException">The file is damaged.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static Transformer Open(string path, HeadKind? head = null, bool interleave = true, Func<string, bool>? copies = null)
    {
        GgufFile file = new(path);
        try
        {
            return Fill(file, ModelFolder.WithHead(ReadConfig(file), head, path), c => Transformer.ForFile(c, interleave, copies));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Loads a model to train it or to look at its weights: they are copied and widened to float32.</summary>
    /// <param name="path">The file.</param>
    /// <param name="published">Whether the model is to be as its family publishes it (to save it as a folder), instead of as the file stores it. It computes the same.</param>
    /// <exception cref="InvalidDataException">The file does not fit, or weights are missing, unused or misshapen: all of them are named in one message.</exception>
    /// <exception cref="WeightFormatException">The file is damaged.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static Transformer Load(string path, bool published = false)
    {
        using GgufFile file = new(path);
        TransformerConfig config = ReadConfig(file);
        return Fill(file, published ? Architecture(file).AsPublished(config) : config, c => new Transformer(c, seed: null));
    }

    /// <summary>The configuration of a file as the family's config.json.</summary>
    /// <param name="path">The file.</param>
    internal static string ConfigJson(string path)
    {
        using GgufFile file = new(path);
        return ModelFolder.ConfigJson(Architecture(file).AsPublished(ReadConfig(file)));
    }

    /// <summary>The architecture that a file names.</summary>
    internal static GgufArchitecture Architecture(GgufFile file)
    {
        string name = file.Fields.Get<string>("general.architecture");
        return GgufArchitectures.Find(file.Path, name, file.Fields.Get($"{name}.attention.sliding_window", 0) > 0);
    }

    /// <summary>The metadata and tensors of a model.</summary>
    /// <param name="model">A model whose weights are float32.</param>
    /// <param name="path">The file that they will stand in, for messages.</param>
    /// <exception cref="ArgumentException">GGUF cannot say what the configuration says.</exception>
    internal static GgufContent ContentOf(Transformer model, string path)
    {
        GgufArchitecture architecture = GgufArchitectures.Of(model.Config);
        TransformerConfig config = model.Config with { ModelType = architecture.ModelType };
        GgufKeys keys = architecture.Write(config);
        List<GgufSource> tensors = [.. LayoutOf(architecture, model, architecture.WritesFused).Files.Select(f => GgufSource.Of(f.Single()))];
        float[]? divisors = GgufRotary.Divisors(model.Config);
        if (divisors is not null) tensors.Add(new(GgufRotary.DivisorsName, [divisors.Length], WeightType.F32, (start, values) => divisors.AsSpan((int)start, values.Length).CopyTo(values)));

        Dictionary<string, IReadOnlyList<long>> shapes = tensors.ToDictionary(t => t.Name, t => t.Shape);
        TransformerConfig back = architecture.Read(new GgufReader(path, architecture.Name, new GgufMetadata(path, keys.Values), shapes.GetValueOrDefault, _ => divisors!));
        if (Spelled(back) != Spelled(architecture.AsStored(config)))
            throw new ArgumentException($"a GGUF file of the architecture {architecture.Name} cannot say all of the model: {ConfigDifference.Of(Spelled(architecture.AsStored(config)).Item1, Spelled(back).Item1)}");
        StackConfig main = model.Config.Main;
        return new GgufContent(keys.Values, tensors, main.Depth, main.Heads / main.KeyHeads);
    }

    private static Transformer Fill(GgufFile file, TransformerConfig config, Func<TransformerConfig, Transformer> make)
    {
        ModelFolder.CheckSize(config, file);
        Transformer model = make(config);
        LayoutOf(Architecture(file), model, file.Weights.ContainsKey("blk.0.attn_qkv.weight")).Load(file);
        return model;
    }

    /// <summary>The tensors that hold each weight of a model, whether query, key and value are one or three.</summary>
    internal static ILookup<string, string> TensorsOf(Transformer model)
    {
        GgufArchitecture architecture = GgufArchitectures.Of(model.Config);
        return new[] { true, false }.SelectMany(fused => LayoutOf(architecture, model, fused).Slots).Select(s => (s.Name, s.File)).Distinct().ToLookup(s => s.Name, s => s.File);
    }

    private static WeightLayout LayoutOf(GgufArchitecture architecture, Transformer model, bool fused) =>
        new(architecture, WeightName.Expand(architecture.Names(model.Config, fused), model.Config), [.. model.Weights, .. model.Constants], model.Stored);

    // What files have no place for, and how numbers are rounded in them, makes no difference.
    private static (TransformerConfig, string) Spelled(TransformerConfig c)
    {
        string rotary = c.Main.Positions is PositionConfig.Rotary r
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{r.Theta:G6} {r.Dimension ?? c.Main.HeadColumns} {r.Interleaved} {string.Join(' ', RotaryFrequencies.Divisors(r, r.Dimension ?? c.Main.HeadColumns).Select(d => $"{d:G5}"))} {(r.Scaling as RopeScaling.Yarn)?.AttentionFactor ?? 1:G6}")
            : "";
        TransformerConfig rest = c with { Encoder = Rest(c.Encoder), Decoder = Rest(c.Decoder), Head = c.Head with { Problem = null } };
        (TransformerConfig, string) spelled = ModelFolder.Spelled(rest);
        return (spelled.Item1, string.Join('\n', [spelled.Item2, rotary, string.Join(' ', c.EndTokens.Take(GgufTokens.MostEnds))]));

        static StackConfig? Rest(StackConfig? s) => s is null ? null : s with { InitialDeviation = 0, Positions = s.Positions is PositionConfig.Rotary ? new PositionConfig.None() : s.Positions };
    }
}
