namespace Heed.Metrics;

/// <summary>
/// Takes endings off English words, so that "connect", "connected" and "connection" are one (Porter 1980, "An algorithm for suffix
/// stripping"), with the amendments of NLTK, which ROUGE's usual implementation stems with.
/// </summary>
public static class PorterStemmer
{
    // Words that the rules would spoil.
    private static readonly Dictionary<string, string> Irregular = new (string Word, string Stem)[]
    {
        ("sky", "sky"), ("skies", "sky"), ("dying", "die"), ("lying", "lie"), ("tying", "tie"), ("news", "news"), ("innings", "inning"), ("inning", "inning"), ("outings", "outing"),
        ("outing", "outing"), ("cannings", "canning"), ("canning", "canning"), ("howe", "howe"), ("proceed", "proceed"), ("exceed", "exceed"), ("succeed", "succeed"),
    }.ToDictionary();

    // Double endings become single ones; the longer of two that fit stands first.
    private static readonly (string Ending, string Instead)[] Second =
    [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
        ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
        ("fulli", "ful"),
    ];

    private static readonly (string Ending, string Instead)[] Third =
        [("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];

    private static readonly string[] Fourth =
        ["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize"];

    /// <summary>The stem of a word in small letters.</summary>
    public static string Stem(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        if (Irregular.TryGetValue(word, out string? stem)) return stem;
        if (word.Length <= 2) return word;
        return WithoutDoubleL(WithoutE(WithoutFourth(Replaced(Doubled(YAsI(WithoutPast(WithoutPlural(word)))), Third))));
    }

    // Step 1a: ponies, ties, caresses, cats.
    private static string WithoutPlural(string word)
    {
        if (word.EndsWith("sses", StringComparison.Ordinal)) return word[..^2];
        if (word.EndsWith("ies", StringComparison.Ordinal)) return word.Length == 4 ? word[..^1] : word[..^2];
        return word.EndsWith('s') && !word.EndsWith("ss", StringComparison.Ordinal) ? word[..^1] : word;
    }

    // Step 1b: agreed, plastered, motoring; what is left gets an e back, or loses one of two like consonants.
    private static string WithoutPast(string word)
    {
        if (word.EndsWith("ied", StringComparison.Ordinal)) return word.Length == 4 ? word[..^1] : word[..^2];
        if (word.EndsWith("eed", StringComparison.Ordinal)) return Measure(word[..^3]) > 0 ? word[..^1] : word;
        int cut = word.EndsWith("ed", StringComparison.Ordinal) ? 2 : word.EndsWith("ing", StringComparison.Ordinal) ? 3 : 0;
        if (cut == 0 || !HasVowel(word[..^cut])) return word;
        string stem = word[..^cut];
        if (stem.EndsWith("at", StringComparison.Ordinal) || stem.EndsWith("bl", StringComparison.Ordinal) || stem.EndsWith("iz", StringComparison.Ordinal)) return stem + "e";
        if (stem.Length >= 2 && stem[^1] == stem[^2] && IsConsonant(stem, stem.Length - 1)) return stem[^1] is 'l' or 's' or 'z' ? stem : stem[..^1];
        return Measure(stem) == 1 && EndsShort(stem) ? stem + "e" : stem;
    }

    // Step 1c: happy, but not enjoy.
    private static string YAsI(string word) => word.Length > 2 && word.EndsWith('y') && IsConsonant(word, word.Length - 2) ? word[..^1] + "i" : word;

    // Step 2. What is left of -alli is looked at again; of -logi the l is the stem's.
    private static string Doubled(string word)
    {
        if (word.EndsWith("alli", StringComparison.Ordinal) && Measure(word[..^4]) > 0) word = word[..^2];
        return word.EndsWith("logi", StringComparison.Ordinal) ? Measure(word[..^3]) > 0 ? word[..^1] : word : Replaced(word, Second);
    }

    // Steps 2 and 3: the first ending that fits, if a syllable is left before it.
    private static string Replaced(string word, (string Ending, string Instead)[] rules)
    {
        foreach ((string ending, string instead) in rules)
            if (word.EndsWith(ending, StringComparison.Ordinal)) return Measure(word[..^ending.Length]) > 0 ? word[..^ending.Length] + instead : word;
        return word;
    }

    // Step 4: the first ending that fits, if two syllables are left.
    private static string WithoutFourth(string word)
    {
        if (Fourth.FirstOrDefault(e => word.EndsWith(e, StringComparison.Ordinal)) is not { } ending) return word;
        string stem = word[..^ending.Length];
        return Measure(stem) > 1 && (ending != "ion" || stem[^1] is 's' or 't') ? stem : word;
    }

    // Step 5a.
    private static string WithoutE(string word)
    {
        if (!word.EndsWith('e')) return word;
        string stem = word[..^1];
        return Measure(stem) is var m && (m > 1 || m == 1 && !EndsShort(stem)) ? stem : word;
    }

    // Step 5b.
    private static string WithoutDoubleL(string word) => word.EndsWith("ll", StringComparison.Ordinal) && Measure(word[..^1]) > 1 ? word[..^1] : word;

    // Whether each letter is a consonant; a y behind one is a vowel.
    private static IEnumerable<bool> Consonants(string word)
    {
        bool consonant = false;
        foreach (char c in word)
            yield return consonant = c switch
            {
                'a' or 'e' or 'i' or 'o' or 'u' => false,
                'y' => !consonant,
                _ => true,
            };
    }

    private static bool IsConsonant(string word, int at) => Consonants(word).ElementAt(at);

    private static bool HasVowel(string stem) => Consonants(stem).Contains(false);

    // How many times vowels are followed by consonants: Porter's m.
    private static int Measure(string stem)
    {
        int measure = 0;
        bool vowel = false;
        foreach (bool consonant in Consonants(stem))
        {
            if (consonant && vowel) measure++;
            vowel = !consonant;
        }
        return measure;
    }

    // Consonant, vowel, consonant other than w, x, y: an e was cut off. So it was of two letters, vowel and consonant.
    private static bool EndsShort(string stem) => stem.Length switch
    {
        < 2 => false,
        2 => !IsConsonant(stem, 0) && IsConsonant(stem, 1),
        int n => IsConsonant(stem, n - 3) && !IsConsonant(stem, n - 2) && IsConsonant(stem, n - 1) && stem[^1] is not ('w' or 'x' or 'y'),
    };
}
