using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Puts a text in front; an empty text stays empty.</summary>
public sealed class PrependNormalizer(string prefix) : INormalizer
{
    private readonly byte[] prefix = Encoding.UTF8.GetBytes(prefix);

    /// <summary>The text put in front.</summary>
    public string Prefix => Encoding.UTF8.GetString(prefix);

    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0) return;
        text.Begin();
        text.InsertBefore(prefix);
        text.Copy(text.Length);
        text.Commit();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Prepend", w => w.WriteString("prepend", Prefix));
}
