using System.Text;

namespace Heed.Tokenization;

public sealed partial class Tokenizer
{
    /// <summary>
    /// Encodes a text, or a pair of texts, and tells all about each token: offsets, words, masks. Slower than
    /// <see cref="Encode(string, SpecialTokens)"/>, which gives the same ids.
    /// </summary>
    /// <param name="text">The first text.</param>
    /// <param name="second">The second text of a pair.</param>
    /// <param name="options">Special tokens, truncation and padding; null = <see cref="DefaultOptions"/>.</param>
    /// <exception cref="ArgumentException">
    /// A character is not in the vocabulary and there is no token for unknown text, or the truncation cannot be done.
    /// </exception>
    public TokenEncoding EncodeDetailed(string text, string? second = null, EncodeOptions? options = null)
    {
        options ??= DefaultOptions;
        TokenEncoding encoding = EncodeUnpadded(text, second, options);
        return options.Padding is { } padding ? TokenEncodingParts.Pad(encoding, PaddedLength(padding, encoding.Count), padding) : encoding;
    }

    /// <summary>Encodes many texts over all processors; padding is to the longest.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="options">Special tokens, truncation and padding; null = <see cref="DefaultOptions"/>.</param>
    /// <param name="threads">Threads at most; 0 = as many as there are processors.</param>
    /// <inheritdoc cref="EncodeDetailed"/>
    public TokenEncoding[] EncodeDetailedBatch(IReadOnlyList<(string Text, string? Second)> texts, EncodeOptions? options = null, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options ??= DefaultOptions;
        var encodings = new TokenEncoding[texts.Count];
        OverThreads(texts.Count, threads, (from, to) =>
        {
            for (int i = from; i < to; i++) encodings[i] = EncodeUnpadded(texts[i].Text, texts[i].Second, options);
        });
        if (options.Padding is { } padding && encodings.Length > 0)
        {
            int length = PaddedLength(padding, encodings.Max(e => e.Count));
            for (int i = 0; i < encodings.Length; i++) encodings[i] = TokenEncodingParts.Pad(encodings[i], length, padding);
        }
        return encodings;
    }

    private TokenEncoding EncodeUnpadded(string text, string? second, EncodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(text);
        TokenEncoding first = EncodeOne(text, 0, options);
        TokenEncoding? other = second is null ? null : EncodeOne(second, 1, options);
        IPostProcessor? processor = Pipeline.PostProcessor;
        bool add = (options.Special & SpecialTokens.Add) != 0;
        TokenFrame? frame = processor?.Frame(other is not null);
        if (options.Truncation is { } truncation)
            (first, other) = Truncate(first, other, truncation, truncation.MaxLength - (add ? frame?.AddedTokens ?? 0 : 0));

        if (processor is null)
            return other is null ? first : TokenEncodingParts.Join(
                TokenEncodingParts.WithSequence(first, 0, null, null, overflow: false), TokenEncodingParts.WithSequence(other, 1, null, null, overflow: false));

        if (processor.Trim is { } trim)
        {
            first = TokenEncodingParts.Trim(first, trim);
            other = other is null ? null : TokenEncodingParts.Trim(other, trim);
        }
        frame = frame is null || (frame.OnlyWithSpecialTokens && !add)
            ? new TokenFrame(other is null ? [FramePart.Text(0)] : [FramePart.Text(0), FramePart.Text(1, 1)])
            : frame;
        TokenEncoding result = TokenEncodingParts.Empty;
        foreach (FramePart part in frame.Parts)
        {
            if (part.Sequence is { } sequence)
                result = TokenEncodingParts.Join(result,
                    TokenEncodingParts.WithSequence(sequence == 0 ? first : other!, sequence, part.TypeId, frame.SetsOverflow && add ? part.TypeId : null, overflow: true));
            else if (add)
                result = TokenEncodingParts.Join(result,
                    TokenEncodingParts.Of(part.Tokens.Select(t => new TokenEncoding.Entry(t.Id, t.Token, 0, 0, -1, part.TypeId, Special: true, Attention: true))));
        }
        return result;
    }

    private static (TokenEncoding First, TokenEncoding? Second) Truncate(TokenEncoding first, TokenEncoding? second, TruncationOptions truncation, int length)
    {
        if (truncation.Stride < 0) throw new ArgumentException($"A stride of {truncation.Stride} tokens given; at least 0 expected.");
        if (length < 0)
            throw new ArgumentException($"At most {truncation.MaxLength} tokens are allowed, but the special tokens alone are {truncation.MaxLength - length}.");
        TokenEncoding Cut(TokenEncoding encoding, int to) => TokenEncodingParts.Truncate(encoding, to, truncation.Stride, truncation.Side);

        if (length == 0) return (Cut(first, 0), second is null ? null : Cut(second, 0));
        int total = first.Count + (second?.Count ?? 0);
        if (total <= length) return (first, second);
        if (truncation.Strategy == TruncationStrategy.LongestFirst)
        {
            if (second is null) return (Cut(first, length), null);
            (int shorter, int longer) = first.Count <= second.Count ? (first.Count, second.Count) : (second.Count, first.Count);
            longer = shorter > length ? shorter : Math.Max(shorter, length - shorter);
            if (shorter + longer > length) (shorter, longer) = (length / 2, length / 2 + length % 2);
            return first.Count <= second.Count ? (Cut(first, shorter), Cut(second, longer)) : (Cut(first, longer), Cut(second, shorter));
        }
        bool cutsFirst = truncation.Strategy == TruncationStrategy.OnlyFirst;
        TokenEncoding target = cutsFirst ? first : second ?? throw new ArgumentException("The second text is to be truncated, but there is only one.");
        int left = target.Count - (total - length);
        if (left <= 0)
            throw new ArgumentException($"The {(cutsFirst ? "first" : "second")} text alone is to be truncated; it has {target.Count} tokens, but {total - length} are too many.");
        return cutsFirst ? (Cut(first, left), second) : (first, Cut(second!, left));
    }

    private static int PaddedLength(PaddingOptions padding, int longest)
    {
        int length = padding.Length ?? longest;
        return padding.MultipleOf > 1 && length % padding.MultipleOf > 0 ? checked(length + padding.MultipleOf - length % padding.MultipleOf) : length;
    }

    private TokenEncoding EncodeOne(string text, int typeId, EncodeOptions options)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var details = new Details(model, CharactersOfBytes(utf8), typeId);
        Workspace workspace = Rent();
        try
        {
            EncodeText(utf8, (options.Special & SpecialTokens.Parse) != 0, workspace, details);
        }
        finally
        {
            Return(workspace);
        }
        if (options.Truncation is { } truncation && (truncation.Strategy != TruncationStrategy.OnlySecond || typeId != 0))
            details.Limit(truncation.MaxLength, truncation.Side);
        return TokenEncodingParts.Of(details.Entries);
    }

    /// <summary>For each byte the number of the character that it is of, and at last the number of characters.</summary>
    private static int[] CharactersOfBytes(ReadOnlySpan<byte> utf8)
    {
        var characters = new int[utf8.Length + 1];
        int count = -1;
        for (int i = 0; i < utf8.Length; i++)
        {
            if ((utf8[i] & 0xC0) != 0x80) count++;
            characters[i] = count;
        }
        characters[^1] = count + 1;
        return characters;
    }

    /// <summary>Collects what is known of the tokens of one text.</summary>
    private sealed class Details(ITokenModel model, int[] characters, int typeId)
    {
        private readonly List<(int Start, int End)> spans = [];
        private readonly List<int> ids = [];
        private readonly List<(int Tokens, bool Added)> words = [];

        public List<TokenEncoding.Entry> Entries { get; } = [];

        public void AddPiece(PieceBuffer pieces, int index)
        {
            ids.Clear();
            spans.Clear();
            (int from, int to) = pieces.RangeOf(index);
            ReadOnlySpan<byte> piece = pieces[index];
            model.Encode(piece, ids, spans);
            for (int i = 0; i < ids.Count; i++)
            {
                (int start, int end) = pieces.Text.OriginOf(from + spans[i].Start, from + Math.Min(spans[i].End, to - from));
                bool unknown = model is UnigramModel unigram && unigram.UnknownId == ids[i];
                string token = unknown ? Encoding.UTF8.GetString(piece[spans[i].Start..spans[i].End]) : model.TokenOf(ids[i]);
                Add(ids[i], token, start, end);
            }
            words.Add((ids.Count, false));
        }

        /// <summary>Adds an added token, with the text in which it was found: that has the spaces which the token takes with it.</summary>
        public void AddToken(AddedToken token, ReadOnlySpan<byte> found, int start, int end)
        {
            Add(token.Id, Encoding.UTF8.GetString(found), start, end);
            words.Add((1, true));
        }

        /// <summary>
        /// Leaves out what lies beyond the word in which a text that is to be truncated reaches its length, as the original does:
        /// such text is in no overflowing part. Words are counted from the first that is left.
        /// </summary>
        public void Limit(int tokens, TextSide side)
        {
            int total = 0, kept = 0;
            for (int i = 0; i < words.Count; i++)
            {
                (int count, bool isAdded) = words[side == TextSide.Right ? i : words.Count - 1 - i];
                total += count;
                kept++;
                if (!isAdded && total >= tokens) break;
            }
            if (side == TextSide.Right) Entries.RemoveRange(total, Entries.Count - total);
            else
            {
                Entries.RemoveRange(0, Entries.Count - total);
                int first = words.Count - kept;
                for (int i = 0; i < Entries.Count; i++) Entries[i] = Entries[i] with { Word = Entries[i].Word - first };
            }
        }

        private void Add(int id, string token, int start, int end) =>
            Entries.Add(new TokenEncoding.Entry(id, token, characters[start], characters[end], words.Count, typeId, Special: false, Attention: true));
    }
}
