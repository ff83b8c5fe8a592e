using System.Text;

namespace Heed.Tokenization;

/// <summary>
/// Decodes ids one by one as a model generates them and never gives out half a character: the bytes of an unfinished one
/// wait for the next token. All pieces joined are exactly what <see cref="Tokenizer.Decode"/> gives for all ids.
/// Not thread-safe: one stream, one decoder.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly Tokenizer tokenizer;
    private readonly bool skipSpecialTokens;
    private readonly ByteSink decoded = new();
    private ITokenSink sink;

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        (this.tokenizer, this.skipSpecialTokens) = (tokenizer, skipSpecialTokens);
        sink = tokenizer.Pipeline.Decoder.Begin(decoded, fused: false);
    }

    /// <summary>Takes the next id and returns the text that is certain now; often empty in the middle of a character.</summary>
    /// <exception cref="ArgumentException">The vocabulary has no such id.</exception>
    public string Append(int id)
    {
        ReadOnlySpan<byte> token = tokenizer.SpellingOf(id);
        if (!(skipSpecialTokens && tokenizer.IsSpecial(id))) sink.Add(token);
        return Take(decoded.Length - Utf8Text.UnfinishedLength(decoded.Bytes));
    }

    /// <summary>Ends the stream: what was held back comes out, bytes that never became a character as U+FFFD. The decoder can then be used again.</summary>
    public string Flush()
    {
        sink.End();
        string text = Take(decoded.Length);
        sink = tokenizer.Pipeline.Decoder.Begin(decoded, fused: false);
        return text;
    }

    private string Take(int length)
    {
        if (length == 0) return "";
        string text = Encoding.UTF8.GetString(decoded.Bytes[..length]);
        decoded.Remove(length);
        return text;
    }
}
