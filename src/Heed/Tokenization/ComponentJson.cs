using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Writes the objects of components: their type, and the fields that each adds.</summary>
internal static class ComponentJson
{
    public static void Write(Utf8JsonWriter writer, string type, Action<Utf8JsonWriter>? fields = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("type", type);
        fields?.Invoke(writer);
        writer.WriteEndObject();
    }
}
