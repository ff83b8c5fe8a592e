using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Joins the tokens with spaces: what a tokenizer.json without a decoder asks for.</summary>
public sealed class SpacedDecoder : IDecoder
{
    /// <inheritdoc/>
    public ITokenSink Begin(ITokenSink output, bool fused) => new Sink(output);

    private sealed class Sink(ITokenSink output) : ITokenSink
    {
        private bool any;

        public void Add(ReadOnlySpan<byte> token)
        {
            if (any) output.Add(" "u8);
            any = true;
            output.Add(token);
        }

        public void End() => output.End();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteNullValue();
    }
}
