using System.Text;
using System.Text.Json;
using Heed.Formats;
using Heed.Formats.Gguf;
using Heed.Layers;

namespace Heed.Models;

/// <summary>Model folders in the layout of Hugging Face: <c>config.json</c> beside <c>model.safetensors</c> (or shards with an index).</summary>
public static class ModelFolder
{
    /// <summary>Reads the configuration of a folder.</summary>
    /// <param name="folder">The folder, or a .gguf file.</param>
    /// <param name="head">The head that is wanted instead of the file's own; null = the file's.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or says what Heed does not know.</exception>
    /// <exception cref="FileNotFoundException">The folder or its config.json is missing.</exception>
    public static TransformerConfig LoadConfig(string folder, HeadKind? head = null)
    {
        if (!GgufModel.IsFile(folder)) return ReadConfig(ConfigFile.In(folder), head);
        using GgufFile file = new(folder);
        return WithHead(GgufModel.ReadConfig(file), head, folder);
    }

    /// <summary>Reads a configuration file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="head">The head that is wanted instead of the file's own; null = the file's.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or says what Heed does not know.</exception>
    /// <exception cref="FileNotFoundException">The file is missing.</exception>
    public static TransformerConfig ReadConfig(string path, HeadKind? head = null) => ConfigFile.Read(path, c =>
    {
        string type = c.Text("model_type");
        if (!Registry.Families.TryGetValue(type, out ModelFamily? family))
            throw c.Unsupported("model_type", Registry.ImageFamilies.ContainsKey(type) ? $"\"{type}\" is a model of images, which this command cannot use" : Registry.Unknown(type));
        TransformerConfig config = WithHead(family.Read(c), head, path);
        config.Validate();
        return config;
    }, head);

    /// <summary>Opens a model to run it: its matrices stay where the files are mapped, in the types that the files have, and are read when they are first used.</summary>
    /// <param name="folder">The folder, or a .gguf file. Weight files stay open as long as the model lives; they must not be changed meanwhile.</param>
    /// <param name="head">The head that is wanted instead of the file's own, as for <see cref="Load"/>.</param>
    /// <param name="interleave">Whether quantised matrices may be kept once more in memory when tokens are written one by one: about their size again, for several times the speed.</param>
    /// <param name="copies">Matrices, by name, that are copied and can be changed nevertheless; null = none.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or weights are missing, unused or misshapen.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static Transformer Open(string folder, HeadKind? head = null, bool interleave = true, Func<string, bool>? copies = null)
    {
        if (GgufModel.IsFile(folder)) return GgufModel.Open(folder, head, interleave, copies);
        TransformerConfig config = LoadConfig(folder, head);
        WeightSource source = WeightSource.Open(folder);
        try
        {
            return Fill(config, source, c => Transformer.ForFile(c, interleave, copies));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Loads a model to train it or to look at its weights: they are copied and widened to float32.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="head">
    /// The head that is wanted instead of the file's own, whose weights then stay unread: <see cref="HeadKind.None"/> for the hidden states alone.
    /// null = the file's.
    /// </param>
    /// <exception cref="InvalidDataException">A file is damaged, or weights are missing, unused or misshapen.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static Transformer Load(string folder, HeadKind? head = null)
    {
        TransformerConfig config = LoadConfig(folder, head);
        using WeightSource source = WeightSource.Open(folder);
        return Fill(config, source, c => new Transformer(c, seed: null));
    }

    /// <summary>Loads a model to train it further, perhaps with another head: what the folder does not have of the head begins with random values.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">The folder's configuration, but for its head.</param>
    /// <param name="seed">Seed of the values that are new.</param>
    /// <param name="fresh">Names of the weights that are new.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or weights of the body are missing or misshapen.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static Transformer LoadBody(string folder, TransformerConfig config, ulong seed, out IReadOnlyList<string> fresh)
    {
        using WeightSource source = WeightSource.Open(folder);
        CheckSize(config, source);
        Transformer model = new(config, seed);
        fresh = new WeightLayout(model).LoadBody(source);
        return model;
    }

    /// <summary>Saves configuration and weights; files are written beside and renamed, so that none is ever half there.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="type">How weights are stored: F32, BF16 or F16 (nearest, ties to even).</param>
    /// <exception cref="ArgumentException">The family's file cannot say what the configuration says, or the type is another one.</exception>
    public static void Save(Transformer model, string folder, WeightType type = WeightType.F32)
    {
        string config = ConfigJson(model.Config, type);
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), new WeightLayout(model).Save(type));
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), config);
    }

    /// <summary>The configuration as the family's config.json.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="type">How the weights beside it are stored: F32, BF16 or F16.</param>
    /// <exception cref="ArgumentException">The family's file cannot say what the configuration says, or the type is another one.</exception>
    public static string ConfigJson(TransformerConfig config, WeightType type = WeightType.F32)
    {
        string stored = type switch
        {
            WeightType.F32 => "float32",
            WeightType.BF16 => "bfloat16",
            WeightType.F16 => "float16",
            _ => throw new ArgumentException($"a model folder holds weights of type F32, BF16 or F16, given {type}", nameof(type)),
        };
        ModelFamily family = Registry.Find(config.ModelType);
        byte[] json = ConfigFile.Write(family, config.Head.Kind, config.Main.InitialDeviation, w =>
        {
            w.WriteNumber("vocab_size", config.SourceVocabulary ?? config.Vocabulary);
            w.WriteBoolean("tie_word_embeddings", config.TieEmbeddings);
            if (config.BeginToken is { } begin) w.WriteNumber("bos_token_id", begin);
            else w.WriteNull("bos_token_id");
            if (config.EndTokens.Count == 1) w.WriteNumber("eos_token_id", config.EndTokens[0]);
            else if (config.EndTokens.Count == 0) w.WriteNull("eos_token_id");
            else
            {
                w.WriteStartArray("eos_token_id");
                foreach (int end in config.EndTokens) w.WriteNumberValue(end);
                w.WriteEndArray();
            }
            w.WriteString("torch_dtype", stored);
            family.Write(w, config);
        });
        CheckReadsBack(config, family, json);
        return Encoding.UTF8.GetString(json);
    }

    private static Transformer Fill(TransformerConfig config, WeightSource source, Func<TransformerConfig, Transformer> make)
    {
        config = WithoutAbsentPooler(config, source);
        CheckSize(config, source);
        Transformer model = make(config);
        new WeightLayout(model).Load(source);
        return model;
    }

    // A family whose file says nothing of heads has the one that it has; without it, the hidden states are left.
    internal static TransformerConfig WithHead(TransformerConfig config, HeadKind? head, string path) =>
        head is null || config.Head.Kind == head ? config
        : head == HeadKind.None ? config with { Head = new HeadConfig { Kind = HeadKind.None } }
        : throw new InvalidDataException($"{path}: a {config.ModelType} model has no head of kind {head}");

    // Base models are saved with a pooler or without one, and the configuration does not say which.
    private static TransformerConfig WithoutAbsentPooler(TransformerConfig config, WeightSource source) =>
        config.Head is { Kind: HeadKind.None, Transform: not null } && !source.Weights.Keys.Any(name => name.EndsWith("pooler.dense.weight", StringComparison.Ordinal))
            ? config with { Head = config.Head with { Transform = null } }
            : config;

    // What the file has no key for would come back as another model.
    private static void CheckReadsBack(TransformerConfig config, ModelFamily family, byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        TransformerConfig back = family.Read(new ConfigReader("config.json", document.RootElement));
        if (Spelled(back) != Spelled(config)) throw new ArgumentException($"a {family.ModelType} configuration file cannot say all of the model: {ConfigDifference.Of(Spelled(config).Item1, Spelled(back).Item1)}");
    }

    /// <summary>A configuration in a form that compares by value: lists by their elements, and what follows from other values spelled out.</summary>
    internal static (TransformerConfig, string) Spelled(TransformerConfig c)
    {
        return (c with { EndTokens = [], Encoder = Stack(c.Encoder, c.Context), Decoder = Stack(c.Decoder, c.Context), Head = c.Head with { Labels = [] } },
            string.Join('\n', [.. c.Head.Labels, Windows(c.Encoder), Windows(c.Decoder)]));

        static StackConfig? Stack(StackConfig? s, int context) => s is null ? null : s with
        {
            KeyValueHeads = s.KeyHeads,
            HeadDim = s.HeadColumns,
            FinalNorm = s.EndsWithNorm,
            WindowedBlocks = null,
            Window = 0,
            Positions = s.Positions is PositionConfig.Rotary rotary ? rotary with { Maximum = context } : s.Positions,
        };

        static string Windows(StackConfig? s) => s is null ? "" : string.Join(' ', Enumerable.Range(0, s.Depth).Select(s.WindowOf));
    }

    internal static void CheckSize(TransformerConfig config, WeightSource source)
    {
        long expected;
        try
        {
            expected = checked(ModelCost.Parameters(config));
        }
        catch (OverflowException)
        {
            expected = long.MaxValue;
        }
        CheckSize(source, expected < 0 ? long.MaxValue : expected);
    }

    /// <summary>Nothing is allocated on a configuration's word alone: a model may not be larger than its files by more than widening explains.</summary>
    /// <param name="source">The files.</param>
    /// <param name="expected">Values that the configuration asks for, at least in its largest matrices.</param>
    /// <exception cref="InvalidDataException">The files hold too little.</exception>
    internal static void CheckSize(WeightSource source, double expected)
    {
        long stored = source.Weights.Values.Sum(w => w.Count);
        if (expected > 2.0 * stored + 1_000_000)
            throw new InvalidDataException($"{source.Path}: the files hold {stored} values, the configuration asks for {expected:F0}: weights are missing or the configuration is of another model");
    }
}
