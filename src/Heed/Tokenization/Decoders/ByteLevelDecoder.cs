using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Turns tokens spelled with <see cref="ByteAlphabet"/> into their bytes; a token with any other character stands for itself.</summary>
public sealed class ByteLevelDecoder : IDecoder
{
    /// <inheritdoc/>
    public bool IsPerToken => true;

    /// <inheritdoc/>
    public bool Fuses => true;

    /// <inheritdoc/>
    public ITokenSink Begin(ITokenSink output, bool fused) => new Sink(output);

    private sealed class Sink(ITokenSink output) : ITokenSink
    {
        private byte[] bytes = new byte[64];

        public void Add(ReadOnlySpan<byte> token)
        {
            if (bytes.Length < token.Length) bytes = new byte[token.Length];
            int count = 0;
            for (int at = 0; at < token.Length;)
            {
                if (ByteAlphabet.ByteOf(Utf8Text.CodePoint(token, at, out int length)) is not { } value)
                {
                    output.Add(token);
                    return;
                }
                bytes[count++] = value;
                at += length;
            }
            output.Add(bytes.AsSpan(0, count));
        }

        public void End() => output.End();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "ByteLevel", w =>
    {
        // No effect on decoding; the values of the published GPT-2 file.
        w.WriteBoolean("add_prefix_space", true);
        w.WriteBoolean("trim_offsets", true);
        w.WriteBoolean("use_regex", true);
    });
}
