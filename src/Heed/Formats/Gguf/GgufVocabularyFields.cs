using Heed.Tokenization;

namespace Heed.Formats.Gguf;

/// <summary>A <see cref="GgufVocabulary"/> in the metadata of a GGUF file (<c>tokenizer.*</c>), and back.</summary>
public static class GgufVocabularyFields
{
    private const string Prefix = "tokenizer.ggml.";
    private const string ModelKey = Prefix + "model", PatternKey = Prefix + "pre", TokensKey = Prefix + "tokens", ScoresKey = Prefix + "scores", KindsKey = Prefix + "token_type",
        MergesKey = Prefix + "merges", CharsmapKey = Prefix + "precompiled_charsmap", AddBosKey = Prefix + "add_bos_token", AddEosKey = Prefix + "add_eos_token",
        AddSpaceKey = Prefix + "add_space_prefix", RemoveSpacesKey = Prefix + "remove_extra_whitespaces", BosKey = Prefix + "bos_token_id", EosKey = Prefix + "eos_token_id",
        EotKey = Prefix + "eot_token_id", UnkKey = Prefix + "unknown_token_id", SepKey = Prefix + "seperator_token_id" /* so spelled by the format */,
        PadKey = Prefix + "padding_token_id", ClsKey = Prefix + "cls_token_id", MaskKey = Prefix + "mask_token_id", TemplateKey = "tokenizer.chat_template",
        NameKey = "general.name";

    /// <summary>Whether a file has a vocabulary.</summary>
    public static bool HasVocabulary(this GgufMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return metadata.Has(TokensKey);
    }

    /// <summary>The vocabulary of a file.</summary>
    /// <exception cref="WeightFormatException">It is missing, or a field has the wrong type or length.</exception>
    public static GgufVocabulary ReadVocabulary(this GgufMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        GgufStrings tokens = metadata.Get<GgufStrings>(TokensKey);
        int[] kinds = metadata.Get<int[]>(KindsKey, []);
        return new()
        {
            Model = metadata.Get<string>(ModelKey),
            Pattern = metadata.Get<string?>(PatternKey, null),
            Tokens = tokens,
            Scores = metadata.Get<float[]>(ScoresKey, []),
            Kinds = Array.ConvertAll(kinds, kind => kind is >= (int)PieceKind.Normal and <= (int)PieceKind.Byte ? (PieceKind)kind : PieceKind.Unused),
            Merges = metadata.TryGet(MergesKey, out GgufStrings merges) ? merges : [],
            Charsmap = Charsmap(metadata),
            Bos = Id(metadata, BosKey, tokens.Count),
            Eos = Id(metadata, EosKey, tokens.Count),
            Eot = Id(metadata, EotKey, tokens.Count),
            Unk = Id(metadata, UnkKey, tokens.Count),
            Sep = Id(metadata, SepKey, tokens.Count),
            Pad = Id(metadata, PadKey, tokens.Count),
            Cls = Id(metadata, ClsKey, tokens.Count),
            Mask = Id(metadata, MaskKey, tokens.Count),
            AddBos = Flag(metadata, AddBosKey),
            AddEos = Flag(metadata, AddEosKey),
            AddSpacePrefix = Flag(metadata, AddSpaceKey),
            RemoveExtraSpaces = Flag(metadata, RemoveSpacesKey),
            SpecialTokensStripRight = IsPhi3(metadata),
            ChatTemplate = metadata.Get<string?>(TemplateKey, null),
        };
    }

    /// <summary>The tokenizer of a file.</summary>
    /// <exception cref="WeightFormatException">The vocabulary is missing or damaged, or of a kind or split pattern that is not known.</exception>
    public static Tokenizer ReadTokenizer(this GgufFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            return file.Fields.ReadVocabulary().ToTokenizer();
        }
        catch (FormatException e)
        {
            throw new WeightFormatException(file.Path, null, e.Message, e);
        }
    }

    /// <summary>The metadata that says a vocabulary, in a fixed order.</summary>
    /// <exception cref="ArgumentException">A token is no valid text.</exception>
    public static IEnumerable<KeyValuePair<string, GgufValue>> ToFields(this GgufVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        List<KeyValuePair<string, GgufValue>> fields = [new(ModelKey, vocabulary.Model)];
        if (vocabulary.Pattern is { } pattern) fields.Add(new(PatternKey, pattern));
        fields.Add(new(TokensKey, GgufValue.Of(vocabulary.Tokens)));
        if (vocabulary.Scores.Count > 0) fields.Add(new(ScoresKey, GgufValue.Of(vocabulary.Scores.ToArray())));
        if (vocabulary.Kinds.Count > 0) fields.Add(new(KindsKey, GgufValue.Of(vocabulary.Kinds.Select(kind => (int)kind).ToArray())));
        if (vocabulary.Model == "gpt2") fields.Add(new(MergesKey, GgufValue.Of(vocabulary.Merges)));
        if (!vocabulary.Charsmap.IsEmpty) fields.Add(new(CharsmapKey, GgufValue.Of(vocabulary.Charsmap.ToArray())));
        foreach ((string key, int? id) in new[]
        {
            (BosKey, vocabulary.Bos), (EosKey, vocabulary.Eos), (EotKey, vocabulary.Eot), (UnkKey, vocabulary.Unk), (SepKey, vocabulary.Sep), (PadKey, vocabulary.Pad),
            (ClsKey, vocabulary.Cls), (MaskKey, vocabulary.Mask),
        })
            if (id is { } given) fields.Add(new(key, (uint)given));
        foreach ((string key, bool? flag) in new[]
        {
            (AddBosKey, vocabulary.AddBos), (AddEosKey, vocabulary.AddEos), (AddSpaceKey, vocabulary.AddSpacePrefix), (RemoveSpacesKey, vocabulary.RemoveExtraSpaces),
        })
            if (flag is { } given) fields.Add(new(key, given));
        if (vocabulary.ChatTemplate is { } template) fields.Add(new(TemplateKey, template));
        return fields;
    }

    // Files in the wild name tokens that are not there; llama.cpp passes over those.
    private static int? Id(GgufMetadata metadata, string key, int count) => metadata.TryGet(key, out long id) && id >= 0 && id < count ? (int)id : null;

    private static bool? Flag(GgufMetadata metadata, string key) => metadata.TryGet(key, out bool flag) ? flag : null;

    private static bool IsPhi3(GgufMetadata metadata)
    {
        string name = metadata.Get(NameKey, "");
        return name.Contains("phi-3", StringComparison.OrdinalIgnoreCase) || name.Contains("phi3", StringComparison.OrdinalIgnoreCase);
    }

    // Bytes, which some writers store as signed ones.
    private static byte[] Charsmap(GgufMetadata metadata)
    {
        if (metadata.Find(CharsmapKey) is not { } value) return [];
        return value.TryAs(out sbyte[] signed) && value.ElementType == GgufValueType.Int8 ? Array.ConvertAll(signed, one => unchecked((byte)one)) : metadata.Get<byte[]>(CharsmapKey);
    }
}
