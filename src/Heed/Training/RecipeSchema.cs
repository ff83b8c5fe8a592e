using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Heed.Training;

/// <summary>The description of a recipe's keys for editors and readers, made from the same table that reads and checks recipes.</summary>
public static class RecipeSchema
{
    /// <summary>The JSON Schema (draft 2020-12) of a recipe, with descriptions, defaults, choices and ranges; ends with a line feed.</summary>
    /// <remarks>A recipe that names it in a "$schema" key gets completion and checking in an editor.</remarks>
    public static string Write() => RecipeJson.Write(indented: true, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
        writer.WriteString("title", "Heed recipe");
        writer.WriteString("description", "One run: data + algorithm + compute.");
        RecipeKeys.Recipe.WriteSchema(writer, root: true);
        writer.WriteEndObject();
    }) + "\n";

    /// <summary>All keys as a Markdown table: key, default, accepted values, meaning; ends with a line feed.</summary>
    public static string WriteMarkdown()
    {
        var rows = new StringBuilder("| key | default | accepted | meaning |\n|---|---|---|---|\n");
        RecipeKeys.Recipe.WriteRows(rows, "");
        return rows.ToString();
    }
}

/// <summary>Writes JSON texts the same way everywhere: two spaces, line feeds, letters of any language as they are.</summary>
internal static class RecipeJson
{
    public static string Write(bool indented, Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = indented, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            write(writer);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
