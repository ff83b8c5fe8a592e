using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>The clean-up of sentencepiece's nmt rules: control characters go, and several kinds of separators become spaces.</summary>
public sealed class NmtNormalizer : INormalizer
{
    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        CharacterFilter.Apply(text, static code => code switch
        {
            >= 0x01 and <= 0x08 or 0x0B or >= 0x0E and <= 0x1F or 0x7F or 0x8F or 0x9F => -1,
            0x09 or 0x0A or 0x0C or 0x0D or 0x1680 or >= 0x200B and <= 0x200F or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => ' ',
            _ => code,
        });
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Nmt");
}
