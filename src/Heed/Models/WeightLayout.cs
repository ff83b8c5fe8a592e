using Heed.Formats;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>
/// How the weights of one model stand in its family's file: the name table applied to the model. Loading, saving and comparing all go by it.
/// </summary>
public sealed class WeightLayout
{
    private readonly Family family;

    /// <summary>A tensor of the file: some rows of a weight of the model.</summary>
    /// <param name="File">Its name in the file.</param>
    /// <param name="Name">The model's name of the weight.</param>
    /// <param name="Weight">The weight.</param>
    /// <param name="FirstRow">First row of the weight (first element, where it is a vector).</param>
    /// <param name="Rows">Rows (elements, where it is a vector).</param>
    /// <param name="Place">Its line of the name table.</param>
    /// <param name="Part">The rows of the file's tensor that it is, where that holds those of other weights too.</param>
    public sealed record Entry(string File, string Name, Tensor Weight, int FirstRow, int Rows, WeightName Place, WeightPart Part)
    {
        private bool IsVector => Weight.Shape.Rank == 1;

        private bool Transposed => Place.Transposed && !IsVector;

        private int RowSize => IsVector ? 1 : Weight.Columns;

        /// <summary>Whether the file's tensor holds these rows, and no others, as the model does: then they can be used where they lie.</summary>
        public bool IsStoredAsHeld => !Transposed && Place is { InterleavedHeads: 0, FileOffset: 0 } && Part is { FileRows: 0, PairedRows: 0 };

        private int FileRows => Part.FileRows == 0 ? Rows : Part.FileRows;

        /// <summary>The shape of the file's tensor.</summary>
        public IReadOnlyList<long> Shape => Place.FileShape ?? (IsVector ? [FileRows] : Transposed ? [Weight.Columns, FileRows] : [FileRows, Weight.Columns]);

        /// <summary>Its elements in the order of the model.</summary>
        public ReadOnlySpan<float> Held => Weight.Span.Slice(checked(FirstRow * RowSize), checked(Rows * RowSize));

        /// <summary>Its elements in the order of the file, taken from the weight or from a tensor of the same shape (a gradient, a moment).</summary>
        public float[] Export(Tensor? from = null)
        {
            ReadOnlySpan<float> rows = (from ?? Weight).Span.Slice(checked(FirstRow * RowSize), checked(Rows * RowSize));
            if (Transposed) return Transpose(rows, Rows, RowSize);
            float[] values = rows.ToArray();
            if (Place.InterleavedHeads > 0) Reorder(rows, values, toFile: true);
            if (Part.PairedRows > 0) Pair(rows, values, toFile: true);
            if (Place.FileOffset != 0) Shift(values, Place.FileOffset);
            return values;
        }

        /// <summary>Fills the weight's rows from elements in the order of the file.</summary>
        public void Import(WeightSource source, string name)
        {
            Span<float> rows = Weight.Span.Slice(checked(FirstRow * RowSize), checked(Rows * RowSize));
            if (IsStoredAsHeld)
            {
                source.ReadFloats(name, rows);
                return;
            }
            float[] values = new float[checked(FileRows * RowSize)];
            source.ReadFloats(name, values);
            if (Part.FileRows > 0)
            {
                values.AsSpan(Part.FileRow * RowSize, rows.Length).CopyTo(rows);
                return;
            }
            if (Place.FileOffset != 0) Shift(values, -Place.FileOffset);
            if (Transposed) Transpose(values, RowSize, Rows).CopyTo(rows);
            else if (Place.InterleavedHeads > 0) Reorder(values, rows, toFile: false);
            else if (Part.PairedRows > 0) Pair(values, rows, toFile: false);
            else values.CopyTo(rows);
        }

        // Heed: (query | key | value, head, column). File: (head, query | key | value, column).
        private void Reorder(ReadOnlySpan<float> from, Span<float> to, bool toFile)
        {
            int heads = Place.InterleavedHeads, size = from.Length / (3 * heads);
            for (int part = 0; part < 3; part++)
                for (int head = 0; head < heads; head++)
                {
                    int heed = (part * heads + head) * size, file = (head * 3 + part) * size;
                    from.Slice(toFile ? heed : file, size).CopyTo(to[(toFile ? file : heed)..]);
                }
        }

        // Heed: (head, half, pair). File: (head, pair, half).
        private void Pair(ReadOnlySpan<float> from, Span<float> to, bool toFile)
        {
            int size = Part.PairedRows, half = size / 2;
            for (int row = 0; row < Rows; row++)
            {
                int head = row / size * size, place = row % size, file = head + place % half * 2 + place / half;
                from.Slice((toFile ? row : file) * RowSize, RowSize).CopyTo(to[((toFile ? file : row) * RowSize)..]);
            }
        }

        private static void Shift(Span<float> values, float offset)
        {
            foreach (ref float value in values) value += offset;
        }

        private static float[] Transpose(ReadOnlySpan<float> values, int rows, int columns)
        {
            float[] result = new float[values.Length];
            Kernels.Transpose.Copy(rows, columns, values, result);
            return result;
        }
    }

    /// <summary>The layout of a model in its family's file.</summary>
    public WeightLayout(Transformer model)
        : this(Registry.Find(model.Config.ModelType), WeightName.Expand(Registry.Find(model.Config.ModelType).Names(model.Config), model.Config), [.. model.Weights, .. model.Constants])
    {
    }

    /// <summary>The layout of weights in a family's file.</summary>
    /// <param name="family">The family.</param>
    /// <param name="table">Where each weight stands; it may name more than there are.</param>
    /// <param name="weights">The weights by name.</param>
    /// <exception cref="InvalidOperationException">The table has no place for a weight.</exception>
    internal WeightLayout(Family family, IEnumerable<WeightName> table, IReadOnlyList<KeyValuePair<string, Tensor>> weights)
    {
        this.family = family;
        Dictionary<string, WeightName> places = table.ToDictionary(w => w.Name);
        List<Entry> entries = [];
        foreach ((string name, Tensor weight) in weights)
        {
            if (!places.TryGetValue(name, out WeightName? place)) throw new InvalidOperationException($"a {family.ModelType} file has no place for the weight {name} {weight.Shape}");
            int first = 0;
            foreach (WeightPart part in place.Parts)
            {
                int all = weight.Shape[0], rows = part.Rows == 0 ? all : part.Rows;
                if (first + rows > all) throw new InvalidOperationException($"the parts of {name} do not fit its {all} rows");
                entries.Add(new Entry(part.File, name, weight, first, rows, place, part));
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
            string? name = new[] { entry.File }.Concat(entry.Place.OtherNames).SelectMany(Spellings).FirstOrDefault(source.Weights.ContainsKey);
            if (name is null)
            {
                if (!entry.Place.Optional) missing.Add(entry.File);
                continue;
            }
            unused.Remove(name);
            WeightInfo info = source.Weights[name];
            if (!info.Type.IsFloat() || !info.Shape.SequenceEqual(entry.Shape)) misshapen.Add($"{name} is {info.Type} [{string.Join(", ", info.Shape)}], expected floats [{string.Join(", ", entry.Shape)}]");
            else found.Add((entry, name));
        }
        unused.RemoveWhere(family.Ignores);
        if (missing.Count + unused.Count + misshapen.Count > 0)
            throw new InvalidDataException($"{source.Path}: the weights do not fit the configuration ({family.ModelType})" + List("missing", missing) + List("unused", [.. unused.Order()]) + List("misshapen", misshapen));
        foreach ((Entry entry, string name) in found) entry.Import(source, name);

        static string List(string what, List<string> names) =>
            names.Count == 0 ? "" : $"; {names.Count} {what}: {string.Join(", ", names.Take(20))}{(names.Count > 20 ? ", ..." : "")}";
    }

    // The name itself, then without the prefix of the headed model or with it, each also as TensorFlow called the weights of norms.
    private IEnumerable<string> Spellings(string name)
    {
        string other = name.StartsWith(family.Prefix, StringComparison.Ordinal) ? name[family.Prefix.Length..] : family.Prefix + name;
        foreach (string spelling in (string[])[name, other])
        {
            yield return spelling;
            if (spelling.EndsWith("LayerNorm.weight", StringComparison.Ordinal)) yield return spelling[..^"weight".Length] + "gamma";
            if (spelling.EndsWith("LayerNorm.bias", StringComparison.Ordinal)) yield return spelling[..^"bias".Length] + "beta";
        }
    }

    /// <summary>The file's tensors with the entries that each is made of, in the order of its rows.</summary>
    public IEnumerable<IGrouping<string, Entry>> Files => Entries.OrderBy(e => e.Part.FileRow).GroupBy(e => e.File);

    /// <summary>The file's entries, to be written.</summary>
    public IEnumerable<SafetensorsEntry> Save() => Files.Select(f => SafetensorsEntry.Floats(f.Key, [.. f.First().Shape], f.SelectMany(e => e.Export()).ToArray()));
}
