using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>A sink that turns each token into another text by a rule.</summary>
internal sealed class MapSink(ITokenSink output, Func<string, bool, string> map) : ITokenSink
{
    private bool any;

    public void Add(ReadOnlySpan<byte> token)
    {
        string text = Encoding.UTF8.GetString(token);
        string mapped = map(text, !any);
        any = true;
        if (ReferenceEquals(text, mapped)) output.Add(token);
        else output.Add(Encoding.UTF8.GetBytes(mapped));
    }

    public void End() => output.End();
}

/// <summary>Replaces a string or the matches of a regular expression in each token ("Replace" as a decoder in tokenizer.json).</summary>
public sealed class ReplaceDecoder : IDecoder
{
    private readonly TextPattern pattern;
    private readonly byte[] content;

    private ReplaceDecoder(TextPattern pattern, string content) => (this.pattern, this.content) = (pattern, Encoding.UTF8.GetBytes(content));

    /// <summary>Replaces a string.</summary>
    public static ReplaceDecoder OfString(string text, string content) => new(TextPattern.OfString(text), content);

    /// <summary>Replaces the matches of a regular expression.</summary>
    /// <exception cref="FormatException">The expression is wrong, or has what is not supported.</exception>
    public static ReplaceDecoder OfRegex(string regex, string content) => new(TextPattern.OfRegex(regex), content);

    /// <inheritdoc/>
    public ITokenSink Begin(ITokenSink output, bool fused) => WholeSink.For(new Sink(this, output), fused);

    private sealed class Sink(ReplaceDecoder decoder, ITokenSink output) : ITokenSink
    {
        private readonly ByteSink replaced = new();

        public void Add(ReadOnlySpan<byte> token)
        {
            replaced.Clear();
            int done = 0;
            foreach ((int start, int end) in decoder.pattern.Matches(token))
            {
                replaced.Add(token[done..start]);
                replaced.Add(decoder.content);
                done = end;
            }
            replaced.Add(token[done..]);
            output.Add(replaced.Bytes);
        }

        public void End() => output.End();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ReplaceNormalizer.WriteReplace(writer, pattern, content);
}

/// <summary>The way back from WordPiece: a token with the prefix joins the one before, others stand after a space.</summary>
public sealed class WordPieceDecoder : IDecoder
{
    /// <summary>What marks a token inside a word.</summary>
    public string Prefix { get; init; } = "##";

    /// <summary>Takes away, in each token, the spaces that English does not have: before signs and endings.</summary>
    public bool CleanUp { get; init; } = true;

    /// <inheritdoc/>
    public ITokenSink Begin(ITokenSink output, bool fused) => WholeSink.For(new MapSink(output, Decode), fused);

    private string Decode(string token, bool first)
    {
        if (!first) token = token.StartsWith(Prefix, StringComparison.Ordinal) ? token[Prefix.Length..] : " " + token;
        return CleanUp ? EnglishSpaces.Clean(token) : token;
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "WordPiece", w =>
    {
        w.WriteString("prefix", Prefix);
        w.WriteBoolean("cleanup", CleanUp);
    });
}

/// <summary>The rules by which decoders of English models take spaces away.</summary>
internal static class EnglishSpaces
{
    private static readonly (string Old, string New)[] Rules =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    public static string Clean(string text)
    {
        if (!text.Contains(' ')) return text;
        foreach ((string old, string with) in Rules) text = text.Replace(old, with, StringComparison.Ordinal);
        return text;
    }
}

/// <summary>The way back from <see cref="MetaspacePreTokenizer"/>: the sign becomes a space, and in the first token goes.</summary>
public sealed class MetaspaceDecoder : IDecoder
{
    /// <summary>The sign.</summary>
    public Rune Replacement { get; init; } = new('▁');

    /// <summary>Where the sign was put in front; kept as it is in the file.</summary>
    public PrependScheme Prepend { get; init; }

    /// <summary>Has no effect here; kept for the file.</summary>
    public bool SplitWords { get; init; } = true;

    /// <inheritdoc/>
    public ITokenSink Begin(ITokenSink output, bool fused)
    {
        string sign = Replacement.ToString();
        return new MapSink(output, (token, first) => token.Replace(sign, (first || fused) && Prepend != PrependScheme.Never ? "" : " ", StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) =>
        ComponentJson.Write(writer, "Metaspace", w => MetaspacePreTokenizer.WriteFields(w, Replacement, Prepend, SplitWords));
}

/// <summary>The way back from character-level byte-pair encoding: the mark of a word's end becomes a space, and goes in the last token.</summary>
public sealed class BpeDecoder : IDecoder
{
    /// <summary>What marks a word's last token.</summary>
    public string Suffix { get; init; } = "</w>";

    /// <inheritdoc/>
    public ITokenSink Begin(ITokenSink output, bool fused) => WholeSink.For(new Sink(Suffix, output), fused);

    /// <summary>One token late, since the last one is another case.</summary>
    private sealed class Sink(string suffix, ITokenSink output) : ITokenSink
    {
        private string? held;

        public void Add(ReadOnlySpan<byte> token)
        {
            Give(" ");
            held = Encoding.UTF8.GetString(token);
        }

        public void End()
        {
            Give("");
            output.End();
        }

        private void Give(string replacement)
        {
            if (held is null) return;
            output.Add(Encoding.UTF8.GetBytes(suffix.Length == 0 ? held : held.Replace(suffix, replacement, StringComparison.Ordinal)));
            held = null;
        }
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "BPEDecoder", w => w.WriteString("suffix", Suffix));
}

/// <summary>
/// The way back from connectionist temporal classification (Graves et al. 2006): equal neighbours are one, padding goes,
/// a sign stands for the space between words.
/// </summary>
public sealed class CtcDecoder : IDecoder
{
    /// <summary>The token between two equal letters.</summary>
    public string PadToken { get; init; } = "<pad>";

    /// <summary>The token that stands for a space.</summary>
    public string WordDelimiter { get; init; } = "|";

    /// <summary>Puts the space, and takes away those that English does not have.</summary>
    public bool CleanUp { get; init; } = true;

    /// <inheritdoc/>
    public ITokenSink Begin(ITokenSink output, bool fused) => WholeSink.For(new Sink(this, output), fused);

    private sealed class Sink(CtcDecoder decoder, ITokenSink output) : ITokenSink
    {
        private string? last;

        public void Add(ReadOnlySpan<byte> token)
        {
            string text = Encoding.UTF8.GetString(token);
            if (text == last) return;
            last = text;
            if (decoder.PadToken.Length > 0) text = text.Replace(decoder.PadToken, "", StringComparison.Ordinal);
            if (decoder.CleanUp)
            {
                text = EnglishSpaces.Clean(text);
                if (decoder.WordDelimiter.Length > 0) text = text.Replace(decoder.WordDelimiter, " ", StringComparison.Ordinal);
            }
            if (text.Length > 0) output.Add(Encoding.UTF8.GetBytes(text));
        }

        public void End() => output.End();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "CTC", w =>
    {
        w.WriteString("pad_token", PadToken);
        w.WriteString("word_delimiter_token", WordDelimiter);
        w.WriteBoolean("cleanup", CleanUp);
    });
}
