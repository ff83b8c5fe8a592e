using System.Security.Cryptography;
using System.Text;
using Heed.Data.Records;
using Heed.Data.Tokens;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>The token ids of a recipe's running text or documents.</summary>
internal sealed class TextTokens(Recipe recipe, Tokenizer tokenizer, int? end, Action<string>? progress)
{
    /// <summary>The tokens of a stream's part.</summary>
    public TokenStore Of(TextStream stream, DataSplit part, CancellationToken cancellation) =>
        RecipeTokens.Of(recipe, stream.Bytes, DataFiles.Name(part), () => Key(stream, part), tokenizer.VocabularySize, () => Encoded(stream.Of(part), cancellation), progress);

    /// <summary>The tokens of texts in memory.</summary>
    public TokenList Of(IEnumerable<string> texts, CancellationToken cancellation) => RecipeTokens.InMemory(Encoded(texts, cancellation));

    /// <summary>SHA-256, in hexadecimal digits, of all that the tokens of a part depend on.</summary>
    public string Key(TextStream stream, DataSplit part) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"tokens 1|{stream.Fingerprint(part)}|{tokenizer.Fingerprint}|{end}")));

    private IEnumerable<(int[] Ids, long TextBytes)> Encoded(IEnumerable<string> texts, CancellationToken cancellation) =>
        new TextEncoder(batch => Ended(tokenizer.EncodeBatch(batch, SpecialTokens.None)), end is null ? "parts" : "documents", progress).Encode(texts, cancellation);

    private int[][] Ended(int[][] encoded) => end is { } id ? Array.ConvertAll(encoded, ids => (int[])[.. ids, id]) : encoded;
}
