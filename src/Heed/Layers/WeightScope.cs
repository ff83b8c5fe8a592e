using Heed.Tensors;

namespace Heed.Layers;

/// <summary>
/// Where a layer's constructor makes its weights: a path of names into one ordered table. The same constructor serves a fresh model
/// (weights drawn from the seed and their name) and a loaded one (weights filled by name afterwards).
/// </summary>
public sealed class WeightScope
{
    private readonly string path;
    private readonly Table table;

    private sealed record Table(RandomSource? Source, Dictionary<string, Tensor> ByName, List<KeyValuePair<string, Tensor>> Weights, List<KeyValuePair<string, Tensor>> Constants, List<Linear> Linears);

    /// <summary>A root scope.</summary>
    /// <param name="seed">Seed of the start values; null leaves all weights zero, for a model that will be loaded.</param>
    public WeightScope(ulong? seed) : this("", new Table(seed is { } s ? new RandomSource(s).Split("weights") : null, [], [], [], []))
    {
    }

    private WeightScope(string path, Table table) => (this.path, this.table) = (path, table);

    /// <summary>All trainable weights made so far, in order of construction.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Weights => table.Weights;

    /// <summary>All values made so far that files hold and training leaves alone.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Constants => table.Constants;

    /// <summary>All linear layers made so far.</summary>
    public IReadOnlyList<Linear> Linears => table.Linears;

    internal void Register(Linear layer) => table.Linears.Add(layer);

    /// <summary>The scope of a child layer.</summary>
    public WeightScope this[string name] => new(path + name + ".", table);

    /// <summary>Makes a trainable weight with normally distributed start values.</summary>
    /// <param name="name">Name within this scope; the full path must be new.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="deviation">Standard deviation of the start values.</param>
    public Tensor Normal(string name, Shape shape, float deviation)
    {
        Tensor weight = Add(name, shape, trainable: true);
        if (table.Source is { } source) source.Split(path + name).FillNormal(weight.Span, deviation);
        return weight;
    }

    /// <summary>Makes a weight with one start value everywhere; one that is not trainable is a constant that files hold.</summary>
    public Tensor Constant(string name, Shape shape, float value, bool trainable = true)
    {
        Tensor weight = Add(name, shape, trainable);
        if (value != 0) weight.Span.Fill(value);
        return weight;
    }

    private Tensor Add(string name, Shape shape, bool trainable)
    {
        Tensor weight = Tensor.Persistent(shape, isParameter: trainable);
        if (!table.ByName.TryAdd(path + name, weight)) throw new InvalidOperationException($"two weights are named {path + name}");
        (trainable ? table.Weights : table.Constants).Add(new(path + name, weight));
        return weight;
    }
}
