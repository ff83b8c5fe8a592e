using System.Text.Json.Nodes;
using Heed.Formats;
using Heed.Formats.Gguf;

namespace Heed.Models;

/// <summary>What an architecture reads of a file: its metadata without the name before them, and which tensors there are.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="architecture">The name that stands before its keys.</param>
/// <param name="fields">The metadata.</param>
/// <param name="shapes">The shape of a tensor, outermost first; null where there is none.</param>
/// <param name="read">The values of a tensor.</param>
internal sealed class GgufReader(string path, string architecture, GgufMetadata fields, Func<string, IReadOnlyList<long>?> shapes, Func<string, float[]> read)
{
    /// <summary>Reads a file.</summary>
    public GgufReader(GgufFile file, string architecture) : this(file.Path, architecture, file.Fields, name => file.Weights.GetValueOrDefault(name)?.Shape, name => Read(file, name))
    {
    }

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>Whether a tensor is there.</summary>
    public bool Has(string tensor) => shapes(tensor) is not null;

    /// <summary>Rows of a matrix.</summary>
    /// <exception cref="WeightFormatException">It is missing, or no matrix.</exception>
    public int Rows(string tensor) => shapes(tensor) is [> 0 and <= int.MaxValue and long rows, _] ? (int)rows : throw new WeightFormatException(path, tensor, "is missing or no matrix.");

    /// <summary>The values of a vector of a known length.</summary>
    /// <exception cref="WeightFormatException">It has another length.</exception>
    public float[] Floats(string tensor, int count) => shapes(tensor) is [long length] && length == count ? read(tensor) : throw new WeightFormatException(path, tensor, $"must have the shape [{count}].");

    /// <summary>A value of the table, as config.json would hold it; null where the file has none.</summary>
    /// <exception cref="WeightFormatException">It is missing though it must be there, or of the wrong kind.</exception>
    public JsonNode? Value(GgufKey key)
    {
        if (key.Optional && !fields.Has(Full(key.Gguf))) return null;
        if (!key.Optional && !fields.Has(Full(key.Gguf))) throw new WeightFormatException(path, null, $"metadata {WeightFormatException.Quote(Full(key.Gguf))} is missing.");
        return key.Kind switch
        {
            GgufKeyKind.Whole => Int(key.Gguf, 0),
            GgufKeyKind.Number => Number(key.Gguf, 0),
            _ => Flag(key.Gguf, false),
        };
    }

    /// <summary>A whole number; a list of equal ones, one for each block, counts as one.</summary>
    public int Int(string key, int otherwise)
    {
        if (fields.Find(Full(key)) is not { Type: GgufValueType.Array }) return fields.Get(Full(key), otherwise);
        int[] blocks = fields.Get<int[]>(Full(key));
        return blocks.Distinct().Count() == 1 ? blocks[0] : throw Unsupported(key, "blocks that differ in it are not supported");
    }

    /// <summary>A number.</summary>
    public double Number(string key, double otherwise) => fields.Get(Full(key), otherwise) is var number && double.IsFinite(number) ? number : throw Unsupported(key, "expected a number that is finite");

    /// <summary>True or false.</summary>
    public bool Flag(string key, bool otherwise) => fields.Get(Full(key), otherwise);

    /// <summary>A text.</summary>
    public string Text(string key, string otherwise) => fields.Get(Full(key), otherwise);

    /// <summary>A list of true and false; null where the key is absent.</summary>
    public bool[]? Flags(string key) => fields.TryGet(Full(key), out bool[] flags) ? flags : null;

    /// <summary>A list of texts; null where the key is absent.</summary>
    public string[]? Texts(string key) => fields.TryGet(Full(key), out string[] texts) ? texts : null;

    /// <summary>A token's id; null where the file names none, or one that is not there, as some do.</summary>
    public int? Token(string key) => fields.TryGet(Full(key), out long id) && id >= 0 && id < Rows("token_embd.weight") ? (int)id : null;

    /// <summary>Metadata that are right in form but say what Heed cannot do.</summary>
    public WeightFormatException Unsupported(string key, string detail) => new(path, null, $"metadata {WeightFormatException.Quote(Full(key))}: {detail}.");

    private string Full(string key) => GgufKeys.FullName(architecture, key);

    private static float[] Read(GgufFile file, string name)
    {
        float[] values = new float[file.Weights[name].Count];
        file.ReadFloats(name, values);
        return values;
    }
}
