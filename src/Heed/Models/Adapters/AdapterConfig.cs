using System.Text.Json;

namespace Heed.Models;

/// <summary>What an adapter is made of: the <c>adapter_config.json</c> of PEFT, as far as it says LoRA (Hu et al. 2021, arXiv:2106.09685).</summary>
public sealed record AdapterConfig
{
    /// <summary>The name that stands for every linear layer but the output.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>Rank of the updates; 1 or more.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>The updates are scaled by alpha / rank.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Probability of dropping an input of an update while training.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether the scale is alpha / sqrt(rank) instead (rsLoRA, Kalajdzievski 2023).</summary>
    public bool RankStabilised { get; init; }

    /// <summary>What is adapted: names of modules or ends of them (<c>q_proj</c>, <c>mlp.down_proj</c>), or <see cref="AllLinear"/> alone; one that begins with <c>^</c> is a regular expression of the whole name.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>Modules that are not adapted though the targets name them.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Modules (a head, as a rule) that are trained and saved whole.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>Numbers of the blocks that are adapted; none = all.</summary>
    public IReadOnlyList<int> Layers { get; init; } = [];

    /// <summary>Ranks of modules that differ, by the end of their names.</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = new Dictionary<string, int>();

    /// <summary>Alphas of modules that differ, by the end of their names.</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>The model that the adapter is for, as a note.</summary>
    public string? BaseModel { get; init; }

    /// <summary>Rank of a module's update.</summary>
    public int RankOf(string module) => ModuleNames.Pattern(RankPattern, module, Rank);

    /// <summary>Scale of a module's update.</summary>
    public float ScaleOf(string module)
    {
        int rank = RankOf(module);
        return (float)(ModuleNames.Pattern(AlphaPattern, module, Alpha) / (RankStabilised ? Math.Sqrt(rank) : rank));
    }

    /// <summary>This configuration, if it can be.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public AdapterConfig Validate()
    {
        Check(Rank is >= 1 and <= 1 << 16 && RankPattern.Values.All(r => r is >= 1 and <= 1 << 16), "a rank must be 1 to 65536");
        Check(double.IsFinite(Alpha) && AlphaPattern.Values.All(double.IsFinite), "alpha must be a number");
        Check(Dropout is >= 0 and < 1, $"the dropout must be at least 0 and below 1, given {Dropout}");
        return this;

        static void Check(bool holds, string message)
        {
            if (!holds) throw new ArgumentException($"an adapter cannot be so: {message}");
        }
    }

    /// <summary>Reads the configuration of an adapter's folder.</summary>
    /// <exception cref="FileNotFoundException">The folder or its adapter_config.json is missing.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or says what Heed does not know.</exception>
    public static AdapterConfig Read(string folder)
    {
        if (!Directory.Exists(folder)) throw new FileNotFoundException($"there is no adapter folder {folder}", folder);
        return ConfigFile.Read(Path.Combine(folder, Adapter.ConfigName), Read);
    }

    private static AdapterConfig Read(ConfigReader c)
    {
        if (c.Text("peft_type") is var type && type != "LORA") throw c.Unsupported("peft_type", $"\"{type}\" is not known; known is LORA");
        if (c.Text("bias", "none") is var bias && bias != "none") throw c.Unsupported("bias", $"\"{bias}\" is not supported, only \"none\"; a bias can be among modules_to_save");
        foreach (string key in (string[])["use_dora", "use_qalora", "lora_bias"])
            if (c.Bool(key, false)) throw c.Unsupported(key, "only false is supported");
        foreach (string key in (string[])["layer_replication", "trainable_token_indices", "target_parameters", "use_bdlora", "monteclora_config", "velora_config", "kasa_config", "arrow_config", "alora_invocation_tokens"])
            if (c.Has(key)) throw c.Unsupported(key, "only null is supported");
        return new AdapterConfig
        {
            Rank = c.Int("r", 8),
            Alpha = c.Number("lora_alpha", 8),
            Dropout = c.Number("lora_dropout", 0),
            RankStabilised = c.Bool("use_rslora", false),
            Targets = Names("target_modules"),
            Exclude = Names("exclude_modules"),
            ModulesToSave = c.Texts("modules_to_save"),
            Layers = c.Ints("layers_to_transform"),
            RankPattern = Numbers("rank_pattern").ToDictionary(p => p.Key, p => p.Value == Math.Floor(p.Value) && p.Value is >= 1 and <= 1 << 16 ? (int)p.Value : throw c.Unsupported("rank_pattern", $"a rank must be a whole number from 1 to 65536, given {p.Value}")),
            AlphaPattern = Numbers("alpha_pattern"),
            BaseModel = c.Text("base_model_name_or_path", "") is { Length: > 0 } name ? name : null,
        }.Validate();

        // A list of names, or one text: all-linear, or a regular expression.
        IReadOnlyList<string> Names(string key) => c.Element(key) is { ValueKind: JsonValueKind.String } e
            ? [e.GetString() is AllLinear ? AllLinear : ModuleNames.Expression(e.GetString()!)]
            : c.Texts(key);

        Dictionary<string, double> Numbers(string key) => c.Element(key) switch
        {
            null => [],
            { ValueKind: JsonValueKind.Object } e => e.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ValueKind == JsonValueKind.Number && p.Value.TryGetDouble(out double v) ? v : throw c.Wrong($"{key}.{p.Name}", "a number", p.Value)),
            { } e => throw c.Wrong(key, "a section of numbers", e),
        };
    }

    /// <summary>The file's text, which PEFT reads.</summary>
    /// <param name="model">The model that is adapted.</param>
    /// <param name="targets">What is adapted.</param>
    internal byte[] ToJson(TransformerConfig model, IReadOnlyList<string> targets)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter w = new(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            w.WriteStartObject();
            w.WriteString("peft_type", "LORA");
            w.WriteString("task_type", TaskType(model));
            w.WriteString("base_model_name_or_path", BaseModel);
            w.WriteNumber("r", Rank);
            w.WriteNumber("lora_alpha", Alpha);
            w.WriteNumber("lora_dropout", Dropout);
            w.WriteBoolean("use_rslora", RankStabilised);
            w.WriteBoolean("use_dora", false);
            w.WriteBoolean("fan_in_fan_out", model.ModelType == "gpt2");
            w.WriteString("bias", "none");
            Texts("target_modules", targets);
            if (ModulesToSave.Count == 0) w.WriteNull("modules_to_save");
            else Texts("modules_to_save", ModulesToSave);
            w.WriteNull("layers_to_transform");
            w.WriteStartObject("rank_pattern");
            foreach ((string name, int rank) in RankPattern) w.WriteNumber(name, rank);
            w.WriteEndObject();
            w.WriteStartObject("alpha_pattern");
            foreach ((string name, double alpha) in AlphaPattern) w.WriteNumber(name, alpha);
            w.WriteEndObject();
            w.WriteBoolean("init_lora_weights", true);
            w.WriteBoolean("inference_mode", true);
            w.WriteEndObject();

            void Texts(string key, IEnumerable<string> texts)
            {
                w.WriteStartArray(key);
                foreach (string text in texts) w.WriteStringValue(text);
                w.WriteEndArray();
            }
        }
        stream.Write("\n"u8);
        return stream.ToArray();
    }

    private static string? TaskType(TransformerConfig model) => model switch
    {
        { Encoder: not null, Decoder: not null } => "SEQ_2_SEQ_LM",
        { Head.Kind: HeadKind.Sequence } => "SEQ_CLS",
        { Head.Kind: HeadKind.Tokens } => "TOKEN_CLS",
        { Head.Kind: HeadKind.Span } => "QUESTION_ANS",
        { Head.Kind: HeadKind.None } => "FEATURE_EXTRACTION",
        { Head.Kind: HeadKind.Vocabulary, Decoder: not null } => "CAUSAL_LM",
        _ => null,
    };
}
