using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>The tokens of a vocabulary by id and by spelling.</summary>
internal sealed class TokenTable
{
    /// <summary>Longest token in UTF-16 units: far above any real one, and a bound on what a hostile file can ask for.</summary>
    public const int MaxTokenLength = 65_536;

    private readonly string?[] tokens;   // null where no token has the id
    private readonly Dictionary<string, int> ids;

    /// <param name="tokens">The tokens in the order of their ids; null leaves an id free.</param>
    /// <exception cref="FormatException">A token is repeated or too long.</exception>
    public TokenTable(IEnumerable<string?> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        this.tokens = [.. tokens];
        ids = new Dictionary<string, int>(this.tokens.Length, StringComparer.Ordinal);
        for (int id = 0; id < this.tokens.Length; id++)
        {
            if (this.tokens[id] is not { } token) continue;
            if (token.Length > MaxTokenLength)
                throw new FormatException($"Token {id} has {token.Length} characters; at most {MaxTokenLength} are allowed.");
            if (!ids.TryAdd(token, id))
                throw new FormatException($"Token '{token}' has two ids, {ids[token]} and {id}.");
        }
    }

    /// <summary>One more than the largest id.</summary>
    public int Count => tokens.Length;

    /// <summary>The token with this id.</summary>
    /// <exception cref="ArgumentException">No token has it.</exception>
    public string this[int id] =>
        tokens[id] ?? throw new ArgumentException($"Token id {id} given; it is a gap in the vocabulary, which no token has.", nameof(id));

    /// <summary>The tokens with their ids, in order.</summary>
    public IEnumerable<(int Id, string Token)> All
    {
        get
        {
            for (int id = 0; id < tokens.Length; id++)
                if (tokens[id] is { } token)
                    yield return (id, token);
        }
    }

    public int? Find(string token) => ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>Writes the field "vocab": an object {token: id}.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("vocab");
        foreach ((int id, string token) in All) writer.WriteNumber(token, id);
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
