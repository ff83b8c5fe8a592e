using System.Globalization;

namespace Heed.Metrics;

/// <summary>How chrF is counted.</summary>
public sealed record ChrfOptions
{
    /// <summary>Characters of the longest runs that are counted.</summary>
    public int CharacterOrder { get; init; } = 6;

    /// <summary>Words of the longest runs that are counted beside them: 0 is chrF, 2 is chrF++ (Popović 2017).</summary>
    public int WordOrder { get; init; }

    /// <summary>How many times as much recall counts as precision.</summary>
    public double Beta { get; init; } = 2;

    /// <summary>Whether capitals count as small letters.</summary>
    public bool Lowercase { get; init; }

    /// <summary>Whether white space is a character too.</summary>
    public bool Whitespace { get; init; }

    internal void Validate()
    {
        if (CharacterOrder is < 1 or > 64) throw new ArgumentException($"the longest runs must have 1 to 64 characters, given {CharacterOrder}");
        if (WordOrder is < 0 or > 16) throw new ArgumentException($"the longest runs must have 0 to 16 words, given {WordOrder}");
        if (!(double.IsFinite(Beta) && Beta > 0)) throw new ArgumentException($"beta must be above 0, given {Beta}");
    }

    internal string Signature(int? references) => string.Create(CultureInfo.InvariantCulture,
        $"nrefs:{references?.ToString(CultureInfo.InvariantCulture) ?? "var"}|case:{(Lowercase ? "lc" : "mixed")}|eff:yes|nc:{CharacterOrder}|nw:{WordOrder}|space:{(Whitespace ? "yes" : "no")}|version:{ReferenceTexts.Version}");
}

/// <summary>A chrF score.</summary>
/// <param name="Score">0 to 100.</param>
/// <param name="Name">chrF2, or chrF2++ with words.</param>
/// <param name="Signature">How it was counted, as sacrebleu writes it.</param>
public sealed record ChrfResult(double Score, string Name, string Signature)
{
    /// <summary>The line that sacrebleu prints.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} = {Score:F2}");
}

/// <summary>
/// chrF (Popović 2015): F-score of the runs of characters that written texts share with their references; words need not be cut, so it suits
/// every language. Counted as sacrebleu counts it.
/// </summary>
public static class Chrf
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>The score of texts with one reference each.</summary>
    /// <inheritdoc cref="Corpus(IReadOnlyList{string}, IReadOnlyList{IReadOnlyList{string}}, ChrfOptions?)"/>
    public static ChrfResult Corpus(IReadOnlyList<string> texts, IReadOnlyList<string> references, ChrfOptions? options = null) => Corpus(texts, ReferenceTexts.OneEach(references), options);

    /// <summary>The score of texts with several references each, of which the most alike counts. It is that of all texts together.</summary>
    /// <param name="texts">What a model wrote.</param>
    /// <param name="references">For each text its references.</param>
    /// <param name="options">How to count; null = the defaults.</param>
    /// <exception cref="ArgumentException">There are no texts, a text has no reference, or an option is out of range.</exception>
    public static ChrfResult Corpus(IReadOnlyList<string> texts, IReadOnlyList<IReadOnlyList<string>> references, ChrfOptions? options = null)
    {
        options ??= new ChrfOptions();
        options.Validate();
        int? count = ReferenceTexts.Check(texts, references);
        Overlap[] sum = new Overlap[options.CharacterOrder + options.WordOrder];
        for (int i = 0; i < texts.Count; i++)
        {
            Dictionary<string, int>[] grams = Grams(texts[i], options);
            Overlap[] best = references[i].Select(r => Compare(grams, Grams(r, options))).MaxBy(o => Score(o, options))!;
            for (int n = 0; n < sum.Length; n++) sum[n] = new Overlap(sum[n].Written + best[n].Written, sum[n].Wanted + best[n].Wanted, sum[n].Shared + best[n].Shared);
        }
        string name = string.Create(CultureInfo.InvariantCulture, $"chrF{options.Beta}{new string('+', options.WordOrder)}");
        return new ChrfResult(Score(sum, options), name, options.Signature(count));
    }

    /// <summary>The score of one text.</summary>
    /// <param name="text">What a model wrote.</param>
    /// <param name="references">Its references.</param>
    /// <param name="options">How to count; null = the defaults.</param>
    /// <exception cref="ArgumentException">There is no reference, or an option is out of range.</exception>
    public static ChrfResult Sentence(string text, IReadOnlyList<string> references, ChrfOptions? options = null) => Corpus([text], [references], options);

    // Runs of one order: in the text, in the reference, in both.
    private readonly record struct Overlap(long Written, long Wanted, long Shared);

    private static Dictionary<string, int>[] Grams(string text, ChrfOptions options)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (options.Lowercase) text = text.ToLowerInvariant();
        string characters = options.Whitespace ? text : MetricText.WithoutSpaces(text);
        string[] words = options.WordOrder > 0 ? Words(text) : [];
        return
        [
            .. Enumerable.Range(1, options.CharacterOrder).Select(n => NGrams.OfCharacters(characters, n)),
            .. Enumerable.Range(1, options.WordOrder).Select(n => NGrams.OfTokens(words, n)),
        ];
    }

    // Words with one sign apart: that at the end, else that at the beginning.
    private static string[] Words(string text)
    {
        List<string> words = [];
        foreach (string word in MetricText.Words(text))
            if (word.Length == 1) words.Add(word);
            else if (Punctuation.Contains(word[^1])) words.AddRange([word[..^1], word[^1..]]);
            else if (Punctuation.Contains(word[0])) words.AddRange([word[..1], word[1..]]);
            else words.Add(word);
        return [.. words];
    }

    // What the reference has no runs of is not held against the text.
    private static Overlap[] Compare(Dictionary<string, int>[] text, Dictionary<string, int>[] reference) =>
        [.. text.Zip(reference, (t, r) => new Overlap(r.Count > 0 ? NGrams.Total(t) : 0, NGrams.Total(r), NGrams.Shared(t, r)))];

    // F of the mean precision and the mean recall over the orders that both have.
    private static double Score(Overlap[] orders, ChrfOptions options)
    {
        double precision = 0, recall = 0, factor = options.Beta * options.Beta;
        int counted = 0;
        foreach (Overlap o in orders)
        {
            if (o.Written == 0 || o.Wanted == 0) continue;
            precision += (double)o.Shared / o.Written;
            recall += (double)o.Shared / o.Wanted;
            counted++;
        }
        if (precision + recall == 0) return 0;
        return 100 * (1 + factor) * precision * recall / counted / (factor * precision + recall);
    }
}
