using Heed.Data.Tokens;
using Heed.Tensors;

namespace Heed.Data;

/// <summary>A run of token ids from which batches are cut: inputs and the tokens that follow them.</summary>
public sealed class TokenBatches
{
    private readonly TokenStore tokens;

    /// <summary>Batches over a run of ids.</summary>
    /// <param name="ids">The tokens of the text.</param>
    /// <param name="batch">Sequences of a batch.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <param name="what">Name of the text in errors, such as "training text".</param>
    /// <exception cref="InvalidDataException">The text is not longer than one context.</exception>
    public TokenBatches(int[] ids, int batch, int context, string what) : this(new TokenList(ids), batch, context, what)
    {
    }

    /// <summary>Batches over a run of ids that may lie in a file.</summary>
    /// <inheritdoc cref="TokenBatches(int[], int, int, string)"/>
    public TokenBatches(TokenStore tokens, int batch, int context, string what)
    {
        if (tokens.Count <= context) throw new InvalidDataException($"the {what} has {tokens.Count} tokens; a context of {context} needs at least {context + 1}: give more text or a shorter context");
        (this.tokens, Batch, Context) = (tokens, batch, context);
    }

    /// <summary>Sequences of a batch.</summary>
    public int Batch { get; }

    /// <summary>Tokens of a sequence.</summary>
    public int Context { get; }

    /// <summary>Tokens of the text.</summary>
    public long Tokens => tokens.Count;

    /// <summary>Windows that do not overlap and cover the text.</summary>
    public int Windows => (int)Math.Min(int.MaxValue, (tokens.Count - 1) / Context);

    /// <summary>A batch of windows at random places, drawn from <paramref name="random"/>: inputs and targets, both (batch, context).</summary>
    public (Tensor Inputs, Tensor Targets) Random(RandomSource random)
    {
        (Tensor inputs, Tensor targets) = Empty(Batch);
        for (int b = 0; b < Batch; b++) Cut(random.Next(tokens.Count - Context), b, inputs, targets);
        return (inputs, targets);
    }

    /// <summary>Windows <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1 in the order of the text.</summary>
    public (Tensor Inputs, Tensor Targets) InOrder(int first, int count)
    {
        (Tensor inputs, Tensor targets) = Empty(count);
        for (int b = 0; b < count; b++) Cut(((long)first + b) * Context, b, inputs, targets);
        return (inputs, targets);
    }

    private (Tensor, Tensor) Empty(int batch)
    {
        Shape shape = new(batch, Context);
        return (Tensor.Empty(shape, DType.I32), Tensor.Empty(shape, DType.I32));
    }

    private void Cut(long start, int row, Tensor inputs, Tensor targets)
    {
        Span<int> from = inputs.Ints.Slice(row * Context, Context), next = targets.Ints.Slice(row * Context, Context);
        tokens.Copy(start, from);
        from[1..].CopyTo(next);
        tokens.Copy(start + Context, next[^1..]);
    }
}
