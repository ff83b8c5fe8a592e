using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

// The stages around the model. A stage's name is that of the Hugging Face component.
internal static partial class TokenizerJson
{
    internal static INormalizer? ReadNormalizer(JsonElement? element, string place)
    {
        if (element is null) return null;
        var fields = new JsonFields(element.Value, place);
        INormalizer component = fields.String("type") switch
        {
            "NFC" => new UnicodeNormalizer(UnicodeForm.Nfc),
            "NFD" => new UnicodeNormalizer(UnicodeForm.Nfd),
            "NFKC" => new UnicodeNormalizer(UnicodeForm.Nfkc),
            "NFKD" => new UnicodeNormalizer(UnicodeForm.Nfkd),
            "Lowercase" => new LowercaseNormalizer(),
            "StripAccents" => new StripAccentsNormalizer(),
            "Nmt" => new NmtNormalizer(),
            "ByteLevel" => new ByteLevelNormalizer(),
            "Strip" => new StripNormalizer { Left = fields.Bool("strip_left", true), Right = fields.Bool("strip_right", true) },
            "Prepend" => new PrependNormalizer(fields.String("prepend")),
            "Replace" => ReadReplace(fields),
            "Precompiled" => new PrecompiledNormalizer(fields.Base64("precompiled_charsmap")),
            "BertNormalizer" => new BertNormalizer
            {
                CleanText = fields.Bool("clean_text", true),
                SpaceChinese = fields.Bool("handle_chinese_chars", true),
                StripAccents = fields.Find("strip_accents") is null ? null : fields.Bool("strip_accents", false),
                Lower = fields.Bool("lowercase", true),
            },
            "Sequence" => new SequenceNormalizer(ReadList(fields, "normalizers", ReadNormalizer)),
            _ => throw Unknown(fields, "normalizer"),
        };
        fields.End();
        return component;
    }

    private static ReplaceNormalizer ReadReplace(JsonFields fields)
    {
        (bool regex, string pattern) = ReadPattern(fields);
        string content = fields.String("content");
        return regex ? ReplaceNormalizer.OfRegex(pattern, content) : ReplaceNormalizer.OfString(pattern, content);
    }

    internal static IPreTokenizer? ReadPreTokenizer(JsonElement? element, string place)
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
            "Metaspace" => ReadMetaspace(fields),
            "Split" => ReadSplit(fields),
            "Digits" => new DigitsPreTokenizer { IndividualDigits = fields.Bool("individual_digits", false) },
            "Punctuation" => new PunctuationPreTokenizer { Behavior = ReadBehavior(fields) },
            "Whitespace" => new WhitespacePreTokenizer(),
            "WhitespaceSplit" => new WhitespaceSplitPreTokenizer(),
            "CharDelimiterSplit" => new CharDelimiterPreTokenizer(fields.Character("delimiter")),
            "BertPreTokenizer" => new BertPreTokenizer(),
            "UnicodeScripts" => new UnicodeScriptsPreTokenizer(),
            "FixedLength" => new FixedLengthPreTokenizer(fields.Number("length", 5)),
            "Sequence" => new SequencePreTokenizer(ReadList(fields, "pretokenizers", ReadPreTokenizer)),
            _ => throw Unknown(fields, "pre-tokenizer"),
        };
        fields.End();
        return component;
    }

    private static MetaspacePreTokenizer ReadMetaspace(JsonFields fields)
    {
        (Rune sign, PrependScheme prepend, bool split) = ReadMetaspaceFields(fields);
        return new MetaspacePreTokenizer { Replacement = sign, Prepend = prepend, SplitWords = split };
    }

    private static (Rune Sign, PrependScheme Prepend, bool Split) ReadMetaspaceFields(JsonFields fields)
    {
        Rune sign = fields.Find("replacement") is null ? new Rune('▁') : fields.Character("replacement");
        PrependScheme prepend = fields.Choice("prepend_scheme", ("always", PrependScheme.Always), ("first", PrependScheme.First), ("never", PrependScheme.Never));
        // Older files say add_prefix_space instead of a scheme.
        if (!fields.Bool("add_prefix_space", true))
        {
            if (prepend != PrependScheme.Never && fields.Find("prepend_scheme") is not null)
                throw new FormatException($"{fields.Place} has add_prefix_space false, but a prepend_scheme that is not 'never'.");
            prepend = PrependScheme.Never;
        }
        if (fields.Find("str_rep") is not null) fields.String("str_rep");
        return (sign, prepend, fields.Bool("split", true));
    }

    private static IPreTokenizer ReadSplit(JsonFields fields)
    {
        (bool regex, string pattern) = ReadPattern(fields);
        SplitBehavior behavior = ReadBehavior(fields);
        bool invert = fields.Bool("invert", false);
        if (regex && pattern == CharacterPreTokenizer.Pattern && behavior == SplitBehavior.Isolated && !invert) return new CharacterPreTokenizer();
        try
        {
            return regex ? SplitPreTokenizer.AtRegex(pattern, behavior, invert) : SplitPreTokenizer.AtString(pattern, behavior, invert);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{fields.Join("pattern")}: {e.Message}", e);
        }
    }

    private static SplitBehavior ReadBehavior(JsonFields fields) => fields.Choice("behavior",
        ("Isolated", SplitBehavior.Isolated), ("Removed", SplitBehavior.Removed), ("MergedWithPrevious", SplitBehavior.MergedWithPrevious),
        ("MergedWithNext", SplitBehavior.MergedWithNext), ("Contiguous", SplitBehavior.Contiguous));

    private static (bool Regex, string Pattern) ReadPattern(JsonFields fields)
    {
        var pattern = new JsonFields(fields.Get("pattern"), fields.Join("pattern"));
        bool regex = pattern.Find("Regex") is not null;
        string text = pattern.String(regex ? "Regex" : "String");
        pattern.End();
        return (regex, text);
    }

    internal static IPostProcessor? ReadPostProcessor(JsonElement? element, string place)
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
            "BertProcessing" => new BertPostProcessor(ReadTokenAndId(fields, "cls"), ReadTokenAndId(fields, "sep")),
            "TemplateProcessing" => ReadTemplate(fields),
            "Sequence" => new SequencePostProcessor(ReadList(fields, "processors", ReadPostProcessor)),
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

    private static TemplatePostProcessor ReadTemplate(JsonFields fields)
    {
        var tokens = new List<TemplateToken>();
        foreach (JsonProperty property in JsonFields.AsObject(fields.Get("special_tokens"), fields.Join("special_tokens")))
        {
            var token = new JsonFields(property.Value, $"{fields.Join("special_tokens")}.{property.Name}");
            string name = token.String("id");
            JsonElement[] ids = token.Array("ids"), texts = token.Array("tokens");
            token.End();
            if (ids.Length != texts.Length || ids.Length == 0)
                throw new FormatException($"{token.Place} has {ids.Length} ids and {texts.Length} tokens; as many of both are expected, at least one.");
            tokens.Add(new TemplateToken(name,
                [.. ids.Select((id, i) => (JsonFields.AsString(texts[i], $"{token.Place}.tokens[{i}]"), JsonFields.AsId(id, $"{token.Place}.ids[{i}]")))]));
        }
        return new TemplatePostProcessor(ReadTemplatePieces(fields, "single"), ReadTemplatePieces(fields, "pair"), tokens);
    }

    private static List<TemplatePiece> ReadTemplatePieces(JsonFields fields, string name)
    {
        var pieces = new List<TemplatePiece>();
        foreach (JsonElement element in fields.Array(name))
        {
            string place = $"{fields.Join(name)}[{pieces.Count}]";
            var piece = new JsonFields(element, place);
            bool text = piece.Find("Sequence") is not null;
            var inside = new JsonFields(piece.Get(text ? "Sequence" : "SpecialToken"), piece.Join(text ? "Sequence" : "SpecialToken"));
            int? sequence = text ? inside.Choice("id", ("A", 0), ("B", 1)) : null;
            pieces.Add(new TemplatePiece(sequence, text ? null : inside.String("id"), inside.Number("type_id", 0)));
            inside.End();
            piece.End();
        }
        return pieces;
    }

    internal static IDecoder? ReadDecoder(JsonElement? element, string place)
    {
        if (element is null) return null;
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
            case "ByteFallback":
                component = new ByteFallbackDecoder();
                break;
            case "Metaspace":
                (Rune sign, PrependScheme prepend, bool split) = ReadMetaspaceFields(fields);
                component = new MetaspaceDecoder { Replacement = sign, Prepend = prepend, SplitWords = split };
                break;
            case "WordPiece":
                component = new WordPieceDecoder { Prefix = fields.StringOrNull("prefix") ?? "##", CleanUp = fields.Bool("cleanup", true) };
                break;
            case "BPEDecoder":
                component = new BpeDecoder { Suffix = fields.StringOrNull("suffix") ?? "</w>" };
                break;
            case "CTC":
                component = new CtcDecoder
                {
                    PadToken = fields.StringOrNull("pad_token") ?? "<pad>",
                    WordDelimiter = fields.StringOrNull("word_delimiter_token") ?? "|",
                    CleanUp = fields.Bool("cleanup", true),
                };
                break;
            case "Strip":
                component = new StripDecoder(fields.Character("content"), fields.Number("start", 0), fields.Number("stop", 0));
                break;
            case "Replace":
                (bool regex, string pattern) = ReadPattern(fields);
                component = regex ? ReplaceDecoder.OfRegex(pattern, fields.String("content")) : ReplaceDecoder.OfString(pattern, fields.String("content"));
                break;
            case "Sequence":
                component = new SequenceDecoder(ReadList(fields, "decoders", ReadDecoder));
                break;
            default:
                throw Unknown(fields, "decoder");
        }
        fields.End();
        return component;
    }

    /// <summary>The parts of a sequence; JSON itself is read to a limited depth, so sequences in sequences are too.</summary>
    private static List<T> ReadList<T>(JsonFields fields, string name, Func<JsonElement?, string, T?> read) where T : class
    {
        var parts = new List<T>();
        foreach (JsonElement element in fields.Array(name))
        {
            string place = $"{fields.Join(name)}[{parts.Count}]";
            parts.Add(read(element, place) ?? throw JsonFields.Wrong(place, "an object", element));
        }
        return parts;
    }
}
