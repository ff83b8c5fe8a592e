using CsCheck;
using Heed.Data.Tokens;
using Heed.Tests.Formats;

namespace Heed.Tests.Data.Tokens;

/// <summary>Token files give back what they were given, and are not taken for whole when they are not.</summary>
public sealed class TokenFileTests : IDisposable
{
    private static readonly string Key = new('a', 64), Other = new('b', 64);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void DocumentsComeBackFromNarrowAndWideIds() => Gen.Select(Gen.Int[0, 3].Select(i => ((int[])[256, 65536, 65537, 200_000])[i]), Gen.Int[0, 65535].Array[0, 9].Array[0, 12]).Sample((vocabulary, documents) =>
    {
        documents = [.. documents.Select(d => Array.ConvertAll(d, id => vocabulary > 65536 ? id * 3 % vocabulary : id % vocabulary))];
        string path = folder["a.tokens"];
        TokenFile.Create(path, Key, vocabulary, documents.Select(d => (d, 2L * d.Length)));
        using TokenFile file = TokenFile.TryOpen(path, Key)!;
        int[] all = [.. documents.SelectMany(d => d)], read = new int[all.Length];
        file.Copy(0, read);
        Assert.Equal(all, read);
        Assert.Equal((all.Length, documents.Length, 2L * all.Length), (file.Count, file.Documents, file.TextBytes));
        Assert.Equal(128 + (all.Length * (vocabulary <= 65536 ? 2 : 4) + 7) / 8 * 8 + 8 * documents.Length, new FileInfo(path).Length);
        long at = 0;
        for (int d = 0; d < documents.Length; d++)
        {
            Assert.Equal(at, file.StartOf(d));
            for (int i = 0; i < documents[d].Length; i++) Assert.Equal(d, file.DocumentAt(at + i));
            Assert.Equal(at += documents[d].Length, file.EndOf(d));
        }
        long[] counts = new long[vocabulary];
        file.AddCounts(counts);
        Assert.Equal(all.Length, counts.Sum());
        if (all.Length > 1)
        {
            int[] part = new int[all.Length - 1];
            file.Copy(1, part);
            Assert.Equal(all[1..], part);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Copy(1, new int[all.Length]));
        Assert.Throws<ArgumentOutOfRangeException>(() => { file.EndOf(documents.Length); });
    }, iter: 60, threads: 1);

    [Fact]
    public void EveryChangedByteOfTheHeaderAndEveryCutIsSeen()
    {
        string path = folder["a.tokens"];
        TokenFile.Create(path, Key, 300, [([1, 2, 299], 5), ([7], 1)]);
        byte[] whole = File.ReadAllBytes(path);
        Assert.Equal(128 + 8 + 16, whole.Length);
        for (int i = 0; i < 128; i++)
        {
            byte[] bad = [.. whole];
            bad[i] ^= 0x10;
            File.WriteAllBytes(folder["bad.tokens"], bad);
            Assert.Null(TokenFile.TryOpen(folder["bad.tokens"], Key));
        }
        foreach (int length in (int[])[0, 5, 127, 128, whole.Length - 1, whole.Length + 1])
        {
            byte[] bad = new byte[length];
            whole.AsSpan(0, Math.Min(length, whole.Length)).CopyTo(bad);
            File.WriteAllBytes(folder["bad.tokens"], bad);
            Assert.Null(TokenFile.TryOpen(folder["bad.tokens"], Key));
        }
        byte[] ends = [.. whole];
        ends[136] = 9; // the first document ends behind the second
        File.WriteAllBytes(folder["bad.tokens"], ends);
        Assert.Null(TokenFile.TryOpen(folder["bad.tokens"], Key));
        byte[] id = [.. whole];
        id[129] = 0xFF;
        File.WriteAllBytes(folder["bad.tokens"], id);
        using TokenFile damaged = TokenFile.TryOpen(folder["bad.tokens"], Key)!;
        Assert.Contains("damaged", Assert.Throws<InvalidDataException>(() => damaged.Copy(0, new int[2])).Message);
        Assert.Null(TokenFile.TryOpen(path, Other));
        Assert.Null(TokenFile.TryOpen(folder["none"], Key));
    }

    [Fact]
    public void AFailureLeavesNothing()
    {
        Assert.Throws<ArgumentException>(() => TokenFile.Create(folder["a.tokens"], Key, 10, new (int[], long)[] { ([1], 1), ([10], 1) }));
        Assert.Throws<InvalidOperationException>(() => TokenFile.Create(folder["a.tokens"], Key, 10, Failing()));
        Assert.Empty(Directory.EnumerateFiles(folder.Path));

        static IEnumerable<(int[], long)> Failing()
        {
            yield return ([1], 1);
            throw new InvalidOperationException("stop");
        }
    }

    [Fact]
    public void TheCacheDropsWhatWasUsedLeastRecently()
    {
        string Named(char c) => new(c, 64);
        TokenCache cache = new(folder["cache"], 3 * (128 + 8 + 8));
        foreach (char c in "abc") cache.Add(Named(c), 10, [([1, 2, 3, 4], 4)]).Dispose();
        foreach (string path in Directory.EnumerateFiles(folder["cache"])) File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(Path.GetFileName(path)[0] - 'z'));
        cache.TryOpen(Named('a'))!.Dispose(); // used now
        cache.Add(Named('d'), 10, [([1, 2, 3, 4], 4)]).Dispose();
        Assert.Equal("acd", string.Concat(Directory.EnumerateFiles(folder["cache"]).Select(p => Path.GetFileName(p)[0]).Order()));
        Assert.Null(cache.TryOpen(Named('b')));
        Assert.EndsWith(Path.Combine("heed", "tokens"), TokenCache.DefaultFolder);
    }
}
