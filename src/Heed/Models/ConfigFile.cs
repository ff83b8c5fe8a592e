using System.Text.Json;

namespace Heed.Models;

/// <summary>The file <c>config.json</c> of a model folder.</summary>
internal static class ConfigFile
{
    private const long MaximumBytes = 16 << 20;

    /// <summary>The path of a folder's configuration.</summary>
    /// <exception cref="FileNotFoundException">The folder is missing.</exception>
    public static string In(string folder) =>
        Directory.Exists(folder) ? Path.Combine(folder, "config.json") : throw new FileNotFoundException($"there is no model folder {folder}", folder);

    /// <summary>Reads a configuration file; an impossible combination is reported with the file's name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">What is read of it.</param>
    /// <param name="head">The head that is wanted instead of the file's own; null = the file's.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or says what Heed does not know.</exception>
    /// <exception cref="FileNotFoundException">The file is missing.</exception>
    public static T Read<T>(string path, Func<ConfigReader, T> read, HeadKind? head = null)
    {
        FileInfo file = new(path);
        if (!file.Exists) throw new FileNotFoundException($"there is no {path}", path);
        if (file.Length > MaximumBytes) throw new InvalidDataException($"{path} has {file.Length} bytes; a configuration has at most {MaximumBytes}");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{path}: expected an object, given {document.RootElement.ValueKind}");
            return read(new ConfigReader(path, document.RootElement) { Head = head });
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not JSON: {e.Message}", e);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>A configuration file: what all families say, then <paramref name="rest"/>.</summary>
    public static byte[] Write(Family family, HeadKind head, float deviation, Action<Utf8JsonWriter> rest)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter w = new(stream, new JsonWriterOptions { Indented = true }))
        {
            w.WriteStartObject();
            w.WriteStartArray("architectures");
            w.WriteStringValue(family.Architecture(head));
            w.WriteEndArray();
            w.WriteString("model_type", family.ModelType);
            w.WriteNumber("initializer_range", Registry.Short(deviation));
            rest(w);
            w.WriteEndObject();
        }
        stream.Write("\n"u8);
        return stream.ToArray();
    }

    /// <summary>The model_type that a file names.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or names none.</exception>
    public static string ModelType(string path) => Read(path, c => c.Text("model_type"));
}
