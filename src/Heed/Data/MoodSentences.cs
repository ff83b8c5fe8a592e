namespace Heed.Data;

/// <summary>A sentence and the number of its class.</summary>
/// <param name="Text">The sentence.</param>
/// <param name="Label">Index into the names of the classes.</param>
public readonly record struct LabelledSentence(string Text, int Label);

/// <summary>
/// Sentences in which something happens to somebody and they act on it, labelled with the mood they are in, which is never
/// named: a text from which a classifier can learn without a download. The moods share most of their subjects (a race, a dog, a
/// birthday), so that single words do not give them away. Sentences were written for Heed.
/// <para>
/// What happens is told alone, what one does is told alone, or both; one of eight combinations of the two is held out. The
/// result depends on the seed alone, on every platform.
/// </para>
/// </summary>
public static class MoodSentences
{
    private const int HeldOutOneIn = 8;
    private static readonly Lazy<Mood[]> English = new(() => Parse(MoodWords.English)), Chinese = new(() => Parse(MoodWords.Chinese));
    private static readonly (string Before, string After)[] EnglishTimes = [("", ""), ("Yesterday ", ""), ("This morning ", ""), ("On Sunday ", ""), ("", " last week"), ("", " today")];
    private static readonly string[] ChineseTimes = ["", "昨天", "今天早上", "星期天", "上个星期", "有一天"];

    private sealed record Mood(string Name, List<string> Events, List<string> Reactions);

    /// <summary>Names of the classes, in the order of their labels.</summary>
    public static IReadOnlyList<string> Labels { get; } = ["happy", "sad", "angry", "afraid"];

    /// <summary>Sentences to learn from, lazily; all moods equally often.</summary>
    /// <param name="seed">Any number; other seeds give other sentences.</param>
    /// <param name="count">How many, from 0. The first sentences do not depend on it.</param>
    /// <param name="language">The language, or both, half and half.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative number of sentences, or no such language.</exception>
    public static IEnumerable<LabelledSentence> Training(ulong seed, int count, StoryLanguage language = StoryLanguage.English) => Generate(seed, count, language, heldOut: false);

    /// <summary>Sentences with combinations that <see cref="Training"/> never gives, for any seed.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="count">How many, from 0. The first sentences do not depend on it.</param>
    /// <param name="language">The language, or both, half and half.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative number of sentences, or no such language.</exception>
    public static IEnumerable<LabelledSentence> HeldOut(ulong seed, int count, StoryLanguage language = StoryLanguage.English) => Generate(seed, count, language, heldOut: true);

    private static IEnumerable<LabelledSentence> Generate(ulong seed, int count, StoryLanguage language, bool heldOut)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (!Enum.IsDefined(language)) throw new ArgumentOutOfRangeException(nameof(language), language, "English, Chinese or Both expected.");
        return Tell();

        IEnumerable<LabelledSentence> Tell()
        {
            for (int i = 0; i < count; i++) yield return One(seed, (ulong)i, language, heldOut);
        }
    }

    private static LabelledSentence One(ulong seed, ulong index, StoryLanguage language, bool heldOut)
    {
        StoryRandom random = new(seed, index);
        bool chinese = language == StoryLanguage.Chinese || (language == StoryLanguage.Both && random.Below(2) == 1);
        int label = random.Below(Labels.Count);
        Mood mood = (chinese ? Chinese : English).Value[label];
        int part = heldOut ? 2 : random.Below(4); // 0: what happens; 1: what one does; 2, 3: both
        int happens, does;
        do (happens, does) = (random.Below(mood.Events.Count), random.Below(mood.Reactions.Count));
        while (part >= 2 && IsHeldOut(label, happens, does) != heldOut);
        (Named name, Pronoun pronoun) = PairLexicon.Names[random.Below(PairLexicon.Names.Length)];
        int time = random.Below(ChineseTimes.Length);
        string text = chinese ? InChinese(mood, part, happens, does, ChineseTimes[time]) : InEnglish(mood, part, happens, does, EnglishTimes[time]);
        text = chinese
            ? text.Replace("{name}", name.Chinese, StringComparison.Ordinal).Replace("{he}", pronoun.Chinese, StringComparison.Ordinal)
            : text.Replace("{name}", name.English, StringComparison.Ordinal).Replace("{he}", pronoun.Subject, StringComparison.Ordinal)
                .Replace("{him}", pronoun.Object, StringComparison.Ordinal).Replace("{his}", pronoun.Possessive, StringComparison.Ordinal);
        return new LabelledSentence(char.ToUpperInvariant(text[0]) + text[1..], label);
    }

    private static string InEnglish(Mood mood, int part, int happens, int does, (string Before, string After) time) => part switch
    {
        0 => $"{time.Before}{mood.Events[happens]}{time.After}.",
        1 => Named(mood.Reactions[does], "{he}", "{his}") + time.After + ".",
        _ => $"{time.Before}{mood.Events[happens]}{time.After}, and {mood.Reactions[does]}.",
    };

    private static string InChinese(Mood mood, int part, int happens, int does, string time) => part switch
    {
        0 => $"{time}{mood.Events[happens]}。",
        1 => $"{time}{Named(mood.Reactions[does], "{he}", "{his}")}。",
        _ => $"{time}{mood.Events[happens]}，{mood.Reactions[does]}。",
    };

    // The first pronoun becomes the name: nobody was named before.
    private static string Named(string text, string subject, string possessive) =>
        text.StartsWith(subject, StringComparison.Ordinal) ? "{name}" + text[subject.Length..] : "{name}'s" + text[possessive.Length..];

    // Told by the indices: a small table needs no hash of its text.
    private static bool IsHeldOut(int label, int happens, int does) => (label + 3 * happens + 5 * does) % HeldOutOneIn == 0;

    private static Mood[] Parse(string text)
    {
        List<Mood> moods = [];
        foreach (string line in text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0))
        {
            if (line[0] == '-') moods[^1].Events.Add(line[2..]);
            else if (line[0] == '+') moods[^1].Reactions.Add(line[2..]);
            else moods.Add(new Mood(line[..^1], [], []));
        }
        return [.. moods];
    }
}
