using System.Globalization;

namespace Heed.Metrics;

/// <summary>What stands in for a precision of 0, of which there is no logarithm (Chen and Cherry 2014).</summary>
public enum BleuSmoothing
{
    /// <summary>Orders without a match count as half a match, the next one as a quarter, and so on, as in mteval-v13a ("exp").</summary>
    Exponential,

    /// <summary>A small number of matches, usually 0.1 ("floor").</summary>
    Floor,

    /// <summary>Some matches more, usually 1, in every order but the first ("add-k").</summary>
    AddK,

    /// <summary>Nothing: the score is as good as 0 ("none").</summary>
    None,
}

/// <summary>How BLEU is counted. Figures compare where their signatures are equal.</summary>
public sealed record BleuOptions
{
    /// <summary>How texts are cut into tokens.</summary>
    public BleuTokenization Tokenization { get; init; } = BleuTokenization.Mteval13a;

    /// <summary>What stands in for a precision of 0.</summary>
    public BleuSmoothing Smoothing { get; init; } = BleuSmoothing.Exponential;

    /// <summary>Matches that <see cref="BleuSmoothing.Floor"/> (usually 0.1) or <see cref="BleuSmoothing.AddK"/> (usually 1) add; null = the usual.</summary>
    public double? SmoothingValue { get; init; }

    /// <summary>Whether capitals count as small letters.</summary>
    public bool Lowercase { get; init; }

    /// <summary>Whether orders longer than the text are left out, as single sentences need.</summary>
    public bool EffectiveOrder { get; init; }

    /// <summary>Tokens of the longest runs that are counted.</summary>
    public int MaximumOrder { get; init; } = 4;

    internal double Value => SmoothingValue ?? (Smoothing == BleuSmoothing.Floor ? 0.1 : 1);

    internal void Validate()
    {
        if (MaximumOrder is < 1 or > 16) throw new ArgumentException($"the longest runs must have 1 to 16 tokens, given {MaximumOrder}");
        if (SmoothingValue is { } value && !(double.IsFinite(value) && value >= 0)) throw new ArgumentException($"the smoothing value must be 0 or more, given {value}");
    }

    internal string Signature(int? references) => string.Create(CultureInfo.InvariantCulture,
        $"nrefs:{references?.ToString(CultureInfo.InvariantCulture) ?? "var"}|case:{(Lowercase ? "lc" : "mixed")}|eff:{(EffectiveOrder ? "yes" : "no")}|tok:{BleuTokenizer.NameOf(Tokenization)}|smooth:{SmoothingName}|version:{ReferenceTexts.Version}");

    private string SmoothingName => Smoothing switch
    {
        BleuSmoothing.Exponential => "exp",
        BleuSmoothing.Floor => string.Create(CultureInfo.InvariantCulture, $"floor[{Value:F2}]"),
        BleuSmoothing.AddK => string.Create(CultureInfo.InvariantCulture, $"add-k[{Value:F2}]"),
        _ => "none",
    };
}

/// <summary>A BLEU score and what it is made of.</summary>
/// <param name="Score">0 to 100.</param>
/// <param name="Precisions">Share of the runs of 1, 2, ... tokens that a reference has too, 0 to 100, smoothed.</param>
/// <param name="Matches">Runs of each order that a reference has too.</param>
/// <param name="Totals">Runs of each order.</param>
/// <param name="BrevityPenalty">Factor of at most 1 for texts that are shorter than their references.</param>
/// <param name="Length">Tokens of the texts.</param>
/// <param name="ReferenceLength">Tokens of the references, of each text that which is nearest in length.</param>
/// <param name="Signature">How it was counted, as sacrebleu writes it.</param>
public sealed record BleuResult(
    double Score, IReadOnlyList<double> Precisions, IReadOnlyList<long> Matches, IReadOnlyList<long> Totals,
    double BrevityPenalty, long Length, long ReferenceLength, string Signature)
{
    /// <summary>Tokens of the texts for one of the references.</summary>
    public double Ratio => ReferenceLength == 0 ? 0 : (double)Length / ReferenceLength;

    /// <summary>What the score is made of, in one line: 75.0/66.7/50.0/50.0 (BP = 1.000 ratio = 1.000 hyp_len = 4 ref_len = 4).</summary>
    public string Details => string.Create(CultureInfo.InvariantCulture,
        $"{string.Join('/', Precisions.Select(p => p.ToString("F1", CultureInfo.InvariantCulture)))} (BP = {BrevityPenalty:F3} ratio = {Ratio:F3} hyp_len = {Length} ref_len = {ReferenceLength})");

    /// <summary>The line that sacrebleu prints.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"BLEU = {Score:F2} {Details}");
}

/// <summary>
/// BLEU (Papineni et al. 2002): how many runs of up to four tokens written texts share with translations by people. Counted as sacrebleu
/// counts it (Post 2018), so that figures compare with published ones.
/// <code>
/// BleuResult bleu = Bleu.Corpus(["the cat sat on a mat"], ["the cat sat on the mat"]);
/// Console.WriteLine($"{bleu} {bleu.Signature}");
/// </code>
/// </summary>
public static class Bleu
{
    private const double LogarithmOfZero = -9999999999; // sacrebleu's

    /// <summary>The score of texts with one reference each.</summary>
    /// <inheritdoc cref="Corpus(IReadOnlyList{string}, IReadOnlyList{IReadOnlyList{string}}, BleuOptions?)"/>
    public static BleuResult Corpus(IReadOnlyList<string> texts, IReadOnlyList<string> references, BleuOptions? options = null) => Corpus(texts, ReferenceTexts.OneEach(references), options);

    /// <summary>The score of texts with several references each. It is that of all texts together, no mean of theirs.</summary>
    /// <param name="texts">What a model wrote.</param>
    /// <param name="references">For each text its references.</param>
    /// <param name="options">How to count; null = the defaults.</param>
    /// <exception cref="ArgumentException">There are no texts, a text has no reference, or an option is out of range.</exception>
    public static BleuResult Corpus(IReadOnlyList<string> texts, IReadOnlyList<IReadOnlyList<string>> references, BleuOptions? options = null)
    {
        options ??= new BleuOptions();
        options.Validate();
        int? count = ReferenceTexts.Check(texts, references);
        Tally tally = new(options);
        for (int i = 0; i < texts.Count; i++) tally.Add(texts[i], references[i]);
        return tally.Result(options.Signature(count));
    }

    /// <summary>The score of one text; without options with <see cref="BleuOptions.EffectiveOrder"/>.</summary>
    /// <param name="text">What a model wrote.</param>
    /// <param name="references">Its references.</param>
    /// <param name="options">How to count.</param>
    /// <exception cref="ArgumentException">There is no reference, or an option is out of range.</exception>
    public static BleuResult Sentence(string text, IReadOnlyList<string> references, BleuOptions? options = null) =>
        Corpus([text], [references], options ?? new BleuOptions { EffectiveOrder = true });

    private sealed class Tally(BleuOptions options)
    {
        private readonly long[] matches = new long[options.MaximumOrder], totals = new long[options.MaximumOrder];
        private long length, referenceLength;

        public void Add(string text, IReadOnlyList<string> references)
        {
            string[] tokens = Tokens(text);
            string[][] others = [.. references.Select(Tokens)];
            length += tokens.Length;
            referenceLength += others.Select(o => o.Length).OrderBy(l => Math.Abs(l - tokens.Length)).ThenBy(l => l).First();
            for (int order = 1; order <= options.MaximumOrder; order++)
            {
                matches[order - 1] += NGrams.Shared(NGrams.OfTokens(tokens, order), MostOf([.. others.Select(o => NGrams.OfTokens(o, order))]));
                totals[order - 1] += Math.Max(0, tokens.Length - order + 1);
            }
        }

        public BleuResult Result(string signature)
        {
            double penalty = length >= referenceLength ? 1 : length == 0 ? 0 : Math.Exp(1 - (double)referenceLength / length);
            double[] precisions = new double[options.MaximumOrder];
            double score = matches.Any(m => m > 0) ? penalty * Math.Exp(MeanLogarithm(precisions)) : 0;
            return new BleuResult(score, precisions, matches, totals, penalty, length, referenceLength, signature);
        }

        // Fills the precisions, in percent, and takes the mean of their logarithms over the orders that count.
        private double MeanLogarithm(double[] precisions)
        {
            int orders = options.MaximumOrder;
            double halved = 1;
            for (int n = 0; n < precisions.Length; n++)
            {
                double added = options.Smoothing == BleuSmoothing.AddK && n > 0 ? options.Value : 0, found = matches[n] + added, all = totals[n] + added;
                if (all == 0) break;
                if (options.EffectiveOrder) orders = n + 1;
                if (found == 0) found = options.Smoothing switch
                {
                    BleuSmoothing.Exponential => 1 / (halved *= 2),
                    BleuSmoothing.Floor => options.Value,
                    _ => 0,
                };
                precisions[n] = 100 * found / all;
            }
            return precisions.Take(orders).Sum(p => p == 0 ? LogarithmOfZero : Math.Log(p)) / orders;
        }

        private string[] Tokens(string text)
        {
            ArgumentNullException.ThrowIfNull(text);
            return BleuTokenizer.Tokenize(options.Lowercase ? text.ToLowerInvariant() : text, options.Tokenization);
        }

        // Each run as often as in the reference that has it most.
        private static Dictionary<string, int> MostOf(Dictionary<string, int>[] references)
        {
            Dictionary<string, int> most = references[0];
            foreach (Dictionary<string, int> other in references.Skip(1))
                foreach ((string gram, int count) in other) most[gram] = Math.Max(most.GetValueOrDefault(gram), count);
            return most;
        }
    }
}
