namespace Heed.Tokenization;

/// <summary>
/// A vocabulary of the words of a text as white space cuts them: <see cref="UnknownToken"/>, then <see cref="EndToken"/> for every line end, then the others, the most frequent first: how word-level
/// corpora such as Penn Treebank and WikiText are counted (Mikolov et al. 2010).
/// </summary>
public sealed record WordTrainer
{
    /// <summary>What stands for a line end.</summary>
    public const string EndToken = "<eos>";

    /// <summary>What stands for a word that the vocabulary lacks.</summary>
    public const string UnknownToken = "<unk>";

    /// <summary>Most words, the two tokens included; the rarest are left out. Null = all.</summary>
    public int? VocabularySize { get; init; }

    /// <summary>Counts the words. Of equally frequent ones the first met comes first.</summary>
    internal WordLevelModel Train(IEnumerable<string> text, CancellationToken cancel)
    {
        if (VocabularySize is < 2) throw new ArgumentException($"a vocabulary of words has room for {UnknownToken} and {EndToken} at least, given {VocabularySize}");
        Dictionary<string, (long Count, int Place)> words = new() { [UnknownToken] = (0, 0), [EndToken] = (0, 1) };
        Dictionary<string, (long Count, int Place)>.AlternateLookup<ReadOnlySpan<char>> lookup = words.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string part in text)
        {
            cancel.ThrowIfCancellationRequested();
            int start = 0;
            for (int i = 0; i <= part.Length; i++)
            {
                bool ends = i < part.Length && part[i] == '\n';
                if (i < part.Length && !char.IsWhiteSpace(part[i])) continue;
                if (i > start) Count(part.AsSpan(start, i - start));
                if (ends) Count(EndToken);
                start = i + 1;
            }
        }
        if (words.Count == 2 && words[UnknownToken].Count == 0) throw new ArgumentException("The text to train on has no words: at least one is needed.", nameof(text));
        IEnumerable<string> ordered = words.Where(w => w.Key is not (UnknownToken or EndToken)).OrderByDescending(w => w.Value.Count).ThenBy(w => w.Value.Place).Select(w => w.Key);
        return new WordLevelModel(ordered.Prepend(EndToken).Prepend(UnknownToken).Take(VocabularySize ?? words.Count), UnknownToken);

        void Count(ReadOnlySpan<char> word)
        {
            ref (long Count, int Place) entry = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(lookup, word, out bool known);
            entry = known ? (entry.Count + 1, entry.Place) : (1, words.Count - 1);
        }
    }
}
