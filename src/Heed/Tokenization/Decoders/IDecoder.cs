using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Last stage, the way back: turns tokens into text. Implementations are immutable and thread-safe.</summary>
public interface IDecoder
{
    /// <summary>True when a token decodes to the same bytes wherever it stands, so that its bytes can be kept in a table.</summary>
    bool IsPerToken => false;

    /// <summary>True when it gives out one token: for what follows, all it gives are parts of one.</summary>
    bool Fuses => false;

    /// <summary>
    /// Begins one text: the result takes tokens one by one and hands on to <paramref name="output"/> what is certain by then, so
    /// that decoding a whole text and decoding a stream are the same thing.
    /// </summary>
    /// <param name="output">Takes the decoded tokens, in UTF-8 (byte-level: possibly parts of characters).</param>
    /// <param name="fused">All tokens to come are parts of one, since a decoder before has fused them.</param>
    ITokenSink Begin(ITokenSink output, bool fused);

    /// <summary>Writes the component as an object of the tokenizer.json format.</summary>
    void Write(Utf8JsonWriter writer);
}

/// <summary>Takes the tokens of one text, one after another.</summary>
public interface ITokenSink
{
    /// <summary>Takes the next token, in UTF-8.</summary>
    void Add(ReadOnlySpan<byte> token);

    /// <summary>Ends the text.</summary>
    void End();
}

/// <summary>Collects bytes.</summary>
internal sealed class ByteSink : ITokenSink
{
    private byte[] bytes = new byte[64];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, Length);

    public void Add(ReadOnlySpan<byte> token)
    {
        int end = checked(Length + token.Length);
        if (end > bytes.Length) Array.Resize(ref bytes, (int)Math.Min(Math.Max(end, 2L * bytes.Length), Array.MaxLength));
        token.CopyTo(bytes.AsSpan(Length));
        Length = end;
    }

    public void End()
    {
    }

    public void Clear() => Length = 0;

    /// <summary>Leaves the first bytes out.</summary>
    public void Remove(int count)
    {
        bytes.AsSpan(count, Length - count).CopyTo(bytes);
        Length -= count;
    }
}

/// <summary>Joins the parts of a fused token, for a decoder that must see it whole.</summary>
internal sealed class WholeSink(ITokenSink output) : ITokenSink
{
    private readonly ByteSink parts = new();
    private bool any;

    public void Add(ReadOnlySpan<byte> token)
    {
        parts.Add(token);
        any = true;
    }

    public void End()
    {
        if (any) output.Add(parts.Bytes);
        output.End();
    }

    /// <summary>The sink itself, or one that joins the parts before it.</summary>
    public static ITokenSink For(ITokenSink sink, bool fused) => fused ? new WholeSink(sink) : sink;
}
