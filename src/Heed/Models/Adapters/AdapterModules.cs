using Heed.Formats;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>The modules that an adapter replaces whole: its values stand in the model's weights while it is attached, and the model's own are kept aside.</summary>
internal sealed class AdapterModules
{
    private readonly List<Replaced> replaced;

    private AdapterModules(List<Replaced> replaced) => this.replaced = replaced;

    private sealed class Replaced(WeightName place, Tensor weight)
    {
        private readonly Tensor aside = Tensor.Persistent(weight.Shape); // the adapter's values, or the model's own while it is in

        /// <summary>Where the model's file has the weight.</summary>
        public IReadOnlyList<WeightPart> Places => place.Parts;

        /// <summary>Where the adapter's file has it.</summary>
        public WeightName Line { get; } = place with { Name = Adapter.Key(place.Parts[0].File), Parts = [.. place.Parts.Select(p => p with { File = Adapter.Key(p.File) })], OtherNames = [] };

        public bool In { get; private set; }

        /// <summary>Where the adapter's values are.</summary>
        public Tensor Values => In ? weight : aside;

        public void CopyOwn() => weight.Span.CopyTo(aside.Span);

        public void Swap()
        {
            float[] other = weight.ToArray();
            aside.Span.CopyTo(weight.Span);
            other.CopyTo(aside.Span);
            In = !In;
        }
    }

    /// <summary>The lines of the adapter's file.</summary>
    public IEnumerable<WeightName> Lines => replaced.Select(r => r.Line);

    /// <summary>The adapter's values by name.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Weights => replaced.Select(r => new KeyValuePair<string, Tensor>(r.Line.Name, r.Values));

    /// <summary>A weight that both replace; null = none.</summary>
    public string? Shared(AdapterModules other) => replaced.Select(r => r.Line.Name).Intersect(other.replaced.Select(r => r.Line.Name)).FirstOrDefault();

    /// <summary>Modules that a configuration names, with the values that the model has.</summary>
    /// <exception cref="ArgumentException">The model has no such module, or it stays in its file, or is a part of a larger matrix.</exception>
    public static AdapterModules Create(Transformer model, AdapterConfig config)
    {
        AdapterModules modules = Choose(model, part => Names(config.ModulesToSave, part));
        foreach (string module in config.ModulesToSave)
            if (!modules.replaced.Any(r => r.Places.Any(p => Names([module], p))))
                throw new ArgumentException($"modules_to_save: the {model.Config.ModelType} model has no module {module} with weights of its own");
        foreach (Replaced r in modules.replaced) r.CopyOwn();
        return modules;
    }

    /// <summary>Modules whose weights a file holds.</summary>
    /// <inheritdoc cref="Create"/>
    public static AdapterModules Find(Transformer model, WeightSource source) => Choose(model, part => source.Weights.ContainsKey(Adapter.Key(part.File)));

    /// <summary>Heed's names of the weights that an adapter's folder replaces whole.</summary>
    public static IReadOnlySet<string> WeightNames(TransformerConfig config, IEnumerable<string> modules) =>
        AdapterSite.Names(config).Where(n => n.Parts.Any(p => Names(modules, p))).Select(n => n.Name).ToHashSet();

    /// <summary>Puts the adapter's values into the model.</summary>
    public void Enter()
    {
        foreach (Replaced r in replaced)
            if (!r.In) r.Swap();
    }

    /// <summary>Puts the model's own values back.</summary>
    public void Leave()
    {
        foreach (Replaced r in replaced)
            if (r.In) r.Swap();
    }

    private static AdapterModules Choose(Transformer model, Func<WeightPart, bool> chosen)
    {
        Dictionary<string, WeightName> table = AdapterSite.Names(model.Config).ToDictionary(n => n.Name);
        if (model.Stored.FirstOrDefault(s => table.TryGetValue(s.Key, out WeightName? n) && n.Parts.Any(chosen)) is { Key: { } stored })
            throw new ArgumentException($"the adapter replaces {table[stored].Parts[0].File}, which stays in the model's file: open the model together with the adapter");
        List<Replaced> replaced = [];
        foreach ((string name, Tensor weight) in model.Weights)
        {
            if (!table.TryGetValue(name, out WeightName? place) || !place.Parts.Any(chosen)) continue;
            if (!place.Parts.All(chosen)) throw new ArgumentException($"the adapter replaces {place.Parts.First(chosen).File}, which Heed holds in one matrix with {place.Parts.First(p => !chosen(p)).File}: replace both or neither");
            replaced.Add(new Replaced(place, weight));
        }
        return new AdapterModules(replaced);
    }

    // A module's weights are those whose name is the module's and one word more.
    private static bool Names(IEnumerable<string> modules, WeightPart part) => part.File.LastIndexOf('.') is > 0 and var dot && ModuleNames.Contains(modules, part.File[..dot]);
}
