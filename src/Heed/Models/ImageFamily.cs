using System.Text.Json;

namespace Heed.Models;

/// <summary>What a family of image models is: a map of its configuration file and a table of its weight names.</summary>
/// <param name="ModelType">The Hugging Face <c>model_type</c>.</param>
/// <param name="Architectures">The class named under <c>architectures</c> in a saved configuration, for each kind of head that the family has.</param>
/// <param name="Prefix">What stands before the names of the base model; files without it load too.</param>
/// <param name="Read">Configuration file to configuration.</param>
/// <param name="Write">Configuration to the keys of its file.</param>
/// <param name="Names">The table of weights of a configuration, Heed's name to the file's.</param>
/// <param name="Ignored">Tensors in files that the model does not need.</param>
public sealed record ImageFamily(
    string ModelType,
    IReadOnlyList<(HeadKind Head, string Class)> Architectures,
    string Prefix,
    Func<ConfigReader, ImageConfig> Read,
    Action<Utf8JsonWriter, ImageConfig> Write,
    Func<ImageConfig, IEnumerable<WeightName>> Names,
    IReadOnlyList<string> Ignored) : Family(ModelType, Architectures, Prefix, Ignored)
{
    /// <summary>A number, or the same for height and width.</summary>
    internal static (int Height, int Width) Sides(ConfigReader c, string key, int otherwise) => c.Has(key) ? c.Ints(key) switch
    {
        [int side] => (side, side),
        [int height, int width] => (height, width),
        { Count: int count } => throw c.Unsupported(key, $"one number or two (height, width) were expected, given {count}"),
    } : (otherwise, otherwise);

    /// <summary>Writes height and width as <see cref="Sides"/> reads them.</summary>
    internal static void WriteSides(Utf8JsonWriter w, string key, int height, int width)
    {
        if (height == width)
        {
            w.WriteNumber(key, height);
            return;
        }
        w.WriteStartArray(key);
        w.WriteNumberValue(height);
        w.WriteNumberValue(width);
        w.WriteEndArray();
    }
}
