using Heed.Formats;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>
/// How the weights of one model stand in its family's file: the name table applied to the model. Loading, saving and comparing all go by it.
/// </summary>
public sealed class WeightLayout
{
    private readonly Transformer model;
    private readonly ModelFamily family;

    /// <summary>A tensor of the file: some rows of a weight of the model.</summary>
    /// <param name="File">Its name in the file.</param>
    /// <param name="Name">The model's name of the weight.</param>
    /// <param name="Weight">The weight.</param>
    /// <param name="FirstRow">First row of the weight (first element, where it is a vector).</param>
    /// <param name="Rows">Rows (elements, where it is a vector).</param>
    /// <param name="Transposed">The file holds (in, out).</param>
    public sealed record Entry(string File, string Name, Tensor Weight, int FirstRow, int Rows, bool Transposed)
    {
        private int RowSize => Weight.Shape.Rank == 1 ? 1 : Weight.Columns;

        /// <summary>Its shape in the file.</summary>
        public long[] Shape => Weight.Shape.Rank == 1 ? [Rows] : Transposed ? [Weight.Columns, Rows] : [Rows, Weight.Columns];

        /// <summary>Its elements in the order of the file, taken from the weight or from a tensor of the same shape (a gradient, a moment).</summary>
        public float[] Export(Tensor? from = null)
        {
            ReadOnlySpan<float> rows = (from ?? Weight).Span.Slice(checked(FirstRow * RowSize), checked(Rows * RowSize));
            return Transposed ? Transpose(rows, Rows, RowSize) : rows.ToArray();
        }

        /// <summary>Fills the weight's rows from elements in the order of the file.</summary>
        public void Import(WeightSource source, string name)
        {
            Span<float> rows = Weight.Span.Slice(checked(FirstRow * RowSize), checked(Rows * RowSize));
            if (!Transposed)
            {
                source.ReadFloats(name, rows);
                return;
            }
            float[] values = new float[rows.Length];
            source.ReadFloats(name, values);
            Transpose(values, RowSize, Rows).CopyTo(rows);
        }

        private static float[] Transpose(ReadOnlySpan<float> values, int rows, int columns)
        {
            float[] result = new float[values.Length];
            const int tile = 32; // both sides of a tile stay in the cache
            for (int r0 = 0; r0 < rows; r0 += tile)
                for (int c0 = 0; c0 < columns; c0 += tile)
                    for (int r = r0; r < Math.Min(rows, r0 + tile); r++)
                        for (int c = c0; c < Math.Min(columns, c0 + tile); c++)
                            result[c * rows + r] = values[r * columns + c];
            return result;
        }
    }

    /// <summary>The layout of a model in its family's file.</summary>
    public WeightLayout(Transformer model)
    {
        this.model = model;
        family = Registry.Find(model.Config.ModelType);
        Dictionary<string, WeightName> table = WeightName.Expand(family.Names(model.Config), model.Config.Decoder.Depth).ToDictionary(w => w.Name);
        List<Entry> entries = [];
        foreach ((string name, Tensor weight) in model.Weights)
        {
            if (!table.TryGetValue(name, out WeightName? place)) throw new InvalidOperationException($"a {family.ModelType} file has no place for the weight {name} {weight.Shape}");
            int first = 0;
            foreach (WeightPart part in place.Parts)
            {
                int all = weight.Shape[0], rows = part.Rows == 0 ? all : part.Rows;
                if (first + rows > all) throw new InvalidOperationException($"the parts of {name} do not fit its {all} rows");
                entries.Add(new Entry(part.File, name, weight, first, rows, place.Transposed && weight.Shape.Rank == 2));
                first += rows;
            }
        }
        Entries = entries;
    }

    /// <summary>Every tensor of the file, in the order of the model.</summary>
    public IReadOnlyList<Entry> Entries { get; }

    /// <summary>Fills the model's weights.</summary>
    /// <exception cref="InvalidDataException">Weights are missing, unused or misshapen: all of them are named in one message.</exception>
    public void Load(WeightSource source)
    {
        HashSet<string> unused = [.. source.Weights.Keys];
        List<string> missing = [], misshapen = [];
        List<(Entry, string)> found = [];
        foreach (Entry entry in Entries)
        {
            string bare = entry.File.StartsWith(family.Prefix, StringComparison.Ordinal) ? entry.File[family.Prefix.Length..] : entry.File;
            string name = source.Weights.ContainsKey(entry.File) ? entry.File : bare;
            if (!source.Weights.TryGetValue(name, out WeightInfo? info))
            {
                missing.Add(entry.File);
                continue;
            }
            unused.Remove(name);
            if (!info.Type.IsFloat() || !info.Shape.SequenceEqual(entry.Shape)) misshapen.Add($"{name} is {info.Type} [{string.Join(", ", info.Shape)}], expected floats [{string.Join(", ", entry.Shape)}]");
            else found.Add((entry, name));
        }
        unused.RemoveWhere(name => family.Ignored.Any(end => name.EndsWith(end, StringComparison.Ordinal)) || (model.Config.TieEmbeddings && name == "lm_head.weight"));
        if (missing.Count + unused.Count + misshapen.Count > 0)
            throw new InvalidDataException($"{source.Path}: the weights do not fit the configuration ({family.ModelType})" + List("missing", missing) + List("unused", [.. unused.Order()]) + List("misshapen", misshapen));
        foreach ((Entry entry, string name) in found) entry.Import(source, name);

        static string List(string what, List<string> names) =>
            names.Count == 0 ? "" : $"; {names.Count} {what}: {string.Join(", ", names.Take(20))}{(names.Count > 20 ? ", ..." : "")}";
    }

    /// <summary>The file's entries, to be written.</summary>
    public IEnumerable<SafetensorsEntry> Save() => Entries.Select(e => SafetensorsEntry.Floats(e.File, e.Shape, e.Export()));
}
