using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// Reads and writes tokenizer.json, the format of Hugging Face tokenizers. Components and fields which are not known are errors
/// and never passed over, since a tokenizer that leaves a stage out gives other ids.
/// </summary>
internal static partial class TokenizerJson
{
    private const long MaxFileBytes = 512L << 20;

    public static Tokenizer Load(string path) => ReadFile(path, Parse);

    /// <summary>Reads a JSON file and turns every fault in it into an <see cref="InvalidDataException"/> with the file's name.</summary>
    public static T ReadFile<T>(string path, Func<JsonElement, T> parse) => ReadBytes(path, bytes =>
    {
        ReadOnlyMemory<byte> json = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsMemory(3) : bytes;
        using JsonDocument document = JsonDocument.Parse(json);
        return parse(document.RootElement);
    });

    /// <summary>The same for a file of any kind.</summary>
    public static T ReadBytes<T>(string path, Func<byte[], T> parse)
    {
        try
        {
            long size = new FileInfo(path).Length;
            if (size > MaxFileBytes) throw new FormatException($"The file has {size} bytes; at most {MaxFileBytes} are read.");
            return parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    public static Tokenizer Parse(JsonElement root) => Parse(root, null);

    /// <summary>Reads a tokenizer; <paramref name="beside"/> has the tokens of the files beside it.</summary>
    public static Tokenizer Parse(JsonElement root, TokenizerConfigFiles? beside)
    {
        var file = new JsonFields(root, "");
        if (file.Find("version") is not null) file.String("version");
        var pipeline = new TokenizerPipeline
        {
            Normalizer = ReadNormalizer(file.Find("normalizer"), "normalizer"),
            PreTokenizer = ReadPreTokenizer(file.Find("pre_tokenizer"), "pre_tokenizer"),
            PostProcessor = ReadPostProcessor(file.Find("post_processor"), "post_processor"),
            Decoder = ReadDecoder(file.Find("decoder"), "decoder") ?? new SpacedDecoder(),
        };
        var defaults = new EncodeOptions
        {
            Truncation = ReadTruncation(file.Find("truncation"), "truncation"),
            Padding = ReadPadding(file.Find("padding"), "padding"),
        };
        ITokenModel model = ReadModel(file.Get("model"), pipeline.IsByteLevel);
        List<AddedToken> added = [];
        if (file.Find("added_tokens") is { } list)
            foreach (JsonElement token in JsonFields.AsArray(list, "added_tokens"))
                added.Add(ReadAddedToken(token, $"added_tokens[{added.Count}]"));
        file.End();
        return new Tokenizer(model, pipeline, beside is null ? added : beside.AddTo(added), defaults);
    }

    private static TruncationOptions? ReadTruncation(JsonElement? element, string place)
    {
        if (element is null) return null;
        var fields = new JsonFields(element.Value, place);
        var truncation = new TruncationOptions(fields.Number("max_length"))
        {
            Strategy = fields.Choice("strategy", ("LongestFirst", TruncationStrategy.LongestFirst), ("OnlyFirst", TruncationStrategy.OnlyFirst), ("OnlySecond", TruncationStrategy.OnlySecond)),
            Stride = fields.Number("stride", 0),
            Side = fields.Choice("direction", ("Right", TextSide.Right), ("Left", TextSide.Left)),
        };
        fields.End();
        return truncation;
    }

    private static PaddingOptions? ReadPadding(JsonElement? element, string place)
    {
        if (element is null) return null;
        var fields = new JsonFields(element.Value, place);
        int? length = null;
        if (fields.Find("strategy") is { } strategy)
        {
            if (strategy.ValueKind == JsonValueKind.Object)
            {
                var kind = new JsonFields(strategy, fields.Join("strategy"));
                length = kind.Number("Fixed");
                kind.End();
            }
            else if (JsonFields.AsString(strategy, fields.Join("strategy")) != "BatchLongest")
                throw JsonFields.Wrong(fields.Join("strategy"), "\"BatchLongest\" or {\"Fixed\": length}", strategy);
        }
        var padding = new PaddingOptions(fields.Find("pad_id") is { } id ? JsonFields.AsId(id, fields.Join("pad_id")) : 0, fields.StringOrNull("pad_token") ?? "[PAD]")
        {
            Length = length,
            MultipleOf = fields.Number("pad_to_multiple_of", 0),
            TypeId = fields.Number("pad_type_id", 0),
            Side = fields.Choice("direction", ("Right", TextSide.Right), ("Left", TextSide.Left)),
        };
        fields.End();
        return padding;
    }

    internal static AddedToken ReadAddedToken(JsonElement element, string place, int? id = null)
    {
        var fields = new JsonFields(element, place);
        if (fields.Find("__type") is not null) fields.String("__type");
        bool special = fields.Bool("special", false);
        var token = new AddedToken(fields.String("content"))
        {
            Id = id ?? JsonFields.AsId(fields.Get("id"), fields.Join("id")),
            Special = special,
            Normalized = fields.Bool("normalized", !special),
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
            WriteTruncation(writer, tokenizer.DefaultOptions.Truncation);
            WritePadding(writer, tokenizer.DefaultOptions.Padding);
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

    private static void WriteTruncation(Utf8JsonWriter writer, TruncationOptions? truncation)
    {
        if (truncation is null)
        {
            writer.WriteNull("truncation");
            return;
        }
        writer.WriteStartObject("truncation");
        writer.WriteString("direction", truncation.Side.ToString());
        writer.WriteNumber("max_length", truncation.MaxLength);
        writer.WriteString("strategy", truncation.Strategy.ToString());
        writer.WriteNumber("stride", truncation.Stride);
        writer.WriteEndObject();
    }

    private static void WritePadding(Utf8JsonWriter writer, PaddingOptions? padding)
    {
        if (padding is null)
        {
            writer.WriteNull("padding");
            return;
        }
        writer.WriteStartObject("padding");
        if (padding.Length is { } length)
        {
            writer.WriteStartObject("strategy");
            writer.WriteNumber("Fixed", length);
            writer.WriteEndObject();
        }
        else writer.WriteString("strategy", "BatchLongest");
        writer.WriteString("direction", padding.Side.ToString());
        if (padding.MultipleOf > 0) writer.WriteNumber("pad_to_multiple_of", padding.MultipleOf);
        else writer.WriteNull("pad_to_multiple_of");
        writer.WriteNumber("pad_id", padding.Id);
        writer.WriteNumber("pad_type_id", padding.TypeId);
        writer.WriteString("pad_token", padding.Token);
        writer.WriteEndObject();
    }
}
