using Heed.Data.Tokens;

namespace Heed.Training;

/// <summary>Where the token ids of a recipe's texts lie: of small sources in memory, else in a file of the cache that is written once and mapped.</summary>
internal static class RecipeTokens
{
    private const long Small = 8 << 20; // bytes of a source that "auto" keeps in memory

    /// <summary>The tokens of a part.</summary>
    /// <param name="recipe">The recipe (<c>data.cache</c>).</param>
    /// <param name="bytes">Bytes of the source.</param>
    /// <param name="part">The part's name.</param>
    /// <param name="key">All that its tokens depend on.</param>
    /// <param name="vocabulary">Ids there are.</param>
    /// <param name="encoded">Encodes it, one text at a time.</param>
    /// <param name="progress">Told where they come from.</param>
    public static TokenStore Of(Recipe recipe, long bytes, string part, Func<string> key, int vocabulary, Func<IEnumerable<(int[] Ids, long TextBytes)>> encoded, Action<string>? progress)
    {
        string? folder = recipe.Data.Cache switch
        {
            "off" => null,
            "auto" => bytes > Small ? TokenCache.DefaultFolder : null,
            string path => recipe.Resolve(path),
        };
        if (folder is null) return InMemory(encoded());
        TokenCache cache = new(folder);
        string name = key();
        if (cache.TryOpen(name) is not { } known) return cache.Add(name, vocabulary, encoded());
        progress?.Invoke($"tokens of the {part} part from {known.Path}");
        return known;
    }

    /// <summary>The tokens of texts in memory.</summary>
    public static TokenList InMemory(IEnumerable<(int[] Ids, long TextBytes)> encoded)
    {
        List<int> ids = [];
        List<long> ends = [];
        long bytes = 0;
        foreach ((int[] own, long length) in encoded)
        {
            ids.AddRange(own);
            ends.Add(ids.Count);
            bytes += length;
        }
        return new TokenList([.. ids], [.. ends], bytes);
    }
}
