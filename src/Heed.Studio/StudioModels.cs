using System.Collections.Concurrent;
using Heed.Generation;
using Heed.Models;
using Heed.Server;
using Heed.Tokenization;

namespace Heed.Studio;

/// <summary>The server's models, as the pages use them: the same models in the same memory, and the same queues, as for every other client.</summary>
internal sealed class StudioModels(ModelRegistry registry)
{
    private readonly ConcurrentDictionary<string, Lazy<Tokenizer>> tokenizers = new();

    /// <summary>All models, by name.</summary>
    public IReadOnlyList<ModelSource> All => registry.Sources;

    /// <summary>Models of some kinds.</summary>
    public IReadOnlyList<ModelSource> Of(params ReadOnlySpan<ModelKind> kinds)
    {
        List<ModelSource> found = [];
        foreach (ModelSource source in registry.Sources)
            if (kinds.Contains(source.Kind)) found.Add(source);
        return found;
    }

    /// <summary>The tokenizer of a model, which need not be in memory.</summary>
    /// <exception cref="ApiException">There is no such model.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public Tokenizer Tokenizer(string name)
    {
        ModelSource source = registry.Find(name);
        return tokenizers.GetOrAdd(name, _ => new(() => ModelTokenizer.Load(source.Path))).Value;
    }

    /// <summary>A model in memory, until the lease is disposed.</summary>
    /// <exception cref="ApiException">There is no such model, no memory for it now, or it cannot be loaded.</exception>
    public Task<ModelLease> Rent(string name, CancellationToken cancellation) => registry.Rent(registry.Find(name), cancellation);
}
