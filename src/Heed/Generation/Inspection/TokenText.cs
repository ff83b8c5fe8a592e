using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>What one token writes, for people to read.</summary>
internal static class TokenText
{
    /// <summary>The text of a token, with its spaces; bytes that are no whole character as &lt;E4 BD&gt;, an id without a token as &lt;id&gt;.</summary>
    public static string Of(Tokenizer tokenizer, int id)
    {
        if (id >= tokenizer.VocabularySize) return string.Create(CultureInfo.InvariantCulture, $"<{id}>");
        byte[] bytes = tokenizer.DecodeBytes([id]);
        if (bytes.Length == 0) return tokenizer.IdToToken(id);
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : $"<{string.Join(' ', bytes.Select(b => b.ToString("X2", CultureInfo.InvariantCulture)))}>";
    }

    /// <summary>A token of a model's text.</summary>
    public static InspectedToken Token(Tokenizer tokenizer, int id) => new(id, Of(tokenizer, id), id < tokenizer.VocabularySize ? tokenizer.IdToToken(id) : Of(tokenizer, id));

    /// <summary>The name of a token in a row of others: its text without spaces around it, where something is left.</summary>
    public static string Label(InspectedToken token) => token.Text.Trim() is { Length: > 0 } text ? text : token.Piece;
}
