using CsCheck;
using Heed.Data.Tokens;

namespace Heed.Tests.Data.Tokens;

/// <summary>Documents of a store as a list of sequences.</summary>
public sealed class TokenRowsTests
{
    [Fact]
    public void RowsAreTheDocumentsThatTheyAreMappedTo() => Gen.Int[0, 9].Array[0, 5].Array[1, 12].Select(Gen.Int[0, 11]).Sample((documents, shift) =>
    {
        long[] ends = new long[documents.Length];
        for (int i = 0; i < ends.Length; i++) ends[i] = (i == 0 ? 0 : ends[i - 1]) + documents[i].Length;
        TokenRows rows = new(new TokenList([.. documents.SelectMany(d => d)], ends, 0), documents.Length, i => (i + shift) % documents.Length);
        Assert.Equal(documents.Length, rows.Count);
        Assert.Equal(Enumerable.Range(0, documents.Length).Select(i => documents[(i + shift) % documents.Length]), rows);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows[documents.Length]);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows[-1]);
    }, iter: 200);
}
