using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Says a tokenizer as a <see cref="GgufVocabulary"/>, if that gives the same ids when it is read again.</summary>
internal static class GgufVocabularyWriter
{
    private const string Sign = "▁", InsideWord = "##";

    /// <exception cref="NotSupportedException">The format cannot say the tokenizer.</exception>
    public static GgufVocabulary Write(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        foreach (AddedToken token in tokenizer.AddedTokens)
        {
            if (token.StripLeft || token.StripRight || token.SingleWord)
                throw Refused($"the added token '{token.Content}' takes white space with it or stands only between words, which it cannot say");
            if (token.IsInText && token.Normalized && tokenizer.Pipeline.Normalizer is { } normalizer && normalizer.Normalize(token.Content) != token.Content)
                throw Refused($"the added token '{token.Content}' is looked for in the normalised text");
        }
        return tokenizer.Model switch
        {
            BpeModel { IsByteLevel: true } model => Gpt2(tokenizer, model),
            BpeModel model => Llama(tokenizer, model),
            WordPieceModel model => Bert(tokenizer, model),
            UnigramModel model => T5(tokenizer, model),
            _ => throw Refused($"it has no vocabulary like that of {tokenizer.Model.GetType().Name}"),
        };
    }

    private static GgufVocabulary Gpt2(Tokenizer tokenizer, BpeModel model)
    {
        if (model.ContinuingPrefix.Length + model.EndOfWordSuffix.Length > 0) throw Refused("symbols carry a mark of their place in the word");
        bool nfc = tokenizer.Pipeline.Normalizer switch
        {
            null => false,
            UnicodeNormalizer { Form: UnicodeForm.Nfc } => true,
            { } other => throw Refused($"byte-level vocabularies have no normaliser {Json(other.Write)}"),
        };
        IReadOnlyList<string>? regexes = GgufPattern.RegexesOf(tokenizer.Pipeline.PreTokenizer);
        string? pattern = regexes is null ? null
            : GgufPattern.NameOf(regexes, model.IgnoreMerges, nfc) ?? (MergesMakeEveryToken(tokenizer, model) ? GgufPattern.NameOf(regexes, !model.IgnoreMerges, nfc) : null);
        if (pattern is null)
            throw Refused($"it has no name for {(nfc ? "the form NFC with " : "")}the pre-tokenizer {Json(tokenizer.Pipeline.PreTokenizer is { } words ? words.Write : null)}{(model.IgnoreMerges ? " with ignore_merges" : "")}");
        (string[] tokens, PieceKind[] kinds) = Tokens(tokenizer);
        return Framed(tokenizer, new()
        {
            Model = "gpt2",
            Pattern = pattern,
            Tokens = tokens,
            Kinds = kinds,
            Merges = [.. model.Merges.Select(merge => $"{Part(tokens[merge.Left])} {tokens[merge.Right]}")],
        });

        static string Part(string token) => token.IndexOf(' ', 1) < 0 ? token : throw Refused($"a merge begins with '{token}', which has a space in it");
    }

    /// <summary>Whether it makes no difference that a piece which is a token becomes that token: merging gives the same.</summary>
    private static bool MergesMakeEveryToken(Tokenizer tokenizer, BpeModel model)
    {
        var plain = new BpeModel(Enumerable.Range(0, model.Count).Select(id => TokenOf(model, id)), model.Merges, byteLevel: true);
        HashSet<int> added = [.. tokenizer.AddedTokens.Select(token => token.Id)];   // found before the model sees the text
        var ids = new List<int>();
        for (int id = 0; id < model.Count; id++)
        {
            if (added.Contains(id) || TokenOf(model, id) is not { } token || !ByteAlphabet.TryRead(token, out byte[] bytes)) continue;
            ids.Clear();
            plain.Encode(bytes, ids);
            if (ids is not [int only] || only != id) return false;
        }
        return true;
    }

    private static GgufVocabulary Llama(Tokenizer tokenizer, BpeModel model)
    {
        (bool prefix, bool removes, ReadOnlyMemory<byte> rules) = Spaces(tokenizer);
        if (removes || !rules.IsEmpty) throw Refused("sentencepiece byte-pair vocabularies have no rules of normalisation and keep extra spaces");
        if (model.UnknownToken is not { } unknown) throw Refused("the vocabulary has no unknown token");
        (string[] tokens, PieceKind[] kinds) = Tokens(tokenizer);
        if (!model.ByteFallback || ByteTokens.Find(tokenizer.TokenToId).Contains(-1)) throw Refused("sentencepiece byte-pair vocabularies fall back on the tokens of bytes, <0x00> to <0xFF>");
        int unknownId = tokenizer.TokenToId(unknown)!.Value;
        kinds[unknownId] = PieceKind.Unknown;
        MarkBytes(tokens, kinds);
        return Framed(tokenizer, new()
        {
            Model = "llama",
            Pattern = "default",
            Tokens = tokens,
            Kinds = kinds,
            Scores = MergeScores(model, tokens, kinds),
            Unk = unknownId,
            AddSpacePrefix = prefix,
        });
    }

    /// <summary>
    /// Scores by which neighbours merge when both together are a token, the highest score first, exactly as the merges say: each token that is made
    /// has a rank of its own, and all pairs that can make it are merges.
    /// </summary>
    private static float[] MergeScores(BpeModel model, string[] tokens, PieceKind[] kinds)
    {
        var ranks = new int[tokens.Length];
        Array.Fill(ranks, -1);
        int next = 0, last = -1;
        for (int i = 0; i < model.Merges.Count; i++)
        {
            (int left, int right) = model.Merges[i];
            int merged = model.IdOf(tokens[left] + tokens[right])!.Value;
            if (ranks[merged] < 0) ranks[merged] = i > 0 && model.RankOf(i) == model.RankOf(i - 1) ? next - 1 : next++;
            else if (merged != last && ranks[merged] != next - 1) throw Refused($"the merges that make '{tokens[merged]}' do not follow each other, and a token has one score");
            last = merged;
        }
        int made = next;
        for (int id = 0; id < tokens.Length; id++)
            if (ranks[id] < 0 && kinds[id] is PieceKind.Normal or PieceKind.UserDefined)
                ranks[id] = next;
        var merges = model.Merges.ToHashSet();
        foreach ((int left, int right, int merged) in MergeFinder.AllMerges([.. tokens.Select(Encoding.UTF8.GetBytes)], ranks))
            if (!merges.Contains((left, right)))
                throw Refused($"'{tokens[left]}' and '{tokens[right]}' would merge into the token '{tokens[merged]}', which the tokenizer does not do");
        return [.. ranks.Select(rank => rank < 0 || rank >= made ? -made : (float)-rank)];
    }

    private static GgufVocabulary T5(Tokenizer tokenizer, UnigramModel model)
    {
        (bool prefix, bool removes, ReadOnlyMemory<byte> rules) = Spaces(tokenizer);
        if (model.UnknownId is not { } unknown) throw Refused("the vocabulary has no unknown token");
        if (model.ByteFallback) throw Refused("unigram vocabularies do not fall back on the tokens of bytes");
        (string[] tokens, PieceKind[] kinds) = Tokens(tokenizer);
        kinds[unknown] = PieceKind.Unknown;
        return Framed(tokenizer, new()
        {
            Model = "t5",
            Pattern = "default",
            Tokens = tokens,
            Kinds = kinds,
            Scores = [.. tokens.Select((_, id) => id < model.Count ? (float)model.ScoreOf(id) : 0)],
            Charsmap = rules,
            Unk = unknown,
            AddSpacePrefix = prefix,
            RemoveExtraSpaces = removes,
        });
    }

    private static GgufVocabulary Bert(Tokenizer tokenizer, WordPieceModel model)
    {
        if (tokenizer.Pipeline.Normalizer is not BertNormalizer { CleanText: true, SpaceChinese: true, Lower: true, StripAccents: null or true })
            throw Refused("WordPiece vocabularies have the clean-up of BERT with lower case and without accents, and no other normaliser");
        if (tokenizer.Pipeline.PreTokenizer is not BertPreTokenizer) throw Refused("WordPiece vocabularies have the words of BERT and no other pre-tokenizer");
        if (model.ContinuingPrefix != InsideWord) throw Refused($"tokens inside words begin with '{model.ContinuingPrefix}', expected '{InsideWord}'");
        if (tokenizer.TokenToId(model.UnknownToken) is not { } unknown) throw Refused("the vocabulary has no unknown token");
        (string[] tokens, PieceKind[] kinds) = Tokens(tokenizer);
        (int? begin, int? end) = Around(tokenizer);
        if (begin is null || end is null) throw Refused("WordPiece vocabularies put a token before and one behind a text");
        string[] spelled = [.. tokens.Select(Phantom)];
        for (int id = 0; id < tokens.Length; id++)
            if (GgufVocabularyReader.WordPieceOf(spelled[id]) != tokens[id])
                throw Refused($"the token '{tokens[id]}' cannot be told from another");
        return new()
        {
            Model = "bert",
            Pattern = "default",
            Tokens = spelled,
            Kinds = kinds,
            Unk = unknown,
            Bos = begin,
            Cls = begin,
            Sep = end,
            Pad = tokenizer.TokenToId("[PAD]"),
            Mask = tokenizer.TokenToId("[MASK]"),
        };
    }

    private static string Phantom(string token) => token is ['[', .., ']'] ? token
        : token.StartsWith(InsideWord, StringComparison.Ordinal) && token.Length > InsideWord.Length ? token[InsideWord.Length..]
        : Sign + token;

    // Tokens and kinds by id; where the vocabulary has a gap stands an unused token.
    private static (string[] Tokens, PieceKind[] Kinds) Tokens(Tokenizer tokenizer)
    {
        string[] tokens = [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(id => id < tokenizer.Model.Count ? TokenOf(tokenizer.Model, id) ?? "" : tokenizer.IdToToken(id))];
        var kinds = new PieceKind[tokens.Length];
        for (int id = 0; id < tokens.Length; id++)
        {
            kinds[id] = tokens[id].Length == 0 ? PieceKind.Unused : PieceKind.Normal;
            if (tokens[id].Length == 0) tokens[id] = $"[PAD{id}]";
        }
        foreach (AddedToken token in tokenizer.AddedTokens) kinds[token.Id] = token.Special ? PieceKind.Control : PieceKind.UserDefined;
        return (tokens, kinds);
    }

    private static string? TokenOf(ITokenModel model, int id)
    {
        try
        {
            return model.TokenOf(id);
        }
        catch (ArgumentException)
        {
            return null; // a gap
        }
    }

    private static void MarkBytes(string[] tokens, PieceKind[] kinds)
    {
        for (int id = 0; id < tokens.Length; id++)
            if (kinds[id] == PieceKind.Normal && ByteTokens.Read(Encoding.UTF8.GetBytes(tokens[id])) is not null)
                kinds[id] = PieceKind.Byte;
    }

    /// <summary>How a pipeline treats spaces, if it does as sentencepiece does.</summary>
    private static (bool Prefix, bool Removes, ReadOnlyMemory<byte> Rules) Spaces(Tokenizer tokenizer)
    {
        TokenizerPipeline pipeline = tokenizer.Pipeline;
        string normalizer = Json(pipeline.Normalizer is { } some ? some.Write : null), preTokenizer = Json(pipeline.PreTokenizer is { } other ? other.Write : null);
        bool whole = pipeline.PreTokenizer is null || preTokenizer == Json(TokenizerPipeline.SentencePiece.PreTokenizer!.Write) && CutsAtSigns(tokenizer.Model)
            || preTokenizer == Json(SplitPreTokenizer.AtString(" ", SplitBehavior.MergedWithPrevious).Write); // as in Gemma's file: no spaces are left to cut at
        bool unigramWords = tokenizer.Model is UnigramModel && pipeline.PreTokenizer is MetaspacePreTokenizer { Prepend: PrependScheme.Always }
            or SequencePreTokenizer { Parts: [WhitespaceSplitPreTokenizer, MetaspacePreTokenizer { Prepend: PrependScheme.Always }] };
        (bool Prefix, bool Removes, ReadOnlyMemory<byte> Rules)? spaces = pipeline.Normalizer switch
        {
            SentencePieceNormalizer { EscapeSpaces: true, SuffixSpace: false } rules when whole => (rules.DummyPrefix, rules.RemoveExtraSpaces, rules.Rules),
            SequenceNormalizer when whole && normalizer == Json(TokenizerPipeline.SentencePiece.Normalizer!.Write) => (true, false, default),
            ReplaceNormalizer when whole && normalizer == Json(ReplaceNormalizer.OfString(" ", Sign).Write) => (false, false, default),
            PrecompiledNormalizer rules when unigramWords => (true, true, rules.Rules), // as sentencepiece, but for rare marks
            _ => null,
        };
        if (spaces is not { } found) throw Refused($"sentencepiece vocabularies have no normaliser {normalizer} with the pre-tokenizer {preTokenizer}");
        // sentencepiece writes no space behind a user-defined piece that it finds itself; readers of GGUF do.
        if (found.Prefix && tokenizer.AddedTokens.FirstOrDefault(token => !token.Special && !token.IsInText) is { } piece)
            throw Refused($"the user-defined piece '{piece.Content}' would be followed by a space");
        return found;
    }

    // No token reaches from one word into the next.
    private static bool CutsAtSigns(ITokenModel model) =>
        Enumerable.Range(0, model.Count).All(id => TokenOf(model, id)?.TrimStart('▁') is not { } word || !word.Contains('▁'));

    private static GgufVocabulary Framed(Tokenizer tokenizer, GgufVocabulary vocabulary)
    {
        (int? begin, int? end) = Around(tokenizer);
        return vocabulary with { Bos = begin, Eos = end, AddBos = begin is not null, AddEos = end is not null };
    }

    private static (int? Begin, int? End) Around(Tokenizer tokenizer)
    {
        IReadOnlyList<FramePart> parts = tokenizer.Pipeline.PostProcessor?.Frame(pair: false)?.Parts ?? [];
        int[] begin = [.. parts.TakeWhile(part => part.Sequence is null).SelectMany(part => part.Tokens).Select(token => token.Id)];
        int[] end = [.. parts.SkipWhile(part => part.Sequence is null).SelectMany(part => part.Tokens).Select(token => token.Id)];
        if (begin.Length > 1 || end.Length > 1) throw Refused($"{begin.Length} tokens stand before and {end.Length} behind a text; at most one of each can be said");
        return (begin.Length > 0 ? begin[0] : null, end.Length > 0 ? end[0] : null);
    }

    private static string Json(Action<Utf8JsonWriter>? write)
    {
        if (write is null) return "null";
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) write(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static NotSupportedException Refused(string reason) => new($"GGUF cannot say this tokenizer: {reason}.");
}
