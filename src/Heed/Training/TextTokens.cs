using System.Security.Cryptography;
using System.Text;
using Heed.Data.Records;
using Heed.Data.Tokens;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>The token ids of a recipe's texts: of small sources in memory, else in a file of the cache that is written once and mapped.</summary>
internal sealed class TextTokens(Recipe recipe, Tokenizer tokenizer, int? end, Action<string>? progress)
{
    private const long Small = 8 << 20; // bytes of a source that "auto" keeps in memory

    /// <summary>The tokens of a stream's part.</summary>
    public TokenStore Of(TextStream stream, DataSplit part, CancellationToken cancellation)
    {
        string? folder = recipe.Data.Cache switch
        {
            "off" => null,
            "auto" => stream.Bytes > Small ? TokenCache.DefaultFolder : null,
            string path => recipe.Resolve(path),
        };
        if (folder is null) return Of(stream.Of(part), cancellation);
        TokenCache cache = new(folder);
        string key = Key(stream, part);
        if (cache.TryOpen(key) is { } known)
        {
            progress?.Invoke($"tokens of the {DataFiles.Name(part)} part from {known.Path}");
            return known;
        }
        return cache.Add(key, tokenizer.VocabularySize, Encoder().Encode(stream.Of(part), cancellation));
    }

    /// <summary>The tokens of texts in memory.</summary>
    public TokenList Of(IEnumerable<string> texts, CancellationToken cancellation)
    {
        List<int> ids = [];
        List<long> ends = [];
        long bytes = 0;
        foreach ((int[] own, long length) in Encoder().Encode(texts, cancellation))
        {
            ids.AddRange(own);
            ends.Add(ids.Count);
            bytes += length;
        }
        return new TokenList([.. ids], [.. ends], bytes);
    }

    /// <summary>SHA-256, in hexadecimal digits, of all that the tokens of a part depend on.</summary>
    public string Key(TextStream stream, DataSplit part) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"tokens 1|{stream.Fingerprint(part)}|{tokenizer.Fingerprint}|{end}")));

    private TextEncoder Encoder() => new(tokenizer, end, progress);
}
