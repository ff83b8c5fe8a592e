using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Takes a few equal characters away from the ends of each token ("Strip" as a decoder in tokenizer.json).</summary>
public sealed class StripDecoder : IDecoder
{
    private readonly byte[] content;

    /// <summary>Says what to take away.</summary>
    /// <param name="content">The character.</param>
    /// <param name="start">How many at most at the front.</param>
    /// <param name="stop">How many at most at the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public StripDecoder(Rune content, int start, int stop)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(stop);
        this.content = Encoding.UTF8.GetBytes(content.ToString());
        (Content, Start, Stop) = (content, start, stop);
    }

    /// <summary>The character taken away.</summary>
    public Rune Content { get; }

    /// <summary>How many at most at the front.</summary>
    public int Start { get; }

    /// <summary>How many at most at the end.</summary>
    public int Stop { get; }

    /// <inheritdoc/>
    public ITokenSink Begin(ITokenSink output, bool fused) =>
        fused && Stop == 0 ? new FrontSink(this, output) : WholeSink.For(new Sink(this, output), fused);

    private ReadOnlySpan<byte> TrimFront(ReadOnlySpan<byte> token, int most, out int taken)
    {
        for (taken = 0; taken < most && token.StartsWith(content); taken++) token = token[content.Length..];
        return token;
    }

    private sealed class Sink(StripDecoder decoder, ITokenSink output) : ITokenSink
    {
        public void Add(ReadOnlySpan<byte> token)
        {
            token = decoder.TrimFront(token, decoder.Start, out _);
            for (int n = 0; n < decoder.Stop && token.EndsWith(decoder.content); n++) token = token[..^decoder.content.Length];
            output.Add(token);
        }

        public void End() => output.End();
    }

    /// <summary>The front of one long token that comes in parts.</summary>
    private sealed class FrontSink(StripDecoder decoder, ITokenSink output) : ITokenSink
    {
        private int left = decoder.Start;

        public void Add(ReadOnlySpan<byte> part)
        {
            part = decoder.TrimFront(part, left, out int taken);
            left = part.IsEmpty ? left - taken : 0;
            if (!part.IsEmpty) output.Add(part);
        }

        public void End() => output.End();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Strip", w =>
    {
        w.WriteString("content", Content.ToString());
        w.WriteNumber("start", Start);
        w.WriteNumber("stop", Stop);
    });
}
