using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Several decoders, one after another ("Sequence" in tokenizer.json).</summary>
public sealed class SequenceDecoder : IDecoder
{
    private readonly IDecoder[] decoders;

    /// <summary>Takes the decoders in order.</summary>
    public SequenceDecoder(IEnumerable<IDecoder> decoders)
    {
        ArgumentNullException.ThrowIfNull(decoders);
        this.decoders = [.. decoders];
        IsPerToken = this.decoders.All(d => d.IsPerToken);
        Fuses = this.decoders.Any(d => d.Fuses);
    }

    /// <summary>The decoders in order.</summary>
    public IReadOnlyList<IDecoder> Decoders => decoders;

    /// <inheritdoc/>
    public bool IsPerToken { get; }

    /// <inheritdoc/>
    public bool Fuses { get; }

    /// <inheritdoc/>
    public ITokenSink Begin(ITokenSink output, bool fused)
    {
        var fusedBefore = new bool[decoders.Length];
        for (int i = 0; i < decoders.Length; i++)
        {
            fusedBefore[i] = fused;
            fused |= decoders[i].Fuses;
        }
        for (int i = decoders.Length - 1; i >= 0; i--) output = decoders[i].Begin(output, fusedBefore[i]);
        return output;
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Sequence", w =>
    {
        w.WriteStartArray("decoders");
        foreach (IDecoder decoder in decoders) decoder.Write(w);
        w.WriteEndArray();
    });
}
