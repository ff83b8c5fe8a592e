using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// Reads and writes tokenizer.json, the format of Hugging Face tokenizers. Components and fields which are not known are errors
/// and never passed over, since a tokenizer that leaves a stage out gives other ids.
/// </summary>
internal static class TokenizerJson
{
    private const long MaxFileBytes = 512L << 20;

    public static Tokenizer Load(string path) => ReadFile(path, Parse);

    /// <summary>Reads a JSON file and turns every fault in it into an <see cref="InvalidDataException"/> with the file's name.</summary>
    public static T ReadFile<T>(string path, Func<JsonElement, T> parse)
    {
        try
        {
            long size = new FileInfo(path).Length;
            if (size > MaxFileBytes) throw new FormatException($"The file has {size} bytes; at most {MaxFileBytes} are read.");
            byte[] bytes = File.ReadAllBytes(path);
            ReadOnlyMemory<byte> json = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsMemory(3) : bytes;
            using JsonDocument document = JsonDocument.Parse(json);
            return parse(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    public static Tokenizer Parse(JsonElement root)
    {
        var file = new JsonFields(root, "");
        if (file.Find("version") is not null) file.String("version");
        file.Expect("truncation", "null");
        file.Expect("padding", "null");

        IPreTokenizer? preTokenizer = ReadPreTokenizer(file.Find("pre_tokenizer"), "pre_tokenizer");
        var pipeline = new TokenizerPipeline
        {
            Normalizer = ReadNormalizer(file.Find("normalizer"), "normalizer"),
            PreTokenizer = preTokenizer,
            PostProcessor = ReadPostProcessor(file.Find("post_processor"), "post_processor"),
            Decoder = ReadDecoder(file.Find("decoder"), "decoder"),
        };
        ITokenModel model = ReadModel(file.Get("model"), pipeline.IsByteLevel);
        List<AddedToken> added = [];
        if (file.Find("added_tokens") is { } list)
            foreach (JsonElement token in JsonFields.AsArray(list, "added_tokens"))
                added.Add(ReadAddedToken(token, $"added_tokens[{added.Count}]"));
        file.End();
        return new Tokenizer(model, pipeline, added);
    }

    private static INormalizer? ReadNormalizer(JsonElement? element, string place)
    {
        if (element is null) return null;
        var fields = new JsonFields(element.Value, place);
        throw Unknown(fields, "normalizer");
    }

    private static IPreTokenizer? ReadPreTokenizer(JsonElement? element, string place)
    {
        if (element is null) return null;
        var fields = new JsonFields(element.Value, place);
        IPreTokenizer component = fields.String("type") switch
        {
            "ByteLevel" => new ByteLevelPreTokenizer
            {
                AddPrefixSpace = fields.Bool("add_prefix_space", true),
                TrimOffsets = fields.Bool("trim_offsets", true),
                SplitWords = fields.Bool("use_regex", true),
            },
            "Split" => ReadSplit(fields),
            _ => throw Unknown(fields, "pre-tokenizer"),
        };
        fields.End();
        return component;
    }

    private static CharacterPreTokenizer ReadSplit(JsonFields fields)
    {
        var pattern = new JsonFields(fields.Get("pattern"), fields.Join("pattern"));
        string regex = pattern.String("Regex");
        pattern.End();
        if (regex != CharacterPreTokenizer.Pattern)
            throw new FormatException($"{fields.Place}.pattern '{regex}' is not known; '{CharacterPreTokenizer.Pattern}' is.");
        fields.Expect("behavior", "\"Isolated\"");
        fields.Expect("invert", "false");
        return new CharacterPreTokenizer();
    }

    private static IPostProcessor? ReadPostProcessor(JsonElement? element, string place)
    {
        if (element is null) return null;
        var fields = new JsonFields(element.Value, place);
        IPostProcessor component = fields.String("type") switch
        {
            "ByteLevel" => new ByteLevelPostProcessor
            {
                AddPrefixSpace = fields.Bool("add_prefix_space", true),
                TrimOffsets = fields.Bool("trim_offsets", true),
                UseRegex = fields.Bool("use_regex", true),
            },
            "RobertaProcessing" => new RobertaPostProcessor(ReadTokenAndId(fields, "cls"), ReadTokenAndId(fields, "sep"))
            {
                TrimOffsets = fields.Bool("trim_offsets", true),
                AddPrefixSpace = fields.Bool("add_prefix_space", true),
            },
            _ => throw Unknown(fields, "post-processor"),
        };
        fields.End();
        return component;
    }

    private static (string Token, int Id) ReadTokenAndId(JsonFields fields, string name)
    {
        JsonElement[] pair = fields.Array(name);
        string place = fields.Join(name);
        if (pair.Length != 2) throw new FormatException($"{place} must be a token and its id, but has {pair.Length} elements.");
        return (JsonFields.AsString(pair[0], $"{place}[0]"), JsonFields.AsId(pair[1], $"{place}[1]"));
    }

    private static IDecoder ReadDecoder(JsonElement? element, string place)
    {
        if (element is null) return new SpacedDecoder();
        var fields = new JsonFields(element.Value, place);
        IDecoder component;
        switch (fields.String("type"))
        {
            case "ByteLevel":
                foreach (string name in (string[])["add_prefix_space", "trim_offsets", "use_regex"]) fields.Bool(name, true);   // no effect
                component = new ByteLevelDecoder();
                break;
            case "Fuse":
                component = new FuseDecoder();
                break;
            default:
                throw Unknown(fields, "decoder");
        }
        fields.End();
        return component;
    }

    private static ITokenModel ReadModel(JsonElement element, bool byteLevel)
    {
        var fields = new JsonFields(element, "model");
        // Old files leave the type out when it is BPE.
        string type = fields.StringOrNull("type") ?? (fields.Find("merges") is null ? "" : "BPE");
        ITokenModel model = type switch
        {
            "BPE" => ReadBpe(fields, byteLevel),
            "WordLevel" => new WordLevelModel(ReadVocabulary(fields.Get("vocab"), "model.vocab"), fields.StringOrNull("unk_token") ?? "<unk>"),
            _ => throw Unknown(fields, "model"),
        };
        fields.End();
        return model;
    }

    private static BpeModel ReadBpe(JsonFields fields, bool byteLevel)
    {
        fields.Expect("dropout", "null");
        fields.Expect("continuing_subword_prefix", "\"\"");
        fields.Expect("end_of_word_suffix", "\"\"");
        fields.Expect("byte_fallback", "false");
        string[] tokens = ReadVocabulary(fields.Get("vocab"), "model.vocab");
        var ids = new Dictionary<string, int>(tokens.Length, StringComparer.Ordinal);
        for (int id = 0; id < tokens.Length; id++) ids[tokens[id]] = id;

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
        return new BpeModel(tokens, merges, byteLevel, fields.Bool("ignore_merges", false), fields.StringOrNull("unk_token"), fields.Bool("fuse_unk", false));
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

    /// <summary>Tokens by id from an object {token: id}; the ids must be 0 .. n - 1, each once.</summary>
    public static string[] ReadVocabulary(JsonElement element, string place)
    {
        if (element.ValueKind != JsonValueKind.Object) throw JsonFields.Wrong(place, "an object", element);
        int count = element.EnumerateObject().Count();
        var tokens = new string?[count];
        foreach (JsonProperty property in element.EnumerateObject())
        {
            string name = PropertyName(property, place);
            int id = JsonFields.AsId(property.Value, $"{place}['{name}']");
            if (id >= count) throw new FormatException($"{place} has {count} tokens, but '{name}' has the id {id}: ids must have no gaps.");
            if (tokens[id] is not null) throw new FormatException($"{place} gives the id {id} to both '{tokens[id]}' and '{name}'.");
            tokens[id] = name;
        }
        return tokens!;
    }

    private static string PropertyName(JsonProperty property, string place)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw new FormatException($"{place} has a token that is no valid Unicode text.");
        }
    }

    private static AddedToken ReadAddedToken(JsonElement element, string place)
    {
        var fields = new JsonFields(element, place);
        var token = new AddedToken(fields.String("content"))
        {
            Id = JsonFields.AsId(fields.Get("id"), fields.Join("id")),
            Special = fields.Bool("special", false),
            Normalized = fields.Bool("normalized", true),
            StripLeft = fields.Bool("lstrip", false),
            StripRight = fields.Bool("rstrip", false),
            SingleWord = fields.Bool("single_word", false),
        };
        fields.End();
        return token;
    }

    private static FormatException Unknown(JsonFields fields, string stage) =>
        new($"{fields.Place} is of the type '{fields.StringOrNull("type")}', which is no known {stage}.");

    public static byte[] Write(Tokenizer tokenizer, bool indented)
    {
        using var stream = new MemoryStream();
        // Only what JSON itself demands is escaped, so that the vocabulary can be read.
        var options = new JsonWriterOptions { Indented = indented, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(stream, options))
        {
            TokenizerPipeline pipeline = tokenizer.Pipeline;
            writer.WriteStartObject();
            writer.WriteString("version", "1.0");
            writer.WriteNull("truncation");
            writer.WriteNull("padding");
            writer.WriteStartArray("added_tokens");
            foreach (AddedToken token in tokenizer.AddedTokens)
            {
                writer.WriteStartObject();
                writer.WriteNumber("id", token.Id);
                writer.WriteString("content", token.Content);
                writer.WriteBoolean("single_word", token.SingleWord);
                writer.WriteBoolean("lstrip", token.StripLeft);
                writer.WriteBoolean("rstrip", token.StripRight);
                writer.WriteBoolean("normalized", token.Normalized);
                writer.WriteBoolean("special", token.Special);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            WriteStage("normalizer", pipeline.Normalizer is null ? null : pipeline.Normalizer.Write);
            WriteStage("pre_tokenizer", pipeline.PreTokenizer is null ? null : pipeline.PreTokenizer.Write);
            WriteStage("post_processor", pipeline.PostProcessor is null ? null : pipeline.PostProcessor.Write);
            WriteStage("decoder", pipeline.Decoder.Write);
            WriteStage("model", tokenizer.Model.Write);
            writer.WriteEndObject();

            void WriteStage(string name, Action<Utf8JsonWriter>? write)
            {
                writer.WritePropertyName(name);
                if (write is null) writer.WriteNullValue();
                else write(writer);
            }
        }
        return stream.ToArray();
    }
}
