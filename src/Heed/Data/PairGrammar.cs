using System.Text;

namespace Heed.Data;

/// <summary>One sentence in two languages.</summary>
/// <param name="English">The sentence in English.</param>
/// <param name="Chinese">The same in Chinese, simplified characters.</param>
public readonly record struct PhrasePair(string English, string Chinese);

/// <summary>
/// English sentences with their Chinese translations from a hand-written grammar: a translator can learn from them without a
/// download. A sentence is drawn as a meaning that belongs to no language (who does what to what, where, when, with whom; what
/// is where, how big, how many, whose; said, denied or asked), and each language says it in its own way: word order, articles and
/// agreement here, measure words and particles there. Grammar and words were written for Heed.
/// <para>
/// The result depends on the seed alone, on every platform and in every version of .NET. Every sentence has exactly one translation,
/// and a sentence belongs either to the training part or to the held-out part, whatever the seed: held-out sentences are
/// combinations that no training has seen.
/// </para>
/// </summary>
public static class PairGrammar
{
    private const int HeldOutOneIn = 20;

    /// <summary>Pairs to learn from, lazily. Common short sentences come more than once.</summary>
    /// <param name="seed">Any number; other seeds give other pairs.</param>
    /// <param name="count">How many, from 0. The first pairs do not depend on it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative number of pairs.</exception>
    public static IEnumerable<PhrasePair> Training(ulong seed, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return All(seed).Where(pair => !IsHeldOut(pair)).Take(count);
    }

    /// <summary>Different pairs that <see cref="Training"/> never gives, for any seed.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="count">How many, from 0 to 10,000. The first pairs do not depend on it.</param>
    /// <exception cref="ArgumentOutOfRangeException">Too many or a negative number.</exception>
    public static IEnumerable<PhrasePair> HeldOut(ulong seed, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 10_000);
        return All(seed).Where(IsHeldOut).Distinct().Take(count);
    }

    /// <summary>Whether a pair belongs to the held-out part, one of twenty: told by a hash of what it says.</summary>
    public static bool IsHeldOut(PhrasePair pair)
    {
        // A meaning has one sentence in each language, and the two together tell it.
        ulong hash = 14695981039346656037UL; // FNV-1a
        foreach (byte b in Encoding.UTF8.GetBytes($"{pair.English}\n{pair.Chinese}")) hash = (hash ^ b) * 1099511628211UL;
        return new StoryRandom(hash, 0).Below(HeldOutOneIn) == 0;
    }

    private static IEnumerable<PhrasePair> All(ulong seed)
    {
        for (ulong i = 0; ; i++)
        {
            Clause clause = new PairSource(seed, i).Draw();
            yield return new PhrasePair(EnglishPhrases.Sentence(clause), ChinesePhrases.Sentence(clause));
        }
    }
}
