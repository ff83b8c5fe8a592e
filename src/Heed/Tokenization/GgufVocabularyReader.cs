using System.Text;

namespace Heed.Tokenization;

/// <summary>Makes the tokenizer of a <see cref="GgufVocabulary"/>.</summary>
internal static class GgufVocabularyReader
{
    private const string Sign = "▁", InsideWord = "##";

    // They end a turn; many files forget to say that they are control tokens.
    private static readonly HashSet<string> EndsOfTurn = ["<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<|eom_id|>", "<EOT>", "_<EOT>"];

    /// <exception cref="FormatException">The parts do not fit each other, or the model or pattern is not known.</exception>
    public static Tokenizer Read(GgufVocabulary vocabulary)
    {
        Check(vocabulary);
        string[] tokens = [.. vocabulary.Tokens.Select((token, id) => token.Length > 0 ? token : $"[EMPTY_{id}]")];
        PieceKind[] kinds = [.. tokens.Select((token, id) => EndsOfTurn.Contains(token) ? PieceKind.Control : vocabulary.Kinds.Count > 0 ? vocabulary.Kinds[id] : PieceKind.Normal)];
        return vocabulary.Model switch
        {
            "llama" => Llama(vocabulary, tokens, kinds),
            "gpt2" => Gpt2(vocabulary, tokens, kinds),
            "bert" => Bert(vocabulary, tokens, kinds),
            "t5" => T5(vocabulary, tokens, kinds),
            _ => throw new FormatException($"The vocabulary is of the kind '{vocabulary.Model}' (tokenizer.ggml.model); expected llama, gpt2, bert or t5."),
        };
    }

    private static void Check(GgufVocabulary vocabulary)
    {
        int count = vocabulary.Tokens.Count;
        if (count == 0) throw new FormatException("The vocabulary has no tokens.");
        if (vocabulary.Scores.Count > 0 && vocabulary.Scores.Count != count) throw new FormatException($"The vocabulary has {count} tokens, but {vocabulary.Scores.Count} scores.");
        if (vocabulary.Kinds.Count > 0 && vocabulary.Kinds.Count != count) throw new FormatException($"The vocabulary has {count} tokens, but {vocabulary.Kinds.Count} token types.");
        foreach ((string name, int? id) in new[]
        {
            ("bos", vocabulary.Bos), ("eos", vocabulary.Eos), ("eot", vocabulary.Eot), ("unknown", vocabulary.Unk), ("separator", vocabulary.Sep),
            ("padding", vocabulary.Pad), ("cls", vocabulary.Cls), ("mask", vocabulary.Mask),
        })
            if (id is { } given && (uint)given >= (uint)count) throw new FormatException($"The {name} token has the id {given}; the vocabulary has the ids 0 .. {count - 1}.");
    }

    private static Tokenizer Llama(GgufVocabulary vocabulary, string[] tokens, PieceKind[] kinds)
    {
        int unknown = Id(vocabulary.Unk, 0, tokens, "unknown");
        bool prefix = vocabulary.AddSpacePrefix ?? true;
        // User-defined tokens are found before the model sees the text, and merge like others where their characters come up there.
        PieceKind[] merging = [.. kinds.Select(kind => kind == PieceKind.UserDefined ? PieceKind.Normal : kind)];
        BpeModel model = SentencePieceFile.MakeBpe([.. tokens.Select((token, id) => (token, Score(vocabulary, id)))], merging, unknown, byteFallback: true, []);
        var pipeline = new TokenizerPipeline
        {
            Normalizer = new SentencePieceNormalizer([], []) { DummyPrefix = prefix, RemoveExtraSpaces = false },
            PostProcessor = Around(
                (vocabulary.AddBos ?? true) ? Id(vocabulary.Bos, 1, tokens, "bos") : null,
                (vocabulary.AddEos ?? false) ? Id(vocabulary.Eos, 2, tokens, "eos") : null, tokens),
            Decoder = SpaceDecoder(prefix),
        };
        return new Tokenizer(model, pipeline, AddedTokens(tokens, kinds).Select(token => token with { StripRight = vocabulary.SpecialTokensStripRight && token.Content is not ("<unk>" or "<s>" or "<|endoftext|>") }));
    }

    private static Tokenizer Gpt2(GgufVocabulary vocabulary, string[] tokens, PieceKind[] kinds)
    {
        GgufPattern pattern = GgufPattern.Find(string.IsNullOrEmpty(vocabulary.Pattern) ? "default" : vocabulary.Pattern);
        var ids = new Dictionary<string, int>(tokens.Length, StringComparer.Ordinal);
        for (int id = 0; id < tokens.Length; id++) ids[tokens[id]] = id;
        var lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var merges = new (int Left, int Right)[vocabulary.Merges.Count];
        for (int i = 0; i < merges.Length; i++)
        {
            // The first part may begin with the space that others end at.
            string merge = vocabulary.Merges[i];
            int space = merge.Length < 2 ? -1 : merge.IndexOf(' ', 1);
            if (space < 0 || !lookup.TryGetValue(merge.AsSpan(0, space), out int left) || !lookup.TryGetValue(merge.AsSpan(space + 1), out int right))
                throw new FormatException($"Merge {i} is '{merge}'; two tokens of the vocabulary with a space between them are expected.");
            merges[i] = (left, right);
        }
        var model = new BpeModel(tokens, merges, byteLevel: true, pattern.IgnoreMerges);
        int? begin = (vocabulary.AddBos ?? pattern.AddBos) ? Id(vocabulary.Bos, null, tokens, "bos") : null;
        int? end = (vocabulary.AddEos ?? false) ? Id(vocabulary.Eos, null, tokens, "eos") : null;
        var pipeline = TokenizerPipeline.Gpt2 with
        {
            Normalizer = pattern.Nfc ? new UnicodeNormalizer(UnicodeForm.Nfc) : null,
            PreTokenizer = pattern.PreTokenizer(),
            PostProcessor = Around(begin, end, tokens) ?? TokenizerPipeline.Gpt2.PostProcessor,
        };
        return new Tokenizer(model, pipeline, AddedTokens(tokens, kinds));
    }

    private static Tokenizer Bert(GgufVocabulary vocabulary, string[] tokens, PieceKind[] kinds)
    {
        string[] spelled = [.. tokens.Select(WordPieceOf)];
        int unknown = Id(vocabulary.Unk, 100, tokens, "unknown"), begin = Id(vocabulary.Cls ?? vocabulary.Bos, 101, tokens, "cls"), end = Id(vocabulary.Sep, 102, tokens, "separator");
        // Files leave these among the ordinary tokens.
        foreach (int? id in new[] { unknown, begin, end, vocabulary.Pad, vocabulary.Mask })
            if (id is { } special) kinds[special] = PieceKind.Control;
        var model = new WordPieceModel(spelled, spelled[unknown]);
        var pipeline = TokenizerPipeline.Bert with { PostProcessor = new BertPostProcessor((spelled[begin], begin), (spelled[end], end)) };
        return new Tokenizer(model, pipeline, AddedTokens(spelled, kinds));
    }

    /// <summary>"▁word" begins a word, "[SEP]" is as it is, and all else stands inside words.</summary>
    internal static string WordPieceOf(string token) =>
        token.Length > 1 && token.StartsWith(Sign, StringComparison.Ordinal) ? token[1..]
        : token is ['[', .., ']'] ? token
        : InsideWord + token;

    private static Tokenizer T5(GgufVocabulary vocabulary, string[] tokens, PieceKind[] kinds)
    {
        bool prefix = vocabulary.AddSpacePrefix ?? false, removes = vocabulary.RemoveExtraSpaces ?? false;
        // User-defined tokens are found before the model sees the text. Sums are double, as in Hugging Face tokenizers and llama.cpp.
        PieceKind[] found = [.. kinds.Select(kind => kind == PieceKind.UserDefined ? PieceKind.Unused : kind)];
        var model = new UnigramModel(tokens.Select((token, id) => (token, Score(vocabulary, id))), Id(vocabulary.Unk, 2, tokens, "unknown"), byteFallback: false, found, singlePrecision: false);
        var pipeline = new TokenizerPipeline
        {
            Normalizer = new SentencePieceNormalizer(vocabulary.Charsmap.ToArray(), []) { DummyPrefix = prefix || removes, RemoveExtraSpaces = removes },
            PostProcessor = Around(
                (vocabulary.AddBos ?? false) ? Id(vocabulary.Bos, null, tokens, "bos") : null,
                (vocabulary.AddEos ?? true) ? Id(vocabulary.Eos, 1, tokens, "eos") : null, tokens),
            Decoder = SpaceDecoder(prefix || removes),
        };
        return new Tokenizer(model, pipeline, AddedTokens(tokens, kinds));
    }

    private static double Score(GgufVocabulary vocabulary, int id) => vocabulary.Scores.Count == 0 ? 0 : vocabulary.Scores[id];

    private static int Id(int? given, int? usual, string[] tokens, string name) => (given ?? usual) is { } id && id < tokens.Length
        ? id
        : throw new FormatException($"The vocabulary does not say which is its {name} token, which the model needs.");

    private static TemplatePostProcessor? Around(int? begin, int? end, string[] tokens)
    {
        (string, int)? Token(int? id) => id is { } given ? (tokens[given], given) : null;
        return begin is null && end is null ? null : TemplatePostProcessor.Around(Token(begin), Token(end));
    }

    private static SequenceDecoder SpaceDecoder(bool prefix)
    {
        IDecoder[] parts = [ReplaceDecoder.OfString(Sign, " "), new ByteFallbackDecoder(), new FuseDecoder()];
        return new SequenceDecoder(prefix ? [.. parts, new StripDecoder(new Rune(' '), 1, 0)] : parts);
    }

    private static IEnumerable<AddedToken> AddedTokens(string[] tokens, PieceKind[] kinds)
    {
        for (int id = 0; id < tokens.Length; id++)
            if (kinds[id] is PieceKind.Control or PieceKind.Unknown or PieceKind.UserDefined)
                yield return new AddedToken(tokens[id]) { Special = kinds[id] != PieceKind.UserDefined };
    }
}
