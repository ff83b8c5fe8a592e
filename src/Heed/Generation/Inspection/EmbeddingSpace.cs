using Heed.Autograd;
using Heed.Kernels;
using Heed.Layers;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>A token whose vector points in a like direction.</summary>
/// <param name="Token">The token.</param>
/// <param name="Cosine">The cosine of the angle between the two vectors.</param>
public sealed record TokenNeighbour(InspectedToken Token, float Cosine);

/// <summary>The vectors that a model has for the tokens of its vocabulary, before any block has worked on them.</summary>
public sealed class EmbeddingSpace
{
    private const int Part = 2048; // rows of the table that are widened at a time

    private readonly EmbeddingLayer table;
    private readonly Tokenizer tokenizer;

    private readonly Lazy<float[]> lengths;

    internal EmbeddingSpace(EmbeddingLayer table, Tokenizer tokenizer, int count)
    {
        (this.table, this.tokenizer, Count) = (table, tokenizer, Math.Min(count, tokenizer.VocabularySize));
        lengths = new(Lengths);
    }

    /// <summary>Number of tokens.</summary>
    public int Count { get; }

    /// <summary>The vectors of some tokens, one each.</summary>
    /// <exception cref="ArgumentException">An id is outside the vocabulary.</exception>
    public IReadOnlyList<float[]> Vectors(params ReadOnlySpan<int> ids)
    {
        using MemoryScope scope = new();
        Tensor rows = Rows(ids);
        return [.. Enumerable.Range(0, ids.Length).Select(i => rows.Row(i).ToArray())];
    }

    /// <summary>For each of some tokens the others whose vectors point most nearly in its direction, nearest first; a vector of zeros has no direction, and no neighbours.</summary>
    /// <param name="ids">The tokens.</param>
    /// <param name="count">How many neighbours of each.</param>
    /// <exception cref="ArgumentException">An id is outside the vocabulary.</exception>
    public IReadOnlyList<IReadOnlyList<TokenNeighbour>> Neighbours(IReadOnlyList<int> ids, int count)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        using MemoryScope scope = new();
        Tensor asked = Rows([.. ids]);
        float[] lengths = this.lengths.Value;
        PriorityQueue<int, float>[] best = [.. ids.Select(_ => new PriorityQueue<int, float>())]; // the worst of each is at its head
        for (int first = 0; first < Count; first += Part)
        {
            using MemoryScope part = new();
            Tensor products = MatrixOps.Linear(asked, Rows(first)); // (ids, rows)
            for (int i = 0; i < ids.Count; i++)
            {
                if (lengths[ids[i]] == 0) continue;
                ReadOnlySpan<float> row = products.Row(i);
                PriorityQueue<int, float> own = best[i];
                for (int j = 0; j < row.Length; j++)
                {
                    float length = lengths[first + j];
                    if (length == 0 || first + j == ids[i]) continue;
                    float cosine = row[j] / (lengths[ids[i]] * length);
                    if (own.Count == count && !(own.TryPeek(out _, out float least) && cosine > least)) continue;
                    own.Enqueue(first + j, cosine);
                    if (own.Count > count) own.Dequeue();
                }
            }
        }
        return [.. best.Select(b => b.UnorderedItems.OrderByDescending(n => n.Priority).ThenBy(n => n.Element).Select(n => new TokenNeighbour(TokenText.Token(tokenizer, n.Element), Math.Clamp(n.Priority, -1, 1))).ToArray())];
    }

    // (ids, width).
    private Tensor Rows(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
            if ((uint)id >= (uint)Count) throw new ArgumentException($"token ids must be 0 to {Count - 1}, given {id}");
        Tensor rows = table.Forward(Tensor.From(new Shape(1, ids.Length), ids));
        return rows.Reshape(new Shape(ids.Length, rows.Columns));
    }

    private Tensor Rows(int first) => Rows([.. Enumerable.Range(first, Math.Min(Part, Count - first))]);

    // Of all vectors; 0 where one has no direction.
    private float[] Lengths()
    {
        float[] all = new float[Count];
        for (int first = 0; first < Count; first += Part)
        {
            using MemoryScope part = new();
            Tensor rows = Rows(first);
            for (int i = 0; i < rows.Rows; i++)
            {
                double length = Math.Sqrt(Reduce.SumOfSquares(rows.Row(i)));
                all[first + i] = double.IsFinite(length) ? (float)length : 0;
            }
        }
        return all;
    }
}
