namespace Heed.Data.Tokens;

/// <summary>A long run of token ids and the ends of its documents, in memory or in a mapped file.</summary>
public abstract class TokenStore : IDisposable
{
    /// <summary>Tokens in all.</summary>
    public abstract long Count { get; }

    /// <summary>Documents in all; running text is one.</summary>
    public abstract long Documents { get; }

    /// <summary>UTF-8 bytes of the text that the tokens stand for.</summary>
    public abstract long TextBytes { get; }

    /// <summary>The token behind the last of a document: where the next begins.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such document.</exception>
    public abstract long EndOf(long document);

    /// <summary>Copies the tokens from <paramref name="start"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not as many.</exception>
    /// <exception cref="InvalidDataException">An id is not in the vocabulary: the file is damaged.</exception>
    public abstract void Copy(long start, Span<int> target);

    /// <summary>The first token of a document.</summary>
    public long StartOf(long document) => document == 0 ? 0 : EndOf(document - 1);

    /// <summary>The document in which a token stands.</summary>
    public long DocumentAt(long token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, Count);
        long low = 0, high = Documents - 1;
        while (low < high)
        {
            long middle = low + (high - low) / 2;
            if (EndOf(middle) > token) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    /// <summary>Adds how often each id occurs to <paramref name="counts"/>.</summary>
    public void AddCounts(Span<long> counts)
    {
        int[] part = new int[1 << 16];
        for (long at = 0; at < Count; at += part.Length)
        {
            Span<int> ids = part.AsSpan(0, (int)Math.Min(part.Length, Count - at));
            Copy(at, ids);
            foreach (int id in ids) counts[id]++;
        }
    }

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>Token ids in memory.</summary>
/// <param name="ids">The tokens.</param>
/// <param name="ends">Ends of the documents; the last is the number of tokens.</param>
/// <param name="textBytes">UTF-8 bytes of the text.</param>
public sealed class TokenList(int[] ids, long[] ends, long textBytes) : TokenStore
{
    /// <summary>A run without documents.</summary>
    public TokenList(int[] ids) : this(ids, [ids.Length], 0)
    {
    }

    /// <summary>The tokens.</summary>
    public ReadOnlySpan<int> Ids => ids;

    /// <inheritdoc/>
    public override long Count => ids.Length;

    /// <inheritdoc/>
    public override long Documents => ends.Length;

    /// <inheritdoc/>
    public override long TextBytes => textBytes;

    /// <inheritdoc/>
    public override long EndOf(long document) => ends[document];

    /// <inheritdoc/>
    public override void Copy(long start, Span<int> target) => ids.AsSpan((int)start, target.Length).CopyTo(target);

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
