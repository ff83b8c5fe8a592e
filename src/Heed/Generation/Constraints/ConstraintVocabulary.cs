using System.Collections;
using System.Runtime.CompilerServices;
using System.Text;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>The tokens of a tokenizer as constraints need them; made once for each tokenizer. Immutable.</summary>
internal sealed class ConstraintVocabulary
{
    private const int LongestToken = 4096; // bytes; no real one comes near

    private static readonly ConditionalWeakTable<Tokenizer, ConstraintVocabulary> Known = [];

    private readonly TokenTexts texts;

    private ConstraintVocabulary(Tokenizer tokenizer)
    {
        texts = TokenTexts.Of(tokenizer);
        Size = tokenizer.VocabularySize;
        Inner = Slices(texts.Inner);
        First = texts.First == texts.Inner ? Inner : Slices(texts.First);
        Writable = WritableOf(texts);
    }

    /// <summary>Number of token ids.</summary>
    public int Size { get; }

    /// <summary>The tokens as they continue a text.</summary>
    public IReadOnlyList<TokenSlice> Inner { get; }

    /// <summary>The tokens as they begin one.</summary>
    public IReadOnlyList<TokenSlice> First { get; }

    /// <summary>Characters that tokens can write; null = all, since every byte is a token.</summary>
    public CodePointSet? Writable { get; }

    public static ConstraintVocabulary Of(Tokenizer tokenizer) => Known.GetValue(tokenizer, t => new ConstraintVocabulary(t));

    /// <summary>The bytes of a token; empty for one that writes nothing or is special.</summary>
    public ReadOnlySpan<byte> BytesOf(int id, bool first) => (uint)id < (uint)Size ? (first ? texts.First : texts.Inner)[id] : default;

    private static TokenSlice[] Slices(byte[]?[] tokens)
    {
        Dictionary<(SliceKind, int), List<(byte[], int)>> parts = [];
        for (int id = 0; id < tokens.Length; id++)
        {
            if (tokens[id] is not { Length: > 0 and <= LongestToken } text) continue;
            SliceKind kind = TokenSlice.KindOf(text);
            if (text.Length > TokenSlice.Longest) kind = SliceKind.Other;
            int longest = kind is SliceKind.Other ? 0 : text.Length <= 4 ? 4 : text.Length <= 8 ? 8 : text.Length <= 16 ? 16 : TokenSlice.Longest;
            if (!parts.TryGetValue((kind, longest), out List<(byte[], int)>? part)) parts[(kind, longest)] = part = [];
            part.Add((text, id));
        }
        return [.. parts.OrderBy(p => p.Key).Select(p => new TokenSlice(p.Key.Item1, p.Value, tokens.Length))];
    }

    private static CodePointSet? WritableOf(TokenTexts texts)
    {
        BitArray alone = new(256);
        HashSet<int> characters = [];
        foreach (byte[]? text in texts.Inner.Concat(texts.First))
        {
            if (text is null) continue;
            if (text.Length == 1) alone[text[0]] = true;
            foreach (Rune rune in Encoding.UTF8.GetString(text).EnumerateRunes()) characters.Add(rune.Value);
        }
        // The bytes that UTF-8 uses.
        if (Enumerable.Range(0, 256).All(b => alone[b] || b is 0xC0 or 0xC1 or > 0xF4)) return null;
        return CodePointSet.Of(characters.Select(c => (c, c)));
    }
}

/// <summary>What characters the tokens of a slice are made of.</summary>
internal enum SliceKind
{
    /// <summary>ASCII letters and spaces.</summary>
    Letters,

    /// <summary>ASCII letters, digits, spaces and all that is not ASCII.</summary>
    Words,

    /// <summary>Whole characters, but for control characters, <c>"</c> and <c>\</c>: what stands in a JSON string as it is.</summary>
    Plain,

    /// <summary>Any bytes.</summary>
    Other,
}

/// <summary>
/// Tokens of like characters and lengths. Where a state allows every text of such characters, all of them are allowed, and need not be walked: in the
/// middle of a string that is most of the vocabulary.
/// </summary>
internal sealed class TokenSlice
{
    /// <summary>Bytes of the longest token that is in a slice of a kind of characters.</summary>
    public const int Longest = 32;

    public TokenSlice(SliceKind kind, IReadOnlyList<(byte[] Text, int Id)> tokens, int vocabulary)
    {
        Kind = kind;
        Trie = TokenTrie.Of(tokens);
        Mask = new ulong[(vocabulary + 63) / 64];
        foreach ((_, int id) in tokens) Mask[id >> 6] |= 1UL << (id & 63);
    }

    public SliceKind Kind { get; }

    public TokenTrie Trie { get; }

    /// <summary>The tokens as bits.</summary>
    public ulong[] Mask { get; }

    /// <summary>What a token is made of.</summary>
    public static SliceKind KindOf(ReadOnlySpan<byte> text)
    {
        if (!System.Text.Unicode.Utf8.IsValid(text)) return SliceKind.Other;
        SliceKind kind = SliceKind.Letters;
        foreach (byte b in text)
        {
            while (!Has(kind, b)) kind++;
        }
        return kind;
    }

    /// <summary>Whether characters of a kind may have this byte.</summary>
    public static bool Has(SliceKind kind, byte value) => kind switch
    {
        SliceKind.Letters => value is (byte)' ' or (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z'),
        SliceKind.Words => value >= 0x80 || Has(SliceKind.Letters, value) || value is >= (byte)'0' and <= (byte)'9',
        SliceKind.Plain => value >= 0x20 && value is not ((byte)'"' or (byte)'\\' or 0x7F),
        _ => true,
    };
}
