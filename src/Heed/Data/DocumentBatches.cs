using Heed.Autograd;
using Heed.Data.Tokens;
using Heed.Tensors;

namespace Heed.Data;

/// <summary>Documents side by side in full rows.</summary>
/// <param name="Inputs">Token ids: (batch, context).</param>
/// <param name="Targets">The token behind each input in its document: (batch, context); <see cref="LossOps.IgnoreIndex"/> behind the last document.</param>
/// <param name="Positions">Positions that start at 0 with each document: (batch, context).</param>
/// <param name="FirstKeys">The place in the row at which the document of each input starts: (batch, context).</param>
public sealed record DocumentBatch(Tensor Inputs, Tensor Targets, Tensor Positions, Tensor FirstKeys);

/// <summary>
/// Batches in which documents are packed to full context without seeing each other: a token attends to its own document alone, positions restart with
/// each, and the last token of one does not predict the first of the next. (Without such boundaries, see Krell et al. 2021, arXiv:2107.02027, for what it costs.)
/// </summary>
/// <remarks>
/// An epoch takes every document once, in an order of its own. A document that the end of a row cuts goes on in the next row as one of its own. Batch i
/// depends on the seed and on i alone. The order of one epoch is kept, 12 bytes a document, so ask from one thread.
/// </remarks>
public sealed class DocumentBatches
{
    private readonly TokenStore tokens;
    private readonly int batch;
    private readonly RandomSource random;
    private readonly int[] order;
    private readonly long[] starts; // of each document of the order, counted in places: tokens that predict another
    private readonly long rows;
    private long epoch = -1;

    /// <summary>Batches over documents.</summary>
    /// <param name="tokens">The documents, each with the token that ends it.</param>
    /// <param name="batch">Rows of a batch.</param>
    /// <param name="context">Tokens of a row.</param>
    /// <param name="seed">Seed of the order.</param>
    /// <param name="what">Name of the documents in errors, such as "training documents".</param>
    /// <exception cref="InvalidDataException">They do not fill a row, or there are more than 2^31.</exception>
    public DocumentBatches(TokenStore tokens, int batch, int context, ulong seed, string what)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 1);
        if (tokens.Documents > int.MaxValue) throw new InvalidDataException($"the {what} are {tokens.Documents}; at most {int.MaxValue} can be put in order");
        (this.tokens, this.batch, Context) = (tokens, batch, context);
        random = new RandomSource(seed).Split("documents");
        order = new int[tokens.Documents];
        starts = new long[tokens.Documents + 1];
        Turn(-1);
        Places = starts[^1];
        rows = Places / context;
        if (rows == 0) throw new InvalidDataException($"the {what} have {tokens.Count} tokens in {tokens.Documents} documents; a context of {context} needs at least {context + tokens.Documents}: give more text or a shorter context");
    }

    /// <summary>Tokens of a row.</summary>
    public int Context { get; }

    /// <summary>Tokens that predict another: all but the last of each document.</summary>
    public long Places { get; }

    /// <summary>Batches of an epoch; what does not fill the last is left to other epochs.</summary>
    public long PerEpoch => Math.Max(1, rows / batch);

    /// <summary>Rows that take every document in order; the last may end in padding.</summary>
    public int Rows => (int)Math.Min(int.MaxValue, (Places + Context - 1) / Context);

    /// <summary>Batch <paramref name="index"/> of the training, from 0 and without end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative index.</exception>
    public DocumentBatch this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            Turn(index / PerEpoch);
            return Cut(index % PerEpoch * batch, (int)Math.Min(batch, rows));
        }
    }

    /// <summary>Rows <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1 of the documents in their order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such rows.</exception>
    public DocumentBatch InOrder(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Rows - first);
        Turn(-1);
        return Cut(first, count);
    }

    // The order of an epoch; -1 = as the documents lie.
    private void Turn(long to)
    {
        if (epoch == to && starts[^1] > 0) return;
        epoch = to;
        for (int i = 0; i < order.Length; i++) order[i] = i;
        RandomSource own = random.Split(to);
        if (to >= 0)
            for (int i = order.Length - 1; i > 0; i--) // Fisher and Yates, as in Durstenfeld 1964
            {
                int j = own.Next(i + 1);
                (order[i], order[j]) = (order[j], order[i]);
            }
        for (int i = 0; i < order.Length; i++) starts[i + 1] = starts[i] + Math.Max(0, tokens.EndOf(order[i]) - tokens.StartOf(order[i]) - 1);
    }

    private DocumentBatch Cut(long firstRow, int count)
    {
        Shape shape = new(count, Context);
        DocumentBatch made = new(Tensor.Zeros(shape, DType.I32), Tensor.Empty(shape, DType.I32), Tensor.Zeros(shape, DType.I32), Tensor.Empty(shape, DType.I32));
        made.Targets.Ints.Fill(LossOps.IgnoreIndex);
        for (int r = 0; r < count; r++) Fill(made, r, (firstRow + r) * Context);
        return made;
    }

    private void Fill(DocumentBatch made, int row, long place)
    {
        int document = Array.BinarySearch(starts, place);
        if (document < 0) document = ~document - 1;
        for (int at = 0; at < Context;)
        {
            while (document < order.Length && starts[document + 1] <= place) document++;
            int length = document == order.Length ? Context - at : (int)Math.Min(Context - at, starts[document + 1] - place);
            Span<int> Part(Tensor of) => of.Ints.Slice(row * Context + at, length);
            Part(made.FirstKeys).Fill(at);
            for (int i = 0; i < length; i++) Part(made.Positions)[i] = i;
            if (document < order.Length)
            {
                long from = tokens.StartOf(order[document]) + place - starts[document];
                tokens.Copy(from, Part(made.Inputs));
                tokens.Copy(from + 1, Part(made.Targets));
            }
            at += length;
            place += length;
        }
    }
}
