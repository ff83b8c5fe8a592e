using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// WordPiece (Schuster and Nakajima 2012; the form of BERT, Devlin et al. 2019): from left to right always the longest token
/// that fits; inside a word the tokens carry a prefix. A word that cannot be covered, or is too long, becomes the unknown token.
/// </summary>
public sealed class WordPieceModel : ITokenModel
{
    private readonly TokenTable tokens;
    private readonly ByteTrie trie;
    private readonly int inside;   // the trie's node after the prefix, or -1

    /// <summary>Builds the model.</summary>
    /// <param name="tokens">The tokens in the order of their ids; null leaves an id free.</param>
    /// <param name="unknownToken">What stands for a word that cannot be covered; if the vocabulary has no such token, such a word is an error.</param>
    /// <param name="continuingPrefix">What marks a token inside a word.</param>
    /// <param name="maxCharacters">Words with more characters (code points) are unknown.</param>
    /// <exception cref="FormatException">A token is repeated.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxCharacters"/> is negative.</exception>
    public WordPieceModel(IEnumerable<string?> tokens, string unknownToken = "[UNK]", string continuingPrefix = "##", int maxCharacters = 100)
    {
        ArgumentNullException.ThrowIfNull(unknownToken);
        ArgumentNullException.ThrowIfNull(continuingPrefix);
        ArgumentOutOfRangeException.ThrowIfNegative(maxCharacters);
        this.tokens = new TokenTable(tokens);
        (UnknownToken, ContinuingPrefix, MaxCharacters) = (unknownToken, continuingPrefix, maxCharacters);
        trie = ByteTrie.OfTokens(this.tokens.All);
        inside = trie.Walk(ByteTrie.Root, Encoding.UTF8.GetBytes(continuingPrefix));
    }

    /// <inheritdoc/>
    public int Count => tokens.Count;

    /// <summary>What stands for a word that cannot be covered.</summary>
    public string UnknownToken { get; }

    /// <summary>What marks a token inside a word.</summary>
    public string ContinuingPrefix { get; }

    /// <summary>Words with more characters (code points) are unknown.</summary>
    public int MaxCharacters { get; }

    /// <inheritdoc/>
    public string TokenOf(int id) => tokens[id];

    /// <inheritdoc/>
    public int? IdOf(string token) => tokens.Find(token);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The word is unknown and the vocabulary has no unknown token.</exception>
    public void Encode(ReadOnlySpan<byte> piece, List<int> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Cover(piece, output, null);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The word is unknown and the vocabulary has no unknown token.</exception>
    public void Encode(ReadOnlySpan<byte> piece, List<int> output, List<(int Start, int End)> spans)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(spans);
        Cover(piece, output, spans);
    }

    private void Cover(ReadOnlySpan<byte> piece, List<int> output, List<(int Start, int End)>? spans)
    {
        if (piece.IsEmpty) return;
        (int ids, int places) = (output.Count, spans?.Count ?? 0);
        bool tooLong = piece.Length > MaxCharacters && Utf8Text.CharacterCount(piece) > MaxCharacters;
        for (int at = 0; at < piece.Length;)
        {
            int node = at == 0 ? ByteTrie.Root : inside, length = 0;
            int id = tooLong || node < 0 ? -1 : trie.Longest(node, piece[at..], out length);
            if (id < 0)
            {
                output.RemoveRange(ids, output.Count - ids);
                output.Add(tokens.Find(UnknownToken) ?? throw tokens.Unknown(piece));
                spans?.RemoveRange(places, spans.Count - places);
                spans?.Add((0, piece.Length));
                return;
            }
            output.Add(id);
            spans?.Add((at, at + length));
            at += length;
        }
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("type", "WordPiece");
        writer.WriteString("unk_token", UnknownToken);
        writer.WriteString("continuing_subword_prefix", ContinuingPrefix);
        writer.WriteNumber("max_input_chars_per_word", MaxCharacters);
        tokens.Write(writer);
        writer.WriteEndObject();
    }
}
