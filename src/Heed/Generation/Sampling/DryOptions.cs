using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>
/// DRY ("don't repeat yourself"): a token that would make the end of the text a longer copy of something before loses
/// Multiplier · Base^(length - AllowedLength), where length is that of the copy so far.
/// </summary>
public sealed record DryOptions
{
    /// <summary>Texts at which copies end where nothing else is asked for: a name before a colon, the beginning of a line may come again.</summary>
    public static IReadOnlyList<string> DefaultBreakers { get; } = ["\n", ":", "\"", "*"];

    /// <summary>Strength; 0 = off. 0.8 is usual.</summary>
    public float Multiplier { get; init; }

    /// <summary>By how much each further token of a copy costs more.</summary>
    public float Base { get; init; } = 1.75f;

    /// <summary>Copies shorter than this cost nothing.</summary>
    public int AllowedLength { get; init; } = 2;

    /// <summary>Tokens at the end of the text that are looked at, the prompt's included; null = all.</summary>
    public int? Range { get; init; }

    /// <summary>Token sequences across which no copy reaches; a single token that is one of them is never penalised. See <see cref="WithBreakers"/>.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Breakers { get; init; } = [];

    /// <summary>The same with copies that end at texts.</summary>
    /// <param name="tokenizer">Writes the texts as tokens: each token that holds a text is a breaker, and each that ends with its beginning, followed by the tokens of the rest.</param>
    /// <param name="texts">The texts.</param>
    /// <exception cref="ArgumentException">A text is empty.</exception>
    public DryOptions WithBreakers(Tokenizer tokenizer, IEnumerable<string> texts)
    {
        string[] wanted = [.. texts.Distinct(StringComparer.Ordinal)];
        if (wanted.Any(string.IsNullOrEmpty)) throw new ArgumentException("a sequence breaker must not be empty");
        Dictionary<string, int[]> rests = wanted.SelectMany(t => Enumerable.Range(1, t.Length - 1).Select(i => t[i..])).Distinct(StringComparer.Ordinal).ToDictionary(r => r, r => tokenizer.Encode(r), StringComparer.Ordinal);
        List<int[]> breakers = [];
        for (int id = 0; id < tokenizer.VocabularySize; id++)
        {
            string token = tokenizer.Decode([id]);
            if (wanted.Any(t => token.Contains(t, StringComparison.Ordinal)))
            {
                breakers.Add([id]);
                continue;
            }
            foreach (string text in wanted)
                for (int i = 1; i < text.Length; i++)
                    if (token.EndsWith(text[..i], StringComparison.Ordinal)) breakers.Add([id, .. rests[text[i..]]]);
        }
        return this with { Breakers = breakers };
    }

    internal void Validate(int? vocabulary = null)
    {
        OptionCheck.Require(Multiplier >= 0 && float.IsFinite(Multiplier), "dry multiplier", Multiplier, "0 (off) or more");
        OptionCheck.Require(Base >= 1 && float.IsFinite(Base), "dry base", Base, "1 or more");
        OptionCheck.Require(AllowedLength >= 1, "dry allowed length", AllowedLength, "1 or more");
        OptionCheck.Require(Range is null or >= 1, "dry range", Range ?? 0, "1 or more");
        foreach (IReadOnlyList<int> breaker in Breakers)
        {
            if (breaker.Count == 0) throw new ArgumentException("a sequence breaker must have at least one token");
            foreach (int id in breaker)
                if (id < 0 || id >= vocabulary) throw new ArgumentException($"sequence breaker token {id} is outside the vocabulary{(vocabulary is { } v ? $" of {v}" : "")}");
        }
    }
}
