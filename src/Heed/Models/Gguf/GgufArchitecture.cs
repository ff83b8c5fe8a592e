using System.Text.Json;
using System.Text.Json.Nodes;
using Heed.Layers;

namespace Heed.Models;

/// <summary>
/// How GGUF files hold the models of a family: a table of their metadata, by the keys of the family's config.json, and a table of their tensors.
/// Sources: the GGUF specification, and the names and meanings that llama.cpp gives them.
/// </summary>
/// <param name="Name">What a file calls the architecture.</param>
/// <param name="ModelType">The family whose models these are.</param>
internal sealed record GgufArchitecture(string Name, string ModelType) : Family(ModelType, [], "", ["rope_freqs.weight", "cross_attn_rel_b.weight"])
{
    /// <summary>The metadata.</summary>
    public required IReadOnlyList<GgufKey> Keys { get; init; }

    /// <summary>What the tensors that are there say.</summary>
    public IReadOnlyList<GgufChoice> Choices { get; init; } = [];

    /// <summary>The tensors of a configuration; whether query, key and value are one.</summary>
    public required Func<TransformerConfig, bool, IEnumerable<WeightName>> Names { get; init; }

    /// <summary>Whether query, key and value are one tensor in files that Heed writes.</summary>
    public bool WritesFused { get; init; }

    /// <summary>Keys of config.json that need more than a line of the table, on reading.</summary>
    public Action<GgufReader, JsonObject>? ReadMore { get; init; }

    /// <summary>What the configuration says beyond config.json, on reading.</summary>
    public Func<GgufReader, TransformerConfig, TransformerConfig>? Finish { get; init; }

    /// <summary>Metadata that need more than a line of the table, on writing.</summary>
    public Action<GgufKeys, TransformerConfig>? WriteMore { get; init; }

    /// <summary>The model as config.json describes it -> the same function, with the weights as GGUF stores them: rotated pairs side by side, norms counted from 0.</summary>
    public Func<TransformerConfig, TransformerConfig> AsStored { get; init; } = c => c;

    /// <summary>The way back.</summary>
    public Func<TransformerConfig, TransformerConfig> AsPublished { get; init; } = c => c;

    /// <summary>The configuration that a file holds, of a model that uses the stored weights as they are.</summary>
    /// <exception cref="InvalidDataException">Metadata are missing, of the wrong kind, or say what Heed does not know.</exception>
    public TransformerConfig Read(GgufReader file)
    {
        JsonObject keys = new() { ["model_type"] = ModelType };
        foreach (GgufKey key in Keys)
            if (file.Value(key) is { } value) keys[key.Config] ??= value;
        foreach (GgufChoice choice in Choices)
        {
            bool present = file.Has(choice.Tensor);
            keys[choice.Config] = choice.Present is null ? present : present ? choice.Present : choice.Absent;
        }
        keys["vocab_size"] = file.Rows("token_embd.weight");
        keys["tie_word_embeddings"] = !file.Has("output.weight");
        GgufTokens.Read(file, keys);
        ReadMore?.Invoke(file, keys);
        using JsonDocument document = JsonDocument.Parse(keys.ToJsonString());
        try
        {
            TransformerConfig config = AsStored(Registry.Find(ModelType).Read(new ConfigReader(file.Path, document.RootElement)));
            config = GgufRotary.Read(file, config);
            config = Finish?.Invoke(file, config) ?? config;
            config.Validate();
            return config;
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{file.Path}: {e.Message}", e);
        }
    }

    /// <summary>The metadata of a configuration.</summary>
    /// <exception cref="ArgumentException">The family's configuration file cannot say what the configuration says.</exception>
    public GgufKeys Write(TransformerConfig config)
    {
        GgufKeys keys = new(Name);
        TransformerConfig published = AsPublished(config);
        using JsonDocument document = JsonDocument.Parse(ModelFolder.ConfigJson(published));
        foreach (GgufKey key in Keys)
            if (document.RootElement.TryGetProperty(key.Config, out JsonElement value) && value.ValueKind != JsonValueKind.Null)
                keys[key.Gguf] = key.Kind switch
                {
                    GgufKeyKind.Whole => checked((uint)value.GetInt64()),
                    GgufKeyKind.Number => (float)value.GetDouble(),
                    _ => value.GetBoolean(),
                };
        keys["vocab_size"] = (uint)config.Vocabulary;
        GgufRotary.Write(keys, published);
        GgufTokens.Write(keys, published);
        WriteMore?.Invoke(keys, published);
        return keys;
    }
}
