using Heed.Formats;
using Heed.Kernels;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>
/// How the weights of one model stand in its family's file: the name table applied to the model. Loading, saving and comparing all go by it.
/// </summary>
public sealed class WeightLayout
{
    private readonly Family family;

    /// <summary>The layout of a model in its family's file.</summary>
    public WeightLayout(Transformer model)
        : this(Registry.Find(model.Config.ModelType), WeightName.Expand(Registry.Find(model.Config.ModelType).Names(model.Config), model.Config), [.. model.Weights, .. model.Constants], model.Stored)
    {
    }

    /// <summary>The layout of weights in a family's file.</summary>
    /// <param name="family">The family.</param>
    /// <param name="table">Where each weight stands; it may name more than there are.</param>
    /// <param name="weights">The weights by name.</param>
    /// <param name="stored">The weights that stay in the file.</param>
    /// <exception cref="InvalidOperationException">The table has no place for a weight.</exception>
    internal WeightLayout(Family family, IEnumerable<WeightName> table, IReadOnlyList<KeyValuePair<string, Tensor>> weights, IReadOnlyList<KeyValuePair<string, StoredWeight>>? stored = null)
    {
        this.family = family;
        Dictionary<string, WeightName> places = table.ToDictionary(w => w.Name);
        List<WeightSlot> slots = [];
        foreach ((string name, StoredWeight weight) in stored ?? [])
            Split(name, weight.Rows, $"({weight.Rows}, {weight.Columns})", at => new StoredEntry(name, weight, at));
        foreach ((string name, Tensor weight) in weights)
            Split(name, weight.Shape[0], weight.Shape.ToString(), at => new WeightEntry(name, weight, at));
        Slots = slots;
        Entries = [.. slots.OfType<WeightEntry>()];

        void Split(string name, int all, string shape, Func<WeightRows, WeightSlot> slot)
        {
            if (!places.TryGetValue(name, out WeightName? place)) throw new InvalidOperationException($"a {family.ModelType} file has no place for the weight {name} {shape}");
            int first = 0;
            foreach (WeightPart part in place.Parts)
            {
                int rows = part.Rows == 0 ? all : part.Rows;
                if (first + rows > all) throw new InvalidOperationException($"the parts of {name} do not fit its {all} rows");
                slots.Add(slot(new WeightRows(place, part, first, rows)));
                first += rows;
            }
        }
    }

    /// <summary>Every tensor of the file.</summary>
    public IReadOnlyList<WeightSlot> Slots { get; }

    /// <summary>Those that are copied into weights, in the order of the model.</summary>
    public IReadOnlyList<WeightEntry> Entries { get; }

    /// <summary>Fills the model's weights, and tells those that stay in the file where they are: the source must then stay open, and they keep it alive.</summary>
    /// <exception cref="InvalidDataException">Weights are missing, unused or misshapen: all of them are named in one message.</exception>
    public void Load(WeightSource source)
    {
        HashSet<string> unused = [.. source.Weights.Keys];
        List<string> missing = [], misshapen = [];
        List<(WeightSlot Slot, string Name)> found = [];
        foreach (WeightSlot slot in Slots)
        {
            string? name = Find(slot, source);
            if (name is null)
            {
                if (!slot.At.Place.Optional) missing.Add(slot.File);
                continue;
            }
            unused.Remove(name);
            WeightInfo info = source.Weights[name];
            if (!Fits(slot, info)) misshapen.Add($"{name} is {info.Type} [{string.Join(", ", info.Shape)}], expected floats [{string.Join(", ", slot.Shape)}]");
            else found.Add((slot, name));
        }
        unused.RemoveWhere(family.Ignores);
        if (missing.Count + unused.Count + misshapen.Count > 0)
            throw new InvalidDataException($"{source.Path}: the weights do not fit the configuration ({family.ModelType})" + List("missing", missing) + List("unused", [.. unused.Order()]) + List("misshapen", misshapen));
        foreach ((WeightSlot slot, string name) in found) (slot as WeightEntry)?.Import(source, name);
        foreach (var parts in found.Where(f => f.Slot is StoredEntry).GroupBy(f => ((StoredEntry)f.Slot).Weight))
        {
            List<object> owners = [source];
            BlockMatrix[] matrices = [.. parts.Select(p => ((StoredEntry)p.Slot).Find(source, p.Name, owners))];
            parts.Key.Hold(matrices, owners);
        }

        static string List(string what, List<string> names) =>
            names.Count == 0 ? "" : $"; {names.Count} {what}: {string.Join(", ", names.Take(20))}{(names.Count > 20 ? ", ..." : "")}";
    }

    /// <summary>
    /// Fills the weights that a file of the same body has, whatever its head: of the head those that it has in the same shape.
    /// </summary>
    /// <returns>Names of the head's weights that keep their start values.</returns>
    /// <exception cref="InvalidDataException">A weight of the body is missing or misshapen.</exception>
    public IReadOnlyList<string> LoadBody(WeightSource source)
    {
        List<string> kept = [], wrong = [];
        List<(WeightEntry Entry, string Name)> found = [];
        foreach (WeightEntry entry in Entries)
        {
            string? name = Find(entry, source);
            if (name is not null && Fits(entry, source.Weights[name])) found.Add((entry, name));
            else if (entry.Name.StartsWith("head.", StringComparison.Ordinal)) kept.Add(entry.Name);
            else if (!entry.At.Place.Optional) wrong.Add(name is null ? $"{entry.File} is missing" : $"{name} is [{string.Join(", ", source.Weights[name].Shape)}], expected [{string.Join(", ", entry.Shape)}]");
        }
        if (wrong.Count > 0) throw new InvalidDataException($"{source.Path}: the weights do not fit the configuration ({family.ModelType}): {string.Join("; ", wrong.Take(20))}{(wrong.Count > 20 ? "; ..." : "")}");
        foreach ((WeightEntry entry, string name) in found) entry.Import(source, name);
        return kept;
    }

    private string? Find(WeightSlot slot, WeightSource source) => new[] { slot.File }.Concat(slot.At.Place.OtherNames).SelectMany(Spellings).FirstOrDefault(source.Weights.ContainsKey);

    private static bool Fits(WeightSlot slot, WeightInfo info) => info.Type.IsFloat() && info.Shape.SequenceEqual(slot.Shape);

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
    public IEnumerable<IGrouping<string, WeightSlot>> Files => Slots.OrderBy(e => e.At.Part.FileRow).GroupBy(e => e.File);

    /// <summary>The file's entries, to be written.</summary>
    public IEnumerable<SafetensorsEntry> Save(WeightType type = WeightType.F32) => Files.Select(f => SafetensorsEntry.Floats(f.Key, [.. f.First().Shape], f.SelectMany(e => e.Export()).ToArray(), type));
}
