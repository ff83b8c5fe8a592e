using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// Turns runs of byte tokens (<c>&lt;0xE7&gt;</c>) into their text; a run that is no UTF-8 becomes one U+FFFD for each byte,
/// so nothing of a run can be given out before it ends.
/// </summary>
public sealed class ByteFallbackDecoder : IDecoder
{
    /// <inheritdoc/>
    public ITokenSink Begin(ITokenSink output, bool fused) => WholeSink.For(new Sink(output), fused);

    private sealed class Sink(ITokenSink output) : ITokenSink
    {
        private readonly List<byte> run = [];

        public void Add(ReadOnlySpan<byte> token)
        {
            if (ByteTokens.Read(token) is { } value)
            {
                run.Add(value);
                return;
            }
            EndRun();
            output.Add(token);
        }

        public void End()
        {
            EndRun();
            output.End();
        }

        private void EndRun()
        {
            if (run.Count == 0) return;
            ReadOnlySpan<byte> bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(run);
            if (System.Text.Unicode.Utf8.IsValid(bytes)) output.Add(bytes);
            else
                for (int i = 0; i < run.Count; i++)
                    output.Add("\uFFFD"u8);
            run.Clear();
        }
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "ByteFallback");
}
