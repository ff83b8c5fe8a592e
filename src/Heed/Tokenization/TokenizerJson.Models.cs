using System.Text.Json;

namespace Heed.Tokenization;

internal static partial class TokenizerJson
{
    private static ITokenModel ReadModel(JsonElement element, bool byteLevel)
    {
        var fields = new JsonFields(element, "model");
        ITokenModel model = (fields.StringOrNull("type") ?? GuessType(fields)) switch
        {
            "BPE" => ReadBpe(fields, byteLevel),
            "WordLevel" => new WordLevelModel(ReadVocabulary(fields.Get("vocab"), "model.vocab"), fields.StringOrNull("unk_token") ?? "<unk>"),
            "WordPiece" => new WordPieceModel(ReadVocabulary(fields.Get("vocab"), "model.vocab"), fields.StringOrNull("unk_token") ?? "[UNK]",
                fields.StringOrNull("continuing_subword_prefix") ?? "##", fields.Number("max_input_chars_per_word", 100)),
            "Unigram" => ReadUnigram(fields),
            _ => throw Unknown(fields, "model"),
        };
        fields.End();
        return model;
    }

    /// <summary>Old files leave the type out; then the fields tell it.</summary>
    private static string GuessType(JsonFields fields) =>
        fields.Find("merges") is not null ? "BPE"
        : fields.Find("vocab") is { ValueKind: JsonValueKind.Array } ? "Unigram"
        : fields.Find("max_input_chars_per_word") is not null ? "WordPiece" : "";

    private static BpeModel ReadBpe(JsonFields fields, bool byteLevel)
    {
        if (fields.Find("dropout") is { } dropout && !(dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() == 0))
            throw JsonFields.Wrong("model.dropout", "null, since encoding must not be random", dropout);
        string?[] tokens = ReadVocabulary(fields.Get("vocab"), "model.vocab");
        Dictionary<string, int> ids = Ids(tokens);

        JsonElement[] list = fields.Array("merges");
        var merges = new (int, int)[list.Length];
        for (int rank = 0; rank < list.Length; rank++)
        {
            string place = $"model.merges[{rank}]";
            string[] pair = list[rank].ValueKind == JsonValueKind.Array
                ? [.. JsonFields.AsArray(list[rank], place).Select(part => JsonFields.AsString(part, place))]
                : JsonFields.AsString(list[rank], place).Split(' ');
            merges[rank] = MergeIds(pair, ids, place);
        }
        return new BpeModel(tokens, merges, byteLevel, fields.Bool("ignore_merges", false), fields.StringOrNull("unk_token"), fields.Bool("fuse_unk", false),
            fields.StringOrNull("continuing_subword_prefix") ?? "", fields.StringOrNull("end_of_word_suffix") ?? "", fields.Bool("byte_fallback", false));
    }

    private static UnigramModel ReadUnigram(JsonFields fields)
    {
        JsonElement[] list = fields.Array("vocab");
        var pieces = new (string, double)[list.Length];
        for (int id = 0; id < list.Length; id++)
        {
            string place = $"model.vocab[{id}]";
            JsonElement[] pair = JsonFields.AsArray(list[id], place);
            if (pair.Length != 2 || pair[1].ValueKind != JsonValueKind.Number || !pair[1].TryGetDouble(out double score) || !double.IsFinite(score))
                throw JsonFields.Wrong(place, "a token and its score", list[id]);
            pieces[id] = (JsonFields.AsString(pair[0], place), score);
        }
        int? unknown = fields.Find("unk_id") is { } id0 ? JsonFields.AsId(id0, "model.unk_id") : null;
        return new UnigramModel(pieces, unknown, fields.Bool("byte_fallback", false));
    }

    /// <summary>The ids of the two tokens of a merge.</summary>
    public static (int Left, int Right) MergeIds(string[] pair, Dictionary<string, int> ids, string place)
    {
        if (pair.Length != 2) throw new FormatException($"{place} must be two tokens, but has {pair.Length}.");
        foreach (string token in pair)
            if (!ids.ContainsKey(token))
                throw new FormatException($"{place} has the token '{token}', which is not in the vocabulary.");
        return (ids[pair[0]], ids[pair[1]]);
    }

    /// <summary>Tokens by id from an object {token: id}; null where no token has an id. Gaps must be few, since a table is as long as the largest id.</summary>
    public static string?[] ReadVocabulary(JsonElement element, string place)
    {
        int count = JsonFields.AsObject(element, place).Count(), largest = -1;
        int limit = checked(2 * count + 1024);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            string name = JsonFields.NameOf(property, place);
            int id = JsonFields.AsId(property.Value, $"{place}['{name}']");
            if (id >= limit) throw new FormatException($"{place} has {count} tokens, but '{name}' has the id {id}: ids must have no such gaps.");
            largest = Math.Max(largest, id);
        }
        var tokens = new string?[largest + 1];
        foreach (JsonProperty property in element.EnumerateObject())
        {
            int id = property.Value.GetInt32();
            if (tokens[id] is not null) throw new FormatException($"{place} gives the id {id} to both '{tokens[id]}' and '{property.Name}'.");
            tokens[id] = property.Name;
        }
        return tokens;
    }

    /// <summary>The ids of tokens.</summary>
    public static Dictionary<string, int> Ids(string?[] tokens)
    {
        var ids = new Dictionary<string, int>(tokens.Length, StringComparer.Ordinal);
        for (int id = 0; id < tokens.Length; id++)
            if (tokens[id] is { } token)
                ids[token] = id;
        return ids;
    }
}
