using System.Collections;

namespace Heed.Data.Tokens;

/// <summary>Documents of a store as a list of sequences; each is copied when it is asked for, so that a mapped store stays on the disk.</summary>
/// <param name="store">The store.</param>
/// <param name="count">Sequences of the list.</param>
/// <param name="document">The document of each.</param>
public sealed class TokenRows(TokenStore store, int count, Func<int, long> document) : IReadOnlyList<int[]>
{
    /// <inheritdoc/>
    public int Count => count;

    /// <summary>A copy of a sequence.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sequence.</exception>
    public int[] this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count);
            long own = document(index), start = store.StartOf(own);
            int[] ids = new int[store.EndOf(own) - start];
            store.Copy(start, ids);
            return ids;
        }
    }

    /// <inheritdoc/>
    public IEnumerator<int[]> GetEnumerator()
    {
        for (int i = 0; i < count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
