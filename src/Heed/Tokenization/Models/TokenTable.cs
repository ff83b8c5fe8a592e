using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>The tokens of a vocabulary by id and by spelling.</summary>
internal sealed class TokenTable
{
    /// <summary>Longest token in UTF-16 units: far above any real one, and a bound on what a hostile file can ask for.</summary>
    public const int MaxTokenLength = 65_536;

    private readonly string[] tokens;
    private readonly Dictionary<string, int> ids;

    /// <exception cref="FormatException">A token is repeated or too long.</exception>
    public TokenTable(IEnumerable<string> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        this.tokens = [.. tokens];
        ids = new Dictionary<string, int>(this.tokens.Length, StringComparer.Ordinal);
        for (int id = 0; id < this.tokens.Length; id++)
        {
            string token = this.tokens[id];
            if (token.Length > MaxTokenLength)
                throw new FormatException($"Token {id} has {token.Length} characters; at most {MaxTokenLength} are allowed.");
            if (!ids.TryAdd(token, id))
                throw new FormatException($"Token '{token}' has two ids, {ids[token]} and {id}.");
        }
    }

    public int Count => tokens.Length;

    public IReadOnlyList<string> All => tokens;

    public string this[int id] => tokens[id];

    public int? Find(string token) => ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>Writes the field "vocab": an object {token: id}.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("vocab");
        for (int id = 0; id < Count; id++) writer.WriteNumber(tokens[id], id);
        writer.WriteEndObject();
    }

    /// <summary>The error for a piece that is not in the vocabulary.</summary>
    public ArgumentException Unknown(ReadOnlySpan<byte> piece)
    {
        string text = Encoding.UTF8.GetString(piece);
        Rune.DecodeFromUtf8(piece, out Rune rune, out int length);
        string what = length == piece.Length ? $"character '{text}' (U+{rune.Value:X4})" : $"word '{(text.Length <= 60 ? text : text[..60] + "…")}'";
        return new ArgumentException($"The {what} is not in the vocabulary of {Count} tokens, which has no token for unknown text.");
    }
}
