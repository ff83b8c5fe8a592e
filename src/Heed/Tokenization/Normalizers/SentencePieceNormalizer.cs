using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// The normaliser inside a sentencepiece model: the longest rule that fits replaces text, extra spaces go, spaces become U+2581,
/// and one stands before the text. User-defined pieces stay as they are.
/// </summary>
internal sealed class SentencePieceNormalizer : INormalizer
{
    private readonly Charsmap? charsmap;
    private readonly bool[] plain = new bool[256];   // ASCII characters that no rule of ASCII begins with, other than spaces
    private readonly ByteTrie? userDefined;

    /// <exception cref="FormatException">The rules are damaged.</exception>
    public SentencePieceNormalizer(byte[] charsmap, IReadOnlyList<string> userDefined)
    {
        this.charsmap = charsmap.Length == 0 ? null : new Charsmap(charsmap);
        bool[] rules = this.charsmap?.AsciiRules() ?? new bool[128];
        // Between plain characters a space is written without asking the rules.
        for (int b = 1; b < 128; b++) plain[b] = b != ' ' && !rules[b] && !rules[' '];
        if (userDefined.Count == 0) return;
        this.userDefined = ByteTrie.OfTokens(userDefined.Select((text, i) => (i, text)));
        foreach (string text in userDefined)
            if (text[0] < 128)
                plain[text[0]] = false;
    }

    /// <summary>Puts a space before the text (`add_dummy_prefix`).</summary>
    public bool DummyPrefix { get; init; } = true;

    /// <summary>Spaces at the ends go, and several in a row become one (`remove_extra_whitespaces`).</summary>
    public bool RemoveExtraSpaces { get; init; } = true;

    /// <summary>A space becomes U+2581 (`escape_whitespaces`).</summary>
    public bool EscapeSpaces { get; init; } = true;

    /// <summary>The space of <see cref="DummyPrefix"/> goes behind the text (`treat_whitespace_as_suffix`).</summary>
    public bool SuffixSpace { get; init; }

    /// <summary>The rules as the file has them; empty: none.</summary>
    internal ReadOnlyMemory<byte> Rules => charsmap?.Data;

    private ReadOnlySpan<byte> Space => EscapeSpaces ? "▁"u8 : " "u8;

    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        ReadOnlySpan<byte> source = text.Bytes;
        text.Begin();
        int at = 0;
        if (RemoveExtraSpaces)
            while (at < source.Length && Prefix(source[at..], out int length).SequenceEqual(" "u8))
            {
                text.Drop(length);
                at += length;
            }
        if (at < source.Length && DummyPrefix && !SuffixSpace) text.InsertBefore(Space);
        bool afterSpace = RemoveExtraSpaces;
        bool any = at < source.Length;
        while (at < source.Length)
        {
            text.CopyWords(plain, Space);
            if (text.Read > at)
            {
                at = text.Read;
                afterSpace = false;
                continue;
            }
            ReadOnlySpan<byte> replacement = Prefix(source[at..], out int length);
            bool same = length == replacement.Length && source.Slice(at, length).SequenceEqual(replacement);
            while (afterSpace && replacement.StartsWith(" "u8))
            {
                replacement = replacement[1..];
                same = false;
            }
            if (!replacement.IsEmpty)
            {
                if (same && !replacement.Contains((byte)' ')) text.Copy(length);
                else
                {
                    Write(text, replacement);
                    text.Drop(length);
                }
                afterSpace = RemoveExtraSpaces && replacement[^1] == ' ';
            }
            else text.Drop(length);
            if (!RemoveExtraSpaces) afterSpace = false;
            at += length;
        }
        if (RemoveExtraSpaces && any) text.CutBack(Space);
        if (any && DummyPrefix && SuffixSpace) text.Insert(Space);
        text.Commit();
    }

    private void Write(AlignedText text, ReadOnlySpan<byte> replacement)
    {
        while (!replacement.IsEmpty)
        {
            int space = replacement.IndexOf((byte)' ');
            int length = space < 0 ? replacement.Length : space;
            text.InsertBefore(replacement[..length]);
            if (space < 0) return;
            text.InsertBefore(Space);
            replacement = replacement[(space + 1)..];
        }
    }

    /// <summary>What the next characters become, and how many bytes of the text they are.</summary>
    private ReadOnlySpan<byte> Prefix(ReadOnlySpan<byte> text, out int length)
    {
        if (userDefined is not null && userDefined.Longest(ByteTrie.Root, text, out length) >= 0) return text[..length];
        if (charsmap is not null)
        {
            ReadOnlySpan<byte> replacement = charsmap.Find(text, shortest: false, out length);
            if (length > 0) return replacement;
        }
        length = Math.Min(Utf8Text.Length(text[0]), text.Length);
        return text[..length];
    }

    /// <summary>As the components of tokenizer.json that do the same, but for a few rare characters.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        var parts = new List<INormalizer>();
        if (charsmap is not null) parts.Add(new PrecompiledNormalizer(charsmap));
        if (RemoveExtraSpaces)
        {
            parts.Add(new StripNormalizer());
            parts.Add(ReplaceNormalizer.OfRegex(" {2,}", " "));
        }
        string space = Encoding.UTF8.GetString(Space);
        if (DummyPrefix) parts.Add(SuffixSpace ? ReplaceNormalizer.OfRegex(@"\z", space) : new PrependNormalizer(space));
        if (EscapeSpaces) parts.Add(ReplaceNormalizer.OfString(" ", space));
        new SequenceNormalizer(parts).Write(writer);
    }
}
