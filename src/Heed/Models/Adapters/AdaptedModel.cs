namespace Heed.Models;

/// <summary>An adapter that takes part in a model's passes.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Weight">How much of its updates counts.</param>
public readonly record struct AdapterUse(string Folder, float Weight = 1);

/// <summary>Models that are opened together with their adapters.</summary>
public static class AdaptedModel
{
    /// <summary>Opens a model as <see cref="ModelFolder.Open"/> does, with adapters attached; modules that they replace are copied.</summary>
    /// <param name="folder">The folder, or a .gguf file.</param>
    /// <param name="adapters">The adapters, and how much each counts.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or an adapter is of another model.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static Transformer Open(string folder, IEnumerable<AdapterUse> adapters)
    {
        AdapterUse[] uses = [.. adapters];
        if (uses.Length == 0) return ModelFolder.Open(folder);
        IReadOnlySet<string> copied = AdapterModules.WeightNames(ModelFolder.LoadConfig(folder), uses.SelectMany(u => AdapterConfig.Read(u.Folder).ModulesToSave));
        Transformer model = ModelFolder.Open(folder, copies: copied.Contains);
        foreach (AdapterUse use in uses) Adapter.Load(model, use.Folder).Attach(use.Weight);
        return model;
    }

    /// <summary>Loads a model to change it, and adds adapters to its weights for good.</summary>
    /// <inheritdoc cref="Open"/>
    public static Transformer Merge(string folder, IEnumerable<AdapterUse> adapters)
    {
        Transformer model = GgufModel.IsFile(folder) ? GgufModel.Load(folder, published: true) : ModelFolder.Load(folder);
        foreach (AdapterUse use in adapters) Adapter.Load(model, use.Folder).Merge(use.Weight);
        return model;
    }
}
