using System.Text.Json;

namespace Heed.Formats;

/// <summary>Which files of a repository are taken.</summary>
/// <remarks>
/// What a model needs lies at the top of its repository: configuration, tokenizer, safetensors weights, and what its owner says about it.
/// Weights in pickle are never taken: reading a pickle runs the code in it.
/// </remarks>
internal static class HubSelection
{
    public const string SingleFile = "model.safetensors";
    public const long LongestIndex = 1L << 26;

    private static readonly string[] Needed =
    [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "target_vocab.json",
        "vocab.txt", "merges.txt", "chat_template.json", "chat_template.jinja", "preprocessor_config.json", "processor_config.json",
        "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json", SingleFile, ShardedSafetensors.DefaultName,
    ];

    private static readonly string[] NeededEndings = [".model", ".tiktoken", ".spm"];

    private static readonly string[] PickleEndings = [".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".h5", ".keras"];

    /// <summary>Whether a file may be a pickle, or another format whose reading may run code.</summary>
    public static bool IsPickle(string path) => PickleEndings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>The chosen paths, in order. Of sharded weights only the index: it says which shards to add.</summary>
    /// <param name="repository">For messages.</param>
    /// <param name="paths">All that the repository has.</param>
    /// <param name="options">Patterns.</param>
    /// <exception cref="HubException">The weights are there only as pickle or not at all, or a pattern matches nothing that may be taken.</exception>
    public static IReadOnlyList<string> Choose(string repository, IReadOnlyCollection<string> paths, HubOptions options)
    {
        List<string> chosen = [];
        foreach (string pattern in options.Include)
        {
            string[] matches = [.. paths.Where(path => HubGlob.Matches(pattern, path))];
            if (matches.Length == 0) throw new HubException($"nothing in {repository} matches {WeightFormatException.Quote(pattern)}; it has {List(paths)}.");
            if (matches.All(IsPickle)) throw Refuse(repository, matches);
            chosen.AddRange(matches.Where(path => !IsPickle(path)));
        }
        if (options.Include.Count == 0)
        {
            bool single = paths.Contains(SingleFile), sharded = paths.Contains(ShardedSafetensors.DefaultName);
            if (!single && !sharded) throw WithoutWeights(repository, paths);
            chosen.AddRange(paths.Where(path => IsNeeded(path) && !(single && path == ShardedSafetensors.DefaultName)));
        }
        string[] rest = [.. chosen.Where(path => !options.Exclude.Any(pattern => HubGlob.Matches(pattern, path))).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return rest.Length > 0 ? rest : throw new HubException($"every chosen file of {repository} is left out by the patterns to exclude.");
    }

    /// <summary>The shards that an index names.</summary>
    /// <exception cref="HubException">The index breaks its format, or names what the repository has not.</exception>
    public static IReadOnlyList<string> Shards(string repository, byte[] index, IReadOnlyCollection<string> paths)
    {
        string what = $"{ShardedSafetensors.DefaultName} of {repository}";
        SortedSet<string> shards = new(StringComparer.Ordinal);
        try
        {
            using JsonDocument document = JsonDocument.Parse(index);
            foreach (JsonProperty weight in document.RootElement.GetProperty("weight_map").EnumerateObject()) shards.Add(weight.Value.GetString()!);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new HubException($"{what} is no index of shards: {e.Message}", null, e);
        }
        if (shards.Count == 0) throw new HubException($"{what} names no shard.");
        foreach (string shard in shards)
        {
            if (!paths.Contains(shard)) throw new HubException($"{what} names the shard {WeightFormatException.Quote(shard)}, which the repository does not have.");
            if (IsPickle(shard)) throw Refuse(repository, [shard]);
        }
        return [.. shards];
    }

    private static bool IsNeeded(string path)
    {
        if (!path.Contains('/'))
            return Needed.Contains(path) || NeededEndings.Any(ending => path.EndsWith(ending, StringComparison.Ordinal)) || IsNotice(path);
        // Chat templates beside the first one, and the layers of a sentence embedder: 1_Pooling/config.json, 2_Dense/model.safetensors.
        string[] parts = path.Split('/');
        return parts.Length == 2 && ((parts[0] == "additional_chat_templates" && parts[1].EndsWith(".jinja", StringComparison.Ordinal))
            || (parts[0].Length > 2 && char.IsAsciiDigit(parts[0][0]) && parts[0].Contains('_') && parts[1] is "config.json" or SingleFile));
    }

    private static bool IsNotice(string path) => path.Split('.')[0].ToUpperInvariant() is "README" or "LICENSE" or "LICENCE" or "NOTICE";

    private static HubException WithoutWeights(string repository, IReadOnlyCollection<string> paths)
    {
        string[] pickles = [.. paths.Where(path => !path.Contains('/') && IsPickle(path) && !path.StartsWith("training_args", StringComparison.Ordinal))];
        string[] others = [.. paths.Where(path => path.EndsWith(".safetensors", StringComparison.Ordinal) || path.EndsWith(".gguf", StringComparison.Ordinal))];
        if (others.Length > 0) return new HubException($"{repository} has no {SingleFile} and no {ShardedSafetensors.DefaultName}, but {List(others)}: choose files by pattern (--include).");
        return pickles.Length > 0 ? Refuse(repository, pickles)
            : new HubException($"{repository} has no weights: expected {SingleFile} or {ShardedSafetensors.DefaultName}; it has {List(paths)}. To take files without weights, choose them by pattern (--include).");
    }

    private static HubException Refuse(string repository, IReadOnlyCollection<string> pickles) => new(
        $"{repository} offers {List(pickles)}, but no safetensors in its place: files of pickle (and of Keras) are refused, because reading one runs the code that is in it. Take a repository or a revision with safetensors weights.");

    private static string List(IReadOnlyCollection<string> paths)
    {
        const int Shown = 5;
        if (paths.Count == 0) return "no files";
        string names = string.Join(", ", paths.Take(Shown).Select(WeightFormatException.Quote));
        return paths.Count > Shown ? $"{names} and {paths.Count - Shown} more" : names;
    }
}
