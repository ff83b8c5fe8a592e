using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>How ids become the vectors that enter a stack: token, position, segment and task, added; then perhaps a norm and a projection.</summary>
public sealed class TokenInput
{
    private readonly StackConfig config;
    private readonly EmbeddingLayer tokens;
    private readonly Embedding? positions;
    private readonly Tensor? fixedPositions; // (maximum, width) sines and cosines
    private readonly Embedding? types;
    private readonly Embedding? tasks;
    private readonly Norm? norm;
    private readonly LinearLayer? projection;

    /// <summary>Makes <c>positions</c>, <c>types</c>, <c>tasks</c>, <c>embedding_norm</c> and <c>embedding_projection</c> in <paramref name="scope"/>, as the configuration asks.</summary>
    /// <param name="scope">Where the weights are made.</param>
    /// <param name="config">The stack.</param>
    /// <param name="tokens">The table of tokens, which other parts of the model may share.</param>
    public TokenInput(WeightScope scope, StackConfig config, EmbeddingLayer tokens)
    {
        (this.config, this.tokens) = (config, tokens);
        int width = config.EmbeddingWidth;
        float deviation = config.StartOfTable;
        switch (config.Positions)
        {
            case PositionConfig.Learned learned:
                positions = new Embedding(scope["positions"], learned.Rows, width, deviation);
                break;
            case PositionConfig.Sinusoidal sinusoidal:
                fixedPositions = Sinusoids.Table(sinusoidal, width);
                break;
        }
        EmbeddingConfig e = config.Embedding;
        if (e.TokenTypes > 0) types = new Embedding(scope["types"], e.TokenTypes, width, deviation);
        if (e.TaskTypes > 0) tasks = new Embedding(scope["tasks"], e.TaskTypes, width, deviation);
        if (e.Norm) norm = Norm.Create(scope["embedding_norm"], width, config.Norm);
        if (width != config.Width) projection = scope.Linear("embedding_projection", width, config.Width, hasBias: true, config.Start(width));
    }

    /// <summary>ids (batch, tokens) -> (batch, tokens, width).</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="places">(batch, tokens) positions, counted from 0.</param>
    /// <param name="typeIds">(batch, tokens) segments; null = all 0.</param>
    /// <param name="taskIds">(batch, tokens) tasks; null = all 0.</param>
    /// <exception cref="ArgumentException">A position lies beyond the model's, or an id outside its table.</exception>
    public Tensor Forward(Tensor ids, Tensor places, Tensor? typeIds, Tensor? taskIds)
    {
        Tensor x = tokens.Forward(ids, config.Embedding.Frozen);
        if (config.Embedding.Scale != 1) x = Arithmetic.Scale(x, config.Embedding.Scale);
        if (types is not null) x = Arithmetic.AddResidual(x, types.Forward(typeIds ?? Zeros(ids)));
        if (tasks is not null) x = Arithmetic.AddResidual(x, tasks.Forward(taskIds ?? Zeros(ids)));
        if (positions is not null) x = Arithmetic.AddResidual(x, positions.Forward(Rows(ids, places), ((PositionConfig.Learned)config.Positions).PaddingId));
        if (fixedPositions is not null)
        {
            Check(places, fixedPositions.Rows);
            x = Arithmetic.AddResidual(x, NeuralOps.Embed(fixedPositions, places));
        }
        if (norm is not null) x = norm.Forward(x);
        return projection?.Forward(x) ?? x;
    }

    /// <summary>The vectors of the first places that are added to the tokens' own: (length, width), empty where none are.</summary>
    /// <exception cref="ArgumentException">There are fewer.</exception>
    internal float[][] Places(int length)
    {
        if (positions is null && fixedPositions is null) return [];
        using MemoryScope scope = new();
        Tensor places = Tensor.From(new Shape(1, length), [.. Enumerable.Range(0, length)]);
        Check(places, fixedPositions?.Rows ?? ((PositionConfig.Learned)config.Positions).Maximum);
        int first = (config.Positions as PositionConfig.Learned)?.Offset ?? 0;
        if (fixedPositions is not null) return [.. Enumerable.Range(0, length).Select(i => fixedPositions.Row(i).ToArray())];
        Tensor rows = positions!.Forward(Tensor.From(new Shape(1, length), [.. Enumerable.Range(first, length)]));
        return [.. Enumerable.Range(0, length).Select(i => rows.Row(i).ToArray())];
    }

    // Rows of the table of learned positions.
    private Tensor Rows(Tensor ids, Tensor places)
    {
        var learned = (PositionConfig.Learned)config.Positions;
        Check(places, learned.Maximum);
        if (learned.Offset == 0) return places;
        Tensor rows = Tensor.Empty(places.Shape, DType.I32);
        for (int i = 0; i < rows.Ints.Length; i++)
            rows.Ints[i] = learned.PaddingId is { } padding && ids.Ints[i] == padding ? padding : places.Ints[i] + learned.Offset;
        return rows;
    }

    private static void Check(Tensor places, int maximum)
    {
        foreach (int place in places.Ints)
            if (place < 0 || place >= maximum) throw new ArgumentException($"a token stands at position {place}; the model has {maximum} positions, counted from 0");
    }

    private static Tensor Zeros(Tensor ids) => Tensor.Zeros(ids.Shape, DType.I32);
}
