using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>
/// What a family of models is: a map of its configuration file and a table of its weight names. There is no forward here:
/// every family runs the one <see cref="Transformer"/>.
/// </summary>
/// <param name="ModelType">The Hugging Face <c>model_type</c>.</param>
/// <param name="Architecture">The class named under <c>architectures</c> in a saved configuration.</param>
/// <param name="Prefix">What stands before the names of the base model; files without it load too.</param>
/// <param name="Read">Configuration file to configuration.</param>
/// <param name="Write">Configuration to the keys of its file.</param>
/// <param name="Names">The table of weights of a configuration, Heed's name to the file's.</param>
/// <param name="Ignored">Endings of tensors in files that are no weights (buffers).</param>
public sealed record ModelFamily(
    string ModelType,
    string Architecture,
    string Prefix,
    Func<ConfigReader, TransformerConfig> Read,
    Action<Utf8JsonWriter, TransformerConfig> Write,
    Func<TransformerConfig, IEnumerable<WeightName>> Names,
    IReadOnlyList<string> Ignored);

/// <summary>One weight of the model and where it stands in the file.</summary>
/// <param name="Name">Heed's name; <c>{0}</c> is the block's number.</param>
/// <param name="Parts">The file's tensors, stacked along the rows of Heed's weight.</param>
/// <param name="Transposed">The file holds (in, out), Heed (out, in).</param>
public sealed record WeightName(string Name, IReadOnlyList<WeightPart> Parts, bool Transposed = false)
{
    /// <summary>A weight that is one tensor of the file.</summary>
    public WeightName(string name, string file, bool transposed = false) : this(name, [new WeightPart(file, 0)], transposed)
    {
    }

    /// <summary>The entry of block <paramref name="layer"/>.</summary>
    public WeightName ForLayer(int layer) =>
        new(string.Format(null, Name, layer), [.. Parts.Select(p => p with { File = string.Format(null, p.File, layer) })], Transposed);

    /// <summary>The table with its block entries (those with <c>{0}</c>) repeated for every block.</summary>
    public static IEnumerable<WeightName> Expand(IEnumerable<WeightName> table, int depth) =>
        table.SelectMany(w => w.Name.Contains("{0}", StringComparison.Ordinal) ? Enumerable.Range(0, depth).Select(w.ForLayer) : [w]);
}

/// <summary>A tensor of the file that holds some rows of a weight.</summary>
/// <param name="File">Its name in the file.</param>
/// <param name="Rows">How many rows it has; 0 = all of the weight.</param>
public sealed record WeightPart(string File, int Rows);
