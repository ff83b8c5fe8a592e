using Heed.Tensors;

namespace Heed.Layers;

/// <summary>
/// Where a layer's constructor makes its weights: a path of names into one ordered table. The same constructor serves a fresh model
/// (weights drawn from the seed and their name), a loaded one (weights filled by name afterwards), and one whose matrices stay in their file.
/// </summary>
public sealed class WeightScope
{
    private readonly string path;
    private readonly Table table;

    private sealed record Table(RandomSource? Source, bool InFile, bool Interleaves = false, Func<string, bool>? Copies = null)
    {
        public HashSet<string> Names { get; } = [];
        public List<KeyValuePair<string, Tensor>> Weights { get; } = [];
        public List<KeyValuePair<string, Tensor>> Constants { get; } = [];
        public List<KeyValuePair<string, StoredWeight>> Stored { get; } = [];
        public List<KeyValuePair<string, LinearLayer>> Linears { get; } = [];
    }

    /// <summary>A root scope.</summary>
    /// <param name="seed">Seed of the start values; null leaves all weights zero, for a model that will be loaded.</param>
    public WeightScope(ulong? seed) : this("", new Table(seed is { } s ? new RandomSource(s).Split("weights") : null, InFile: false))
    {
    }

    private WeightScope(string path, Table table) => (this.path, this.table) = (path, table);

    /// <summary>A root scope for a model that runs and does not train: its matrices will stay in their file.</summary>
    /// <param name="interleaves">Whether quantised matrices may be kept once more in memory, as products of few rows read them faster.</param>
    /// <param name="copies">Matrices, by name, that are copied and can be changed nevertheless; null = none.</param>
    public static WeightScope ForFile(bool interleaves, Func<string, bool>? copies = null) => new("", new Table(null, InFile: true, interleaves, copies));

    /// <summary>All trainable weights made so far, in order of construction.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Weights => table.Weights;

    /// <summary>All values made so far that files hold and training leaves alone.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Constants => table.Constants;

    /// <summary>All matrices made so far that will stay in their file.</summary>
    public IReadOnlyList<KeyValuePair<string, StoredWeight>> Stored => table.Stored;

    /// <summary>All linear layers made so far, by the name of their weight (of one that shares the embedding's: the name that its own would have).</summary>
    public IReadOnlyList<KeyValuePair<string, LinearLayer>> Linears => table.Linears;

    /// <summary>The scope of a child layer.</summary>
    public WeightScope this[string name] => new(path + name + ".", table);

    /// <summary>Makes a linear layer with <c>weight</c> (outputs, inputs) and, if asked for, <c>bias</c> (outputs) in the child scope <paramref name="name"/>.</summary>
    /// <param name="name">The child scope.</param>
    /// <param name="inputs">Columns in.</param>
    /// <param name="outputs">Columns out.</param>
    /// <param name="hasBias">Whether there is a bias, which starts at 0.</param>
    /// <param name="deviation">Standard deviation of the start values.</param>
    /// <param name="first">How many of the outputs start smaller, and by which factor.</param>
    public LinearLayer Linear(string name, int inputs, int outputs, bool hasBias, float deviation, (int Outputs, float Factor)? first = null)
    {
        WeightScope scope = this[name];
        Tensor? Bias() => hasBias ? scope.Constant("bias", new Shape(outputs), 0) : null;
        return scope.Matrix(outputs, inputs, deviation, w => new StoredLinear(w, Bias()), w =>
        {
            if (first is { Factor: not 1 } part)
                foreach (ref float value in w.Span[..(part.Outputs * inputs)]) value *= part.Factor;
            return new Linear(w, Bias());
        });
    }

    /// <summary>Makes an output projection with <c>weight</c> (outputs, inputs) in this scope and a bias that is made after it.</summary>
    public LinearLayer Projection(int inputs, int outputs, Func<Tensor?> bias, float deviation) =>
        Matrix(outputs, inputs, deviation, w => new StoredLinear(w, bias()), w => new Linear(w, bias()));

    /// <summary>Makes a table of vectors with <c>weight</c> (count, width) in the child scope <paramref name="name"/>.</summary>
    public EmbeddingLayer Embedding(string name, int count, int width, float deviation) =>
        this[name].Stays ? new StoredEmbedding(this[name].StoredMatrix(count, width)) : new Embedding(this[name], count, width, deviation);

    /// <summary>Counts a linear layer that was made otherwise.</summary>
    internal LinearLayer Register(LinearLayer layer)
    {
        table.Linears.Add(new(path + "weight", layer));
        return layer;
    }

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

    // Whether the weight of this scope stays in the file.
    private bool Stays => table.InFile && table.Copies?.Invoke(path + "weight") != true;

    private LinearLayer Matrix(int rows, int columns, float deviation, Func<StoredWeight, LinearLayer> stored, Func<Tensor, LinearLayer> trainable) =>
        Register(Stays ? stored(StoredMatrix(rows, columns)) : trainable(Normal("weight", new Shape(rows, columns), deviation)));

    private StoredWeight StoredMatrix(int rows, int columns)
    {
        StoredWeight weight = new(rows, columns, table.Interleaves);
        Claim("weight");
        table.Stored.Add(new(path + "weight", weight));
        return weight;
    }

    private Tensor Add(string name, Shape shape, bool trainable)
    {
        Claim(name);
        Tensor weight = Tensor.Persistent(shape, isParameter: trainable);
        (trainable ? table.Weights : table.Constants).Add(new(path + name, weight));
        return weight;
    }

    private void Claim(string name)
    {
        if (!table.Names.Add(path + name)) throw new InvalidOperationException($"two weights are named {path + name}");
    }
}
