using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Spells every byte of the text with <see cref="ByteAlphabet"/> ("ByteLevel" as a normalizer in tokenizer.json).</summary>
public sealed class ByteLevelNormalizer : INormalizer
{
    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        text.Begin();
        for (int at = 0; at < text.Length; at++) text.PutByte(ByteAlphabet.ToCharacter(text.Bytes[at]));
        text.Commit();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "ByteLevel");
}
