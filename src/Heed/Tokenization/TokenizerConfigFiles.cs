using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// What the files beside a tokenizer say about tokens: the table <c>added_tokens_decoder</c> of tokenizer_config.json, and
/// added_tokens.json {token: id}. A token that the tokenizer itself lacks is added, in the order of their ids.
/// </summary>
internal sealed class TokenizerConfigFiles
{
    private readonly SortedDictionary<int, AddedToken> added = [];
    private readonly HashSet<string> configured = new(StringComparer.Ordinal);   // tokens of the table, whose flags have the last word

    /// <summary>The token that begins a text, if the configuration asks for one.</summary>
    public string? BeginToken { get; private set; }

    /// <summary>The token that ends a text, if the configuration asks for one.</summary>
    public string? EndToken { get; private set; }

    /// <summary>The class that the file names, such as "BertTokenizer".</summary>
    public string? Class { get; private set; }

    /// <summary>BERT's files: letters are made lower case.</summary>
    public bool? LowerCase { get; private set; }

    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static TokenizerConfigFiles Read(string folder)
    {
        var files = new TokenizerConfigFiles();
        string config = Path.Combine(folder, "tokenizer_config.json"), tokens = Path.Combine(folder, "added_tokens.json"), special = Path.Combine(folder, "special_tokens_map.json");
        if (File.Exists(tokens))
            TokenizerJson.ReadFile(tokens, root =>
            {
                foreach (JsonProperty token in JsonFields.AsObject(root, ""))
                    files.Add(new AddedToken(JsonFields.NameOf(token, "")) { Id = JsonFields.AsId(token.Value, token.Name), Special = false, Normalized = true });
                return true;
            });
        // Both say which tokens are control tokens; the configuration has the last word.
        foreach (string path in (string[])[special, config])
            if (File.Exists(path))
                TokenizerJson.ReadFile(path, root => files.ReadConfig(root));
        return files;
    }

    private bool ReadConfig(JsonElement root)
    {
        JsonFields.AsObject(root, "");
        if (root.TryGetProperty("added_tokens_decoder", out JsonElement table) && table.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty entry in table.EnumerateObject())
            {
                string place = $"added_tokens_decoder['{entry.Name}']";
                if (!int.TryParse(entry.Name, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int id))
                    throw new FormatException($"{place} must be a token id.");
                AddedToken token = TokenizerJson.ReadAddedToken(entry.Value, place, id);
                Add(token);
                configured.Add(token.Content);
            }
        if (root.TryGetProperty("tokenizer_class", out JsonElement name) && name.ValueKind == JsonValueKind.String) Class = name.GetString();
        if (root.TryGetProperty("do_lower_case", out JsonElement lower) && lower.ValueKind is JsonValueKind.True or JsonValueKind.False) LowerCase = lower.GetBoolean();
        BeginToken = IsTrue(root, "add_bos_token") ? ContentOf(root, "bos_token") ?? BeginToken : BeginToken;
        EndToken = IsTrue(root, "add_eos_token") ? ContentOf(root, "eos_token") ?? EndToken : EndToken;
        return true;
    }

    private void Add(AddedToken token) => added[token.Id] = token;

    private static bool IsTrue(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    /// <summary>A token, which is a string or an object with its content.</summary>
    private static string? ContentOf(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement value)) return null;
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement content)) value = content;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    /// <summary>The tokens of the file, with the flags of the table, and behind them those that only the files beside it have.</summary>
    public List<AddedToken> AddTo(List<AddedToken> tokens)
    {
        var flags = added.Values.Where(t => configured.Contains(t.Content)).DistinctBy(t => t.Content).ToDictionary(t => t.Content, StringComparer.Ordinal);
        tokens = [.. tokens.Select(t => flags.GetValueOrDefault(t.Content) ?? t)];
        var known = tokens.Select(t => t.Content).ToHashSet(StringComparer.Ordinal);
        return [.. tokens, .. added.Values.Where(t => t.Content.Length > 0 && known.Add(t.Content))];
    }
}
