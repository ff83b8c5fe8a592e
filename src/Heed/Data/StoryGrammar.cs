using System.Text;

namespace Heed.Data;

/// <summary>In which language stories are told.</summary>
public enum StoryLanguage
{
    /// <summary>English.</summary>
    English,

    /// <summary>Modern Chinese, simplified characters.</summary>
    Chinese,

    /// <summary>Each story in one or the other, half and half.</summary>
    Both,
}

/// <summary>
/// Small stories from a hand-written grammar: a text to train on that needs no download. Somebody loses a thing, helps a friend,
/// tells the truth, runs a race, bakes, counts; names, pronouns, things and sums agree from the first sentence to the last, so a
/// model has something to learn beyond the next word. Grammar and words were written for Heed.
/// <para>
/// The result depends on the seed alone, on every platform and in every version of .NET: story i of a seed is always the same,
/// however many are asked for.
/// </para>
/// </summary>
public static class StoryGrammar
{
    private static readonly Lazy<StoryLibrary> English = new(() => StoryLibrary.Parse(EnglishStories.Words, EnglishStories.Shapes, " "));
    private static readonly Lazy<StoryLibrary> Chinese = new(() => StoryLibrary.Parse(ChineseStories.Words, ChineseStories.Shapes, ""));

    /// <summary>Tells stories one after the other, lazily; each is one line of some 60 to 150 words or Chinese characters.</summary>
    /// <param name="seed">Any number; other seeds give other stories.</param>
    /// <param name="stories">How many, from 0.</param>
    /// <param name="language">The language.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative number of stories, or no such language.</exception>
    public static IEnumerable<string> Generate(ulong seed, int stories, StoryLanguage language = StoryLanguage.English)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stories);
        if (!Enum.IsDefined(language)) throw new ArgumentOutOfRangeException(nameof(language), language, "English, Chinese or Both expected.");
        return Tell();

        IEnumerable<string> Tell()
        {
            for (int i = 0; i < stories; i++) yield return Story(seed, i, language);
        }
    }

    /// <summary>Story <paramref name="index"/> of a seed.</summary>
    private static string Story(ulong seed, int index, StoryLanguage language)
    {
        var random = new StoryRandom(seed, (ulong)index);
        bool chinese = language == StoryLanguage.Chinese || (language == StoryLanguage.Both && random.Below(2) == 1);
        return (chinese ? Chinese : English).Value.Tell(ref random);
    }

    /// <summary>
    /// Whether the grammar could have told this story, to the letter: known words, an opening, the sentences of one kind of story in
    /// their order, an ending, and names, pronouns, things and sums that agree throughout. White space around the story is ignored.
    /// </summary>
    /// <param name="story">One story, English or Chinese (told by whether it has a Chinese character).</param>
    /// <param name="why">Null, or where the story leaves the grammar and what could have stood there.</param>
    public static bool Conforms(string story, out string? why)
    {
        ArgumentNullException.ThrowIfNull(story);
        return Of(story).Conforms(story.Trim(), out why);
    }

    /// <summary>The part of a story, 0 to 1, before the first letter that the grammar would not have written; 1 if it <see cref="Conforms"/>.</summary>
    /// <param name="story">One story, English or Chinese.</param>
    public static double Follows(string story)
    {
        ArgumentNullException.ThrowIfNull(story);
        return Of(story).Follows(story.Trim());
    }

    private static StoryLibrary Of(string story) => (story.Any(c => c is >= '\u4E00' and <= '\u9FFF') ? Chinese : English).Value;

    /// <summary>All words of the English stories and all characters of the Chinese ones: for tests.</summary>
    internal static IReadOnlySet<string> KnownWords(StoryLanguage language) =>
        (language == StoryLanguage.Chinese ? Chinese : English).Value.KnownWords;

    /// <summary>Names of the kinds of story.</summary>
    internal static IReadOnlyList<string> ShapeNames(StoryLanguage language) =>
        (language == StoryLanguage.Chinese ? Chinese : English).Value.ShapeNames;
}

/// <summary>SplitMix64 (Steele, Lea, Flood 2014), one stream for each pair of seed and index.</summary>
internal struct StoryRandom(ulong seed, ulong index)
{
    private ulong state = Mix(seed + 0x9E3779B97F4A7C15) ^ Mix(~index * 0xD1342543DE82EF95);

    public ulong Next() => Mix(state += 0x9E3779B97F4A7C15);

    /// <summary>A number from 0 to <paramref name="bound"/> - 1; the bias of at most bound / 2^64 does not matter here.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
