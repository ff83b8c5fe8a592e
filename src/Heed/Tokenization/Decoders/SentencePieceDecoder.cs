using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// The way back from a sentencepiece model: U+2581 becomes a space and at the front goes, control pieces are nothing, the unknown
/// piece has a text of its own, and byte pieces join to characters.
/// </summary>
internal sealed class SentencePieceDecoder(string[] controls, string unknown, string unknownSurface) : IDecoder
{
    private const string Sign = "▁";

    /// <summary>A space at the front, which encoding put there, goes.</summary>
    public bool DropsFirstSpace { get; init; } = true;

    /// <summary>Several pieces at the front may lose one, until there is text.</summary>
    public bool DropsFirstSpaces { get; init; } = true;

    /// <inheritdoc/>
    public ITokenSink Begin(ITokenSink output, bool fused) => new Sink(this, controls, unknown, unknownSurface, output);

    private sealed class Sink(SentencePieceDecoder decoder, string[] controls, string unknown, string unknownSurface, ITokenSink output) : ITokenSink
    {
        private readonly HashSet<string> controls = new(controls, StringComparer.Ordinal);
        private readonly ByteSink bytes = new();
        private bool any, dropped;

        public void Add(ReadOnlySpan<byte> token)
        {
            if (ByteTokens.Read(token) is { } value)
            {
                bytes.Add([value]);
                GiveCharacters(end: false);
                return;
            }
            GiveCharacters(end: true);
            string text = Encoding.UTF8.GetString(token);
            if (controls.Contains(text)) return;
            if (text == unknown) text = unknownSurface;
            else
            {
                if (decoder.DropsFirstSpace && !any && !dropped && text.StartsWith(Sign, StringComparison.Ordinal))
                {
                    text = text[Sign.Length..];
                    dropped = !decoder.DropsFirstSpaces;
                }
                text = text.Replace(Sign, " ", StringComparison.Ordinal);
            }
            Give(Encoding.UTF8.GetBytes(text));
        }

        public void End()
        {
            GiveCharacters(end: true);
            output.End();
        }

        /// <summary>Gives out the characters that byte pieces make; a byte that is of none becomes U+FFFD, as soon as that is certain.</summary>
        private void GiveCharacters(bool end)
        {
            int at = 0;
            while (at < bytes.Length)
            {
                OperationStatus status = Rune.DecodeFromUtf8(bytes.Bytes[at..], out _, out int length);
                if (status == OperationStatus.NeedMoreData && !end) break;
                if (status == OperationStatus.Done) Give(bytes.Bytes.Slice(at, length));
                else Give("\uFFFD"u8);
                at += status == OperationStatus.Done ? length : 1;
            }
            bytes.Remove(at);
        }

        private void Give(ReadOnlySpan<byte> text)
        {
            if (text.IsEmpty) return;
            any = true;
            output.Add(text);
        }
    }

    /// <summary>As the components of tokenizer.json that do the same, but for control and unknown pieces.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        List<IDecoder> parts = [ReplaceDecoder.OfString(Sign, " "), new ByteFallbackDecoder(), new FuseDecoder()];
        if (DropsFirstSpace) parts.Add(new StripDecoder(new Rune(' '), 1, 0));
        new SequenceDecoder(parts).Write(writer);
    }
}
