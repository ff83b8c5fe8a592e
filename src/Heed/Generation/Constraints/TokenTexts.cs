using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>
/// The bytes that each token writes: those that it adds behind other text, and those that it writes as the first token of a text (a sentencepiece model's
/// first space is not written; WordPiece writes a space before all words but the first). Tokens that write nothing or are special have none.
/// </summary>
internal sealed class TokenTexts
{
    private TokenTexts(byte[]?[] first, byte[]?[] inner) => (First, Inner) = (first, inner);

    /// <summary>By id what the token writes as the first of a text; null = nothing that a constraint could allow.</summary>
    public byte[]?[] First { get; }

    /// <summary>By id what the token adds to a text; the same array as <see cref="First"/> where the place makes no difference.</summary>
    public byte[]?[] Inner { get; }

    public static TokenTexts Of(Tokenizer tokenizer)
    {
        byte[]?[] first = new byte[tokenizer.VocabularySize][], inner = first;
        IDecoder decoder = tokenizer.Pipeline.Decoder;
        if (!decoder.IsPerToken) inner = new byte[first.Length][];
        bool readsBytes = ReadsBytes(decoder);
        byte[] anchor = "a"u8.ToArray();
        int before = Decoded(decoder, anchor, null)!.Length;
        for (int id = 0; id < first.Length; id++)
        {
            if (Spelling(tokenizer, id) is not { } spelling) continue;
            if (readsBytes && ByteTokens.Read(spelling) is { } value) first[id] = inner[id] = [value];
            else
            {
                first[id] = Decoded(decoder, spelling, null);
                if (inner != first) inner[id] = Decoded(decoder, anchor, spelling)?[before..];
            }
        }
        return new TokenTexts(first, inner);
    }

    // Null for special tokens and for gaps of the vocabulary.
    private static byte[]? Spelling(Tokenizer tokenizer, int id)
    {
        if (tokenizer.IsSpecial(id)) return null;
        try
        {
            return tokenizer.SpellingOf(id).ToArray();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static byte[]? Decoded(IDecoder decoder, byte[] token, byte[]? behind)
    {
        ByteSink sink = new();
        ITokenSink stream = decoder.Begin(sink, fused: false);
        stream.Add(token);
        if (behind is not null) stream.Add(behind);
        stream.End();
        return sink.Length == 0 ? null : sink.Bytes.ToArray();
    }

    // Whether <0xE4> is the byte 0xE4: a whole character shows it.
    private static bool ReadsBytes(IDecoder decoder) => Decoded(decoder, "a"u8.ToArray(), "<0x41>"u8.ToArray()) is { } text && text.AsSpan().SequenceEqual("aA"u8);
}
