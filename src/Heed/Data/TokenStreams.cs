using Heed.Data.Tokens;
using Heed.Tensors;

namespace Heed.Data;

/// <summary>
/// A run of token ids cut into as many streams as a batch has rows, side by side, from which batches follow one another: window i + 1 goes on where
/// window i ended, so that a recurrent model can carry its state on. Ids that do not fill the streams evenly are left out at the end.
/// </summary>
public sealed class TokenStreams
{
    private readonly TokenStore tokens;
    private readonly int length; // of a stream

    /// <summary>Streams over a run of ids.</summary>
    /// <param name="ids">The tokens of the text.</param>
    /// <param name="batch">Streams.</param>
    /// <param name="context">Tokens of a window; the last one may be shorter.</param>
    /// <param name="what">Name of the text in errors, such as "training text".</param>
    /// <exception cref="InvalidDataException">The text has not two tokens for each stream.</exception>
    public TokenStreams(int[] ids, int batch, int context, string what) : this(new TokenList(ids), batch, context, what)
    {
    }

    /// <summary>Streams over a run of ids that may lie in a file.</summary>
    /// <inheritdoc cref="TokenStreams(int[], int, int, string)"/>
    public TokenStreams(TokenStore tokens, int batch, int context, string what)
    {
        if (tokens.Count / batch < 2) throw new InvalidDataException($"the {what} has {tokens.Count} tokens; {batch} streams need at least {2L * batch}: give more text or a smaller batch");
        (this.tokens, Batch, Context, length) = (tokens, batch, context, (int)Math.Min(int.MaxValue - context, tokens.Count / batch));
    }

    /// <summary>Streams.</summary>
    public int Batch { get; }

    /// <summary>Most tokens of a window.</summary>
    public int Context { get; }

    /// <summary>Windows of a stream: batches that pass over the text once.</summary>
    public int Windows => (length - 2 + Context) / Context;

    /// <summary>Inputs and the tokens that follow them, both (batch, tokens of the window).</summary>
    /// <param name="window">0 .. <see cref="Windows"/> - 1.</param>
    public (Tensor Inputs, Tensor Targets) this[int window]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(window);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(window, Windows);
            int first = window * Context, count = Math.Min(Context, length - 1 - first);
            Shape shape = new(Batch, count);
            Tensor inputs = Tensor.Empty(shape, DType.I32), targets = Tensor.Empty(shape, DType.I32);
            for (int row = 0; row < Batch; row++)
            {
                long start = (long)row * length + first;
                tokens.Copy(start, inputs.Ints.Slice(row * count, count));
                tokens.Copy(start + 1, targets.Ints.Slice(row * count, count));
            }
            return (inputs, targets);
        }
    }
}
