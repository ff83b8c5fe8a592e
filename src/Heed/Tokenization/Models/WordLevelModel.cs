using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Every piece is a token of its own or unknown ("WordLevel" in tokenizer.json); character vocabularies are this after <see cref="CharacterPreTokenizer"/>.</summary>
public sealed class WordLevelModel : ITokenModel
{
    private readonly TokenTable tokens;
    private readonly ByteMap places = new();
    private readonly List<int> idOfPlace = [];

    /// <summary>Builds the model.</summary>
    /// <param name="tokens">The tokens in the order of their ids; null leaves an id free.</param>
    /// <param name="unknownToken">What stands for an unknown piece; if the vocabulary has no such token, an unknown piece is an error.</param>
    /// <exception cref="FormatException">A token is repeated.</exception>
    public WordLevelModel(IEnumerable<string?> tokens, string unknownToken = "<unk>")
    {
        this.tokens = new TokenTable(tokens);
        UnknownToken = unknownToken;
        foreach ((int id, string token) in this.tokens.All)
        {
            // Two spellings with different unpaired surrogates would be the same UTF-8.
            places.GetOrAdd(Encoding.UTF8.GetBytes(token), out bool added);
            if (!added) throw new FormatException($"Token {id} is the same UTF-8 text as an earlier one.");
            idOfPlace.Add(id);
        }
    }

    /// <inheritdoc/>
    public int Count => tokens.Count;

    /// <summary>What stands for an unknown piece.</summary>
    public string UnknownToken { get; }

    /// <inheritdoc/>
    public string TokenOf(int id) => tokens[id];

    /// <inheritdoc/>
    public int? IdOf(string token) => tokens.Find(token);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The piece is unknown and the vocabulary has no unknown token.</exception>
    public void Encode(ReadOnlySpan<byte> piece, List<int> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (piece.IsEmpty) return;
        int place = places.Find(piece);
        output.Add(place >= 0 ? idOfPlace[place] : tokens.Find(UnknownToken) ?? throw tokens.Unknown(piece));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The piece is unknown and the vocabulary has no unknown token.</exception>
    public void Encode(ReadOnlySpan<byte> piece, List<int> output, List<(int Start, int End)> spans)
    {
        ArgumentNullException.ThrowIfNull(spans);
        if (piece.IsEmpty) return;
        Encode(piece, output);
        spans.Add((0, piece.Length));
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("type", "WordLevel");
        tokens.Write(writer);
        writer.WriteString("unk_token", UnknownToken);
        writer.WriteEndObject();
    }
}
