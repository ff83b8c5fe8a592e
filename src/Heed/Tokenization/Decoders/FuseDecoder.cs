using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Joins the tokens with nothing between them ("Fuse" in tokenizer.json).</summary>
public sealed class FuseDecoder : IDecoder
{
    /// <inheritdoc/>
    public bool IsPerToken => true;

    /// <inheritdoc/>
    public bool Fuses => true;

    /// <inheritdoc/>
    public ITokenSink Begin(ITokenSink output, bool fused) => output;

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Fuse");
}
