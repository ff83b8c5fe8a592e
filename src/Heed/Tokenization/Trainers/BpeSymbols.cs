using System.Text;

namespace Heed.Tokenization;

/// <summary>
/// The words of a text as symbols, all in one array of cells. A token of one symbol is its id. A longer token of n symbols is its id
/// in its first cell and -n in its last, with <see cref="Inside"/> between them, so that from either end of a token the neighbour is
/// one look away. Words stand between cells of <see cref="Boundary"/>.
/// </summary>
internal sealed class BpeSymbols
{
    public const int Boundary = int.MinValue, Inside = -1;

    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);

    /// <summary>The vocabulary so far.</summary>
    public List<string> Tokens { get; } = [];

    /// <summary>How many symbols each token is made of.</summary>
    public List<int> Lengths { get; } = [];

    /// <summary>The cells of all words.</summary>
    public int[] Cells { get; private set; } = [];

    /// <summary>For each cell the word that it belongs to.</summary>
    public int[] Words { get; private set; } = [];

    public int Find(string token) => ids.GetValueOrDefault(token, -1);

    /// <summary>The id of a token, which is added if it is new.</summary>
    public int GetOrAdd(string token, int length)
    {
        if (ids.TryGetValue(token, out int id)) return id;
        id = Tokens.Count;
        ids.Add(token, id);
        Tokens.Add(token);
        Lengths.Add(length);
        return id;
    }

    /// <summary>Words of raw bytes, spelled with <see cref="ByteAlphabet"/>.</summary>
    public void LayBytes(WordCounts words)
    {
        int[] idOfByte = [.. Enumerable.Range(0, 256).Select(b => Find(ByteAlphabet.ToCharacter((byte)b).ToString()))];
        Lay(words, (word, cells) =>
        {
            for (int i = 0; i < word.Length; i++) cells[i] = idOfByte[word[i]];
            return word.Length;
        });
    }

    /// <summary>
    /// Words of characters. A character outside the vocabulary ends a word if <paramref name="unknownCuts"/>, or else is left out,
    /// as it will be when text is encoded.
    /// </summary>
    public void LayCharacters(WordCounts words, string prefix, string suffix, bool unknownCuts)
    {
        // Four spellings: first or later, last or not. The plain one decides whether a character is in the alphabet.
        var spellings = new Dictionary<(Rune, bool Later, bool Last), int>();
        int[] ascii = [.. Enumerable.Range(0, 128).Select(c => Find(((char)c).ToString()))];
        bool plain = prefix.Length == 0 && suffix.Length == 0;
        Lay(words, (word, cells) =>
        {
            int count = 0;
            for (int at = 0; at < word.Length;)
            {
                int length = 1, id;
                if (plain && word[at] < 128) id = ascii[word[at]];
                else
                {
                    Rune.DecodeFromUtf8(word[at..], out Rune rune, out length);
                    var key = (rune, at > 0, at + length == word.Length);
                    if (!spellings.TryGetValue(key, out id)) spellings[key] = id = Spell(rune, at > 0 ? prefix : "", at + length == word.Length ? suffix : "");
                }
                if (id >= 0) cells[count++] = id;
                else if (unknownCuts) cells[count++] = Boundary;
                at += length;
            }
            return count;
        });
    }

    private int Spell(Rune rune, string prefix, string suffix)
    {
        string character = rune.ToString();
        return Find(character) < 0 ? -1 : GetOrAdd(prefix + character + suffix, 1);
    }

    private delegate int Layer(ReadOnlySpan<byte> word, Span<int> cells);

    private void Lay(WordCounts words, Layer layer)
    {
        long most = 1;
        for (int w = 0; w < words.Count; w++) most += words[w].Length + 1;
        if (most > Array.MaxLength) throw new ArgumentException($"The distinct words of the text have {most} bytes; at most {Array.MaxLength} can be trained on.");
        int[] cells = new int[most], owners = new int[most];
        cells[0] = Boundary;
        int at = 1;
        for (int w = 0; w < words.Count; w++)
        {
            int count = layer(words[w], cells.AsSpan(at));
            owners.AsSpan(at, count).Fill(w);
            at += count;
            cells[at++] = Boundary;
        }
        (Cells, Words) = (cells, owners);
        if (at < most)
        {
            Cells = cells[..at];
            Words = owners[..at];
        }
    }
}
