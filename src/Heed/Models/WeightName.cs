namespace Heed.Models;

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

    /// <summary>Where the file goes head by head, each head's rows of query, key and value together (GPT-NeoX): the number of heads; 0 = as Heed does, all queries, all keys, all values.</summary>
    public int InterleavedHeads { get; init; }

    /// <summary>What the file's values are larger by: 1 where Heed's weight of a norm counts from 1 and the file's from 0.</summary>
    public float FileOffset { get; init; }

    /// <summary>The shape in the file, where it has more dimensions than Heed's weight and the same elements in the same order (convolutions, rows).</summary>
    public IReadOnlyList<long>? FileShape { get; init; }

    /// <summary>Other names that files have for it.</summary>
    public IReadOnlyList<string> OtherNames { get; init; } = [];

    /// <summary>Whether a file may lack it; the model's start value then stays.</summary>
    public bool Optional { get; init; }

    /// <summary>The entry of block <paramref name="layer"/>.</summary>
    public WeightName ForLayer(int layer) => this with
    {
        Name = string.Format(null, Name, layer),
        Parts = [.. Parts.Select(p => p with { File = string.Format(null, p.File, layer) })],
    };

    /// <summary>The table with its block entries (those with <c>{0}</c>) repeated for every block of their stack.</summary>
    public static IEnumerable<WeightName> Expand(IEnumerable<WeightName> table, TransformerConfig config) =>
        table.SelectMany(w => w.Name.Contains("{0}", StringComparison.Ordinal) ? Enumerable.Range(0, Depth(w.Name, config)).Select(w.ForLayer) : [w]);

    private static int Depth(string name, TransformerConfig config) =>
        (name.StartsWith("encoder.", StringComparison.Ordinal) ? config.Encoder : name.StartsWith("decoder.", StringComparison.Ordinal) ? config.Decoder : config.Main)?.Depth ?? 0;
}

/// <summary>A tensor of the file that holds some rows of a weight.</summary>
/// <param name="File">Its name in the file.</param>
/// <param name="Rows">How many rows of the weight it has; 0 = all of them.</param>
/// <param name="FileRow">The row of the file's tensor at which they stand.</param>
/// <param name="FileRows">Rows of the file's tensor, where it holds those of other weights too (PyTorch's <c>in_proj_weight</c>); 0 = these alone.</param>
/// <param name="PairedRows">Rows of a head, where the file has next to each other the two rows that rotate together and Heed half a head apart (GGUF's LLaMA); 0 = the file has them as Heed does.</param>
/// <param name="HalvedRows">The other way round: the model has such rows next to each other (it was opened from GGUF), the file half a head apart.</param>
public sealed record WeightPart(string File, int Rows, int FileRow = 0, int FileRows = 0, int PairedRows = 0, int HalvedRows = 0);
