namespace Heed.Data;

/// <summary>A sentence and one word of it that the others tell.</summary>
/// <param name="Text">The whole sentence.</param>
/// <param name="Start">First UTF-16 unit of the word.</param>
/// <param name="Length">Units of the word.</param>
public readonly record struct MaskedSentence(string Text, int Start, int Length)
{
    /// <summary>The word.</summary>
    public string Answer => Text.Substring(Start, Length);

    /// <summary>The sentence with <paramref name="mask"/> in place of the word: what to ask a model.</summary>
    public string Masked(string mask) => Text[..Start] + mask + Text[(Start + Length)..];
}

/// <summary>
/// Small sentences that state facts (capitals and languages, animals with their sounds, young and homes, opposites, colours, days
/// and months, sums, who works where, what a tool is for), each fact in several phrasings: a text from which a masked-word
/// model can learn without a download. Facts and phrasings were written for Heed.
/// <para>
/// Of half of the facts one phrasing is held out. A model that finds its word has learned the fact from the other phrasings,
/// and the phrasing from other facts. The result depends on the seed alone, on every platform.
/// </para>
/// </summary>
public static class MaskedWords
{
    private static readonly Lazy<FactLibrary> English = new(() => new FactLibrary(EnglishFacts.Text,
        [.. PairLexicon.Names.Select(n => (n.Name.English, n.Pronoun.Subject, n.Pronoun.Possessive))], EnglishPhrases.Number));

    private static readonly Lazy<FactLibrary> Chinese = new(() => new FactLibrary(ChineseFacts.Text,
        [.. PairLexicon.Names.Select(n => (n.Name.Chinese, n.Pronoun.Chinese, n.Pronoun.Chinese + "的"))], ChinesePhrases.Number));

    /// <summary>Sentences to learn from, lazily; they repeat, as there are some thousands in all.</summary>
    /// <param name="seed">Any number; other seeds give another order and other names.</param>
    /// <param name="count">How many, from 0. The first sentences do not depend on it.</param>
    /// <param name="language">The language, or both, half and half.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative number of sentences, or no such language.</exception>
    public static IEnumerable<string> Training(ulong seed, int count, StoryLanguage language = StoryLanguage.English)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Check(language);
        return Tell();

        IEnumerable<string> Tell()
        {
            for (int i = 0; i < count; i++)
            {
                StoryRandom random = new(seed, (ulong)i);
                bool chinese = language == StoryLanguage.Chinese || (language == StoryLanguage.Both && random.Below(2) == 1);
                yield return (chinese ? Chinese : English).Value.Tell(ref random);
            }
        }
    }

    /// <summary>All held-out sentences, once for each word that can be asked of them. The seed chooses the names in them.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="language">The language, or both.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such language.</exception>
    public static IEnumerable<MaskedSentence> HeldOut(ulong seed, StoryLanguage language = StoryLanguage.English)
    {
        Check(language);
        return Libraries(language).SelectMany(library => Sentences(library, seed, held: true));
    }

    /// <summary>All sentences of the training part with their words: for tests.</summary>
    internal static IEnumerable<MaskedSentence> TrainingWords(ulong seed, StoryLanguage language) => Libraries(language).SelectMany(library => Sentences(library, seed, held: false));

    private static IEnumerable<FactLibrary> Libraries(StoryLanguage language) => language switch
    {
        StoryLanguage.English => [English.Value],
        StoryLanguage.Chinese => [Chinese.Value],
        _ => [English.Value, Chinese.Value],
    };

    private static IEnumerable<MaskedSentence> Sentences(FactLibrary library, ulong seed, bool held)
    {
        for (int i = 0; i < (held ? library.HeldOutCount : library.TrainingCount); i++)
        {
            StoryRandom random = new(seed, (ulong)i);
            (string text, List<(int Start, int Length)> words) = library.Say(i, held, ref random);
            foreach ((int start, int length) in words) yield return new MaskedSentence(text, start, length);
        }
    }

    private static void Check(StoryLanguage language)
    {
        if (!Enum.IsDefined(language)) throw new ArgumentOutOfRangeException(nameof(language), language, "English, Chinese or Both expected.");
    }
}
