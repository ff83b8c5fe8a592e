using System.Buffers;
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
    private readonly List<int> ids = [];   // only for decoders which look at neighbours
    private int given;                     // ditto: bytes taken over from the decoded text so far
    private byte[] bytes = new byte[16];
    private int pending;

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens) =>
        (this.tokenizer, this.skipSpecialTokens) = (tokenizer, skipSpecialTokens);

    /// <summary>Takes the next id and returns the text that is certain now; often empty in the middle of a character.</summary>
    /// <exception cref="ArgumentException">The vocabulary has no such id.</exception>
    public string Append(int id)
    {
        ReadOnlySpan<byte> added;
        if (tokenizer.Pipeline.Decoder.IsPerToken) added = tokenizer.BytesOf(id, skipSpecialTokens);
        else
        {
            ids.Add(id);
            byte[] all = tokenizer.DecodeBytes([.. ids], skipSpecialTokens);
            added = all.AsSpan(Math.Min(given, all.Length));
            given = all.Length;
        }

        int length = pending + added.Length;
        if (length > bytes.Length) Array.Resize(ref bytes, Math.Max(length, 2 * bytes.Length));
        added.CopyTo(bytes.AsSpan(pending));

        int whole = length - UnfinishedLength(bytes.AsSpan(0, length));
        string text = Encoding.UTF8.GetString(bytes, 0, whole);
        bytes.AsSpan(whole, length - whole).CopyTo(bytes);
        pending = length - whole;
        return text;
    }

    /// <summary>Ends the stream: bytes that never became a character come out as U+FFFD. The decoder can then be used again.</summary>
    public string Flush()
    {
        string text = Encoding.UTF8.GetString(bytes, 0, pending);
        ids.Clear();
        (given, pending) = (0, 0);
        return text;
    }

    /// <summary>Length of a beginning of a UTF-8 character at the end of the text, which more bytes could complete.</summary>
    private static int UnfinishedLength(ReadOnlySpan<byte> utf8)
    {
        for (int length = 1; length <= Math.Min(3, utf8.Length); length++)
            if (Rune.DecodeFromUtf8(utf8[^length..], out _, out _) == OperationStatus.NeedMoreData)
                return length;
        return 0;
    }
}
