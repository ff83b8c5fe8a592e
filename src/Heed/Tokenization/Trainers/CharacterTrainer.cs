using System.Text;

namespace Heed.Tokenization;

/// <summary>
/// A vocabulary of the different characters (code points) of a text, sorted: 65 on tiny Shakespeare, as in nanoGPT.
/// <para>
/// It is written as a "WordLevel" model after a "Split" into single characters, and not as BPE without merges, because
/// Hugging Face tokenizers then gives the same ids for every text of these characters and an error for any other character,
/// where BPE without an unknown token would leave it out in silence.
/// </para>
/// </summary>
public sealed record CharacterTrainer
{
    /// <summary>Tokens which get the ids after the characters.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    internal WordLevelModel Train(IEnumerable<string> text, CancellationToken cancel)
    {
        var seen = new SortedSet<Rune>();
        var known = new HashSet<Rune>();
        foreach (string line in text)
        {
            cancel.ThrowIfCancellationRequested();
            foreach (Rune rune in line.EnumerateRunes())
                if (known.Add(rune))
                    seen.Add(rune);
        }
        if (seen.Count == 0) throw new ArgumentException("The text to train on is empty: at least one character is needed.", nameof(text));
        return new WordLevelModel(seen.Select(rune => rune.ToString()));
    }
}
