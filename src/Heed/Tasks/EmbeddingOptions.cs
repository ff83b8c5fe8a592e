using System.Text.Json;
using Heed.Formats;
using Heed.Models;

namespace Heed.Tasks;

/// <summary>How a text becomes one vector. <see cref="Read"/> takes it from a folder of sentence-transformers.</summary>
public sealed record EmbeddingOptions
{
    /// <summary>How one vector is made of those of all tokens.</summary>
    public Pooling Pooling { get; init; } = Pooling.Mean;

    /// <summary>Whether the vector's length is made 1.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>Tokens of a text at most, what is beyond is cut off; null = the model's context.</summary>
    public int? MaximumTokens { get; init; }

    /// <summary>Whether texts are made lower case before the tokenizer sees them.</summary>
    public bool LowerCase { get; init; }

    /// <summary>Texts put before a text, by the name of what it is for, such as <c>query</c>.</summary>
    public IReadOnlyDictionary<string, string> Prompts { get; init; } = new Dictionary<string, string>();

    /// <summary>Name of the prompt that is used where none is named; null = none.</summary>
    public string? DefaultPrompt { get; init; }

    /// <summary>
    /// The options of a folder: modules.json (which parts there are), the pooling's config.json, sentence_bert_config.json (length),
    /// config_sentence_transformers.json (prompts). Without these files the mean of all tokens, normalised. A .gguf file names the pooling alone.
    /// </summary>
    /// <param name="folder">The folder, or a .gguf file.</param>
    /// <param name="body">Where the model itself stands: the folder, or one in it.</param>
    /// <exception cref="InvalidDataException">A file asks for what is not supported.</exception>
    public static EmbeddingOptions Read(string folder, out string body)
    {
        EmbeddingOptions options = new();
        body = folder;
        if (GgufModel.IsFile(folder)) return options with { Pooling = GgufPooling.Read(folder) ?? options.Pooling };
        string modules = Path.Combine(folder, "modules.json"), pooling = "1_Pooling";
        if (File.Exists(modules))
        {
            options = options with { Normalize = false };
            foreach ((string kind, string path) in JsonFile.Read(modules, 1 << 20, root => Modules(modules, root)))
                switch (kind)
                {
                    case "Transformer":
                        body = Inside(modules, folder, path);
                        break;
                    case "Pooling":
                        pooling = path;
                        break;
                    case "Normalize":
                        options = options with { Normalize = true };
                        break;
                    default:
                        throw new InvalidDataException($"{modules}: a module of kind {kind} is not supported; known are Transformer, Pooling, Normalize");
                }
        }
        options = EncoderModel.ReadJson(Inside(modules, folder, pooling), "config.json", c => options with { Pooling = ReadPooling(c) }) ?? options;
        options = EncoderModel.ReadJson(body, "sentence_bert_config.json", c => options with { MaximumTokens = c.OptionalInt("max_seq_length") is > 0 and int most ? most : null, LowerCase = c.Bool("do_lower_case", false) }) ?? options;
        return EncoderModel.ReadJson(folder, "config_sentence_transformers.json", c => options with { Prompts = c.TextMap("prompts"), DefaultPrompt = c.Has("default_prompt_name") ? c.Text("default_prompt_name") : null }) ?? options;
    }

    private static List<(string Kind, string Path)> Modules(string file, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Array) throw new InvalidDataException($"{file}: expected a list of modules, given {root.ValueKind}");
        List<(string, string)> modules = [];
        foreach (JsonElement module in root.EnumerateArray())
        {
            if (module.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{file}: a module must be an object, given {module.ValueKind}");
            ConfigReader c = new(file, module);
            modules.Add((c.Text("type").Split('.')[^1], c.Text("path", "")));
        }
        return modules;
    }

    // The folder of a module; a file of a stranger must not lead out of its own folder.
    private static string Inside(string file, string folder, string path)
    {
        string whole = Path.GetFullPath(Path.Combine(folder, path)), root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return path.Length == 0 ? folder : whole.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? whole : throw new InvalidDataException($"{file}: the path \"{path}\" leads out of the folder");
    }

    private static Pooling ReadPooling(ConfigReader c)
    {
        (string Key, Pooling? Pooling)[] modes =
        [
            ("pooling_mode_cls_token", Pooling.First), ("pooling_mode_mean_tokens", Pooling.Mean), ("pooling_mode_lasttoken", Pooling.Last),
            ("pooling_mode_max_tokens", null), ("pooling_mode_mean_sqrt_len_tokens", null), ("pooling_mode_weightedmean_tokens", null),
        ];
        (string Key, Pooling? Pooling)[] on = [.. modes.Where(m => c.Bool(m.Key, false))];
        if (on.Length != 1) throw c.Unsupported("pooling_mode_...", $"one way of pooling is supported, given {(on.Length == 0 ? "none" : string.Join(", ", on.Select(m => m.Key)))}");
        if (!c.Bool("include_prompt", true)) throw c.Unsupported("include_prompt", "only true is supported");
        return on[0].Pooling ?? throw c.Unsupported(on[0].Key, $"only {string.Join(", ", modes.Where(m => m.Pooling is not null).Select(m => m.Key))} are supported");
    }
}
