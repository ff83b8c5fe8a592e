using Heed.Formats;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>
/// An adapter of a model: low-rank updates of some of its matrices (LoRA), and perhaps modules that are replaced whole. The model's own weights stay as
/// they are, be they in its file and quantised. Files are those of PEFT: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.
/// </summary>
public sealed class Adapter
{
    /// <summary>The configuration's file.</summary>
    public const string ConfigName = "adapter_config.json";

    /// <summary>The weights' file.</summary>
    public const string WeightsName = "adapter_model.safetensors";

    private const string KeyPrefix = "base_model.model.";

    private readonly Transformer model;
    private readonly List<(AdapterSite Site, LowRankUpdate Update)> updates;
    private readonly AdapterModules modules;
    private List<LowRankUpdate> attached = []; // while it takes part

    private Adapter(Transformer model, AdapterConfig config, IEnumerable<AdapterSite> sites, AdapterModules modules)
    {
        (this.model, Config, this.modules) = (model, config, modules);
        updates = [.. sites.Select(site => (site, new LowRankUpdate(site.First,
            Tensor.Persistent(new Shape(config.RankOf(site.Module), site.Layer.Inputs), isParameter: true),
            Tensor.Persistent(new Shape(site.Outputs, config.RankOf(site.Module)), isParameter: true), config.ScaleOf(site.Module))))];
    }

    /// <summary>What it is made of.</summary>
    public AdapterConfig Config { get; }

    /// <summary>Whether it takes part in the model's passes.</summary>
    public bool IsAttached => model.Adapters.Contains(this);

    /// <summary>The modules that it updates, by the names that they have in the family's own code.</summary>
    public IEnumerable<string> Modules => updates.Select(u => u.Site.Module);

    /// <summary>All that it has learned, by the names in its file: A and B of each module, and the weights that it replaces.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Weights =>
        [.. updates.SelectMany(u => (KeyValuePair<string, Tensor>[])[new(Line(u.Site, 0).Name, u.Update.A), new(Line(u.Site, 1).Name, u.Update.B)]), .. modules.Weights];

    /// <summary>The updates.</summary>
    internal IEnumerable<LowRankUpdate> Updates => attached;

    /// <summary>The name in the file of a weight of the model or of an update.</summary>
    internal static string Key(string weight) => KeyPrefix + weight;

    /// <summary>The module that the beginning of a name in the file stands for.</summary>
    public static string ModuleOf(string key) => key.StartsWith(KeyPrefix, StringComparison.Ordinal) ? key[KeyPrefix.Length..] : key;

    /// <summary>Makes an adapter that changes nothing yet: A is drawn as PEFT draws it (uniform, ±1/√inputs), B is 0, modules that are saved whole begin as the model has them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="config">What to adapt.</param>
    /// <param name="random">Where A comes from.</param>
    /// <exception cref="ArgumentException">The configuration is impossible, or names what the model does not have.</exception>
    public static Adapter Create(Transformer model, AdapterConfig config, RandomSource random)
    {
        config.Validate();
        List<AdapterSite> all = [.. AdapterSite.Of(model)], chosen = [.. all.Where(Chosen)];
        bool unknown = config.Targets.Any(t => t != AdapterConfig.AllLinear && !all.Any(s => ModuleNames.Contains([t], s.Module)));
        if (unknown || chosen.Count == 0 && config.ModulesToSave.Count == 0)
            throw new ArgumentException($"the targets {(config.Targets.Count == 0 ? "(none)" : string.Join(", ", config.Targets))} do not all name matrices of the {model.Config.ModelType} model; it has {string.Join(", ", all.Select(s => s.Module[(s.Module.LastIndexOf('.') + 1)..]).Distinct())}, or \"{AdapterConfig.AllLinear}\" for all but the output");
        Adapter adapter = new(model, config, chosen, AdapterModules.Create(model, config));
        foreach ((AdapterSite site, LowRankUpdate update) in adapter.updates)
        {
            float bound = 1 / MathF.Sqrt(site.Layer.Inputs);
            RandomSource own = random.Split(site.Module);
            foreach (ref float value in update.A.Span) value = bound * (2 * (float)own.NextDouble() - 1);
        }
        return adapter;

        bool Chosen(AdapterSite site) =>
            (config.Targets.Contains(AdapterConfig.AllLinear) ? site.Weight != "head.weight" : ModuleNames.Contains(config.Targets, site.Module))
            && !ModuleNames.Contains(config.Exclude, site.Module)
            && !ModuleNames.Contains(config.ModulesToSave, site.Module)
            && (config.Layers.Count == 0 || ModuleNames.Block(site.Module) is { } block && config.Layers.Contains(block));
    }

    /// <summary>Loads an adapter for a model; it does nothing before it is attached.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The adapter's folder.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the adapter is of another model: all that does not fit is named in one message.</exception>
    public static Adapter Load(Transformer model, string folder)
    {
        AdapterConfig config = AdapterConfig.Read(folder);
        using WeightSource source = Open(folder);
        string prefix = Registry.Find(model.Config.ModelType).Prefix;
        Adapter adapter;
        try
        {
            adapter = new Adapter(model, config, AdapterSite.Of(model).Where(s => s.Lines(prefix).Any(l => l.OtherNames.Append(l.Name).Any(source.Weights.ContainsKey))), AdapterModules.Find(model, source));
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{folder}: {e.Message}", e);
        }
        adapter.Read(source);
        return adapter;
    }

    /// <summary>Fills the weights from a folder that <see cref="Save"/> has written.</summary>
    /// <exception cref="InvalidDataException">Weights are missing, unused or misshapen.</exception>
    public void Read(string folder)
    {
        using WeightSource source = Open(folder);
        Read(source);
    }

    /// <summary>Saves configuration and weights; files are written beside and renamed, so that none is ever half there.</summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, WeightsName), Layout().Save());
        WriteConfig(folder);
    }

    /// <summary>Saves the configuration alone.</summary>
    public void WriteConfig(string folder)
    {
        bool named = !Config.Targets.Any(t => t == AdapterConfig.AllLinear || t.StartsWith('^')) && Config.Exclude.Count + Config.Layers.Count == 0;
        byte[] json = Config.ToJson(model.Config, named ? Config.Targets : [.. Modules]);
        AtomicFile.Write(Path.Combine(folder, ConfigName), stream => stream.Write(json), json.Length);
    }

    /// <summary>Lets the adapter take part in the model's passes. Not while another thread uses the model.</summary>
    /// <param name="weight">How much of its updates counts; modules that it replaces are replaced whole.</param>
    /// <exception cref="InvalidOperationException">It is attached already, or another one that is has replaced the same module.</exception>
    public void Attach(float weight = 1)
    {
        if (!float.IsFinite(weight)) throw new ArgumentException($"the weight of an adapter must be a number, given {weight}");
        if (IsAttached) throw new InvalidOperationException("the adapter is attached already");
        foreach (Adapter other in model.Adapters)
            if (modules.Shared(other.modules) is { } name) throw new InvalidOperationException($"two adapters replace {name}: only one of them can be in use");
        model.Attached.Add(this);
        modules.Enter();
        attached = [.. updates.Select(u => u.Update with { Weight = weight })];
        for (int i = 0; i < attached.Count; i++) updates[i].Site.Layer.Updates = [.. updates[i].Site.Layer.Updates, attached[i]];
    }

    /// <summary>Takes the adapter out of the model's passes.</summary>
    public void Detach()
    {
        for (int i = 0; i < attached.Count; i++)
        {
            LowRankUpdate own = attached[i];
            updates[i].Site.Layer.Updates = [.. updates[i].Site.Layer.Updates.Where(u => !ReferenceEquals(u, own))];
        }
        attached = [];
        modules.Leave();
        model.Attached.Remove(this);
    }

    /// <summary>Adds the updates to the model's own weights for good. The adapter must not be attached.</summary>
    /// <param name="weight">How much of them.</param>
    /// <exception cref="ArgumentException">A weight stays in its file, or is the embedding's too.</exception>
    /// <exception cref="InvalidOperationException">The adapter is attached.</exception>
    public void Merge(float weight = 1)
    {
        if (IsAttached) throw new InvalidOperationException("an adapter that is attached would count twice: detach it before it is merged");
        foreach ((AdapterSite site, _) in updates)
            if (Target(site) is null)
                throw new ArgumentException(model.Stored.Count > 0 ? $"{site.Module} stays in its file: load the model to merge into it" : $"{site.Module} shares its weight with the embedding, which merging would change too");
        foreach ((AdapterSite site, LowRankUpdate update) in updates) (update with { Weight = weight }).MergeInto(Target(site)!);
        modules.Enter();

        Tensor? Target(AdapterSite site) => site.Layer is Linear linear && model.Weights.Any(w => w.Key == site.Weight && ReferenceEquals(w.Value, linear.Weight)) ? linear.Weight : null;
    }

    /// <summary>Where the weights stand in the adapter's file.</summary>
    public WeightLayout Layout()
    {
        string prefix = Registry.Find(model.Config.ModelType).Prefix;
        return new WeightLayout(new AdapterFamily(model.Config.ModelType), updates.SelectMany(u => u.Site.Lines(prefix)).Concat(modules.Lines), Weights);
    }

    private void Read(WeightSource source) => Layout().Load(source);

    private static WeightName Line(AdapterSite site, int index) => site.Lines("").ElementAt(index);

    private static WeightSource Open(string folder)
    {
        string path = Path.Combine(folder, WeightsName);
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no {path}{(File.Exists(Path.ChangeExtension(path, ".bin")) ? ": adapter_model.bin is a pickle, which Heed does not read; save the adapter as safetensors" : "")}", path);
        return WeightSource.Open(path);
    }

    private sealed record AdapterFamily(string Of) : Family($"adapter of {Of}", [], "", []);
}
