using Heed.Tensors;

namespace Heed.Data;

/// <summary>A run of token ids from which batches are cut: inputs and the tokens that follow them.</summary>
public sealed class TokenBatches
{
    private readonly int[] ids;

    /// <summary>Batches over a run of ids.</summary>
    /// <param name="ids">The tokens of the text.</param>
    /// <param name="batch">Sequences of a batch.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <param name="what">Name of the text in errors, such as "training text".</param>
    /// <exception cref="InvalidDataException">The text is not longer than one context.</exception>
    public TokenBatches(int[] ids, int batch, int context, string what)
    {
        if (ids.Length <= context) throw new InvalidDataException($"the {what} has {ids.Length} tokens; a context of {context} needs at least {context + 1}: give more text or a shorter context");
        (this.ids, Batch, Context) = (ids, batch, context);
    }

    /// <summary>Sequences of a batch.</summary>
    public int Batch { get; }

    /// <summary>Tokens of a sequence.</summary>
    public int Context { get; }

    /// <summary>Tokens of the text.</summary>
    public int Tokens => ids.Length;

    /// <summary>Windows that do not overlap and cover the text.</summary>
    public int Windows => (ids.Length - 1) / Context;

    /// <summary>A batch of windows at random places, drawn from <paramref name="random"/>: inputs and targets, both (batch, context).</summary>
    public (Tensor Inputs, Tensor Targets) Random(RandomSource random)
    {
        (Tensor inputs, Tensor targets) = Empty(Batch);
        for (int b = 0; b < Batch; b++) Cut(random.Next(ids.Length - Context), b, inputs, targets);
        return (inputs, targets);
    }

    /// <summary>Windows <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1 in the order of the text.</summary>
    public (Tensor Inputs, Tensor Targets) InOrder(int first, int count)
    {
        (Tensor inputs, Tensor targets) = Empty(count);
        for (int b = 0; b < count; b++) Cut((first + b) * Context, b, inputs, targets);
        return (inputs, targets);
    }

    private (Tensor, Tensor) Empty(int batch)
    {
        Shape shape = new(batch, Context);
        return (Tensor.Empty(shape, DType.I32), Tensor.Empty(shape, DType.I32));
    }

    private void Cut(int start, int row, Tensor inputs, Tensor targets)
    {
        ids.AsSpan(start, Context).CopyTo(inputs.Ints[(row * Context)..]);
        ids.AsSpan(start + 1, Context).CopyTo(targets.Ints[(row * Context)..]);
    }
}
