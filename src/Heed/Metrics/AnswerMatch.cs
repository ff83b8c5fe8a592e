using System.Text;
using System.Text.RegularExpressions;

namespace Heed.Metrics;

/// <summary>By whose rules answers are compared.</summary>
public enum AnswerRules
{
    /// <summary>SQuAD's (Rajpurkar et al. 2016): without capitals, the signs of ASCII and the articles a, an, the; word by word.</summary>
    English,

    /// <summary>CMRC 2018's (Cui et al. 2019): without capitals and Chinese signs; Chinese character by character, and what is shared must stand together.</summary>
    Chinese,
}

/// <summary>How answers to questions agree with those of people: exactly, and by their words. Of several right answers the nearest counts.</summary>
public static class AnswerMatch
{
    private const string ChineseSigns = "-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』";

    private static readonly Regex Article = new(@"\b(a|an|the)\b", RegexOptions.CultureInvariant);

    // A number keeps its points and commas, a word its points within ("u.s").
    private static readonly Regex WordOrSign = new(@"[\p{L}\p{M}\p{N}]+(?:[.,'][\p{L}\p{M}\p{N}]+)*|\S", RegexOptions.CultureInvariant);

    /// <summary>Whether two texts are the same but for white space around them: exact match without any rules.</summary>
    public static bool Same(string text, string reference) => text.AsSpan().Trim().SequenceEqual(reference.AsSpan().Trim());

    /// <summary>Whether an answer is one of the right ones, by the rules.</summary>
    /// <param name="answer">What a model found; empty = that there is no answer.</param>
    /// <param name="right">The right answers; none, or one that is empty by the rules = that there is no answer.</param>
    /// <param name="rules">How they are compared.</param>
    public static bool Exact(string answer, IReadOnlyList<string> right, AnswerRules rules = AnswerRules.English) => rules == AnswerRules.English
        ? Right(right).Any(r => Normalize(r) == Normalize(answer))
        : OrEmpty(right).Any(r => WithoutSigns(r) == WithoutSigns(answer));

    /// <summary>Harmonic mean of the shares of shared words in the answer and in the right one, 0 to 1.</summary>
    /// <inheritdoc cref="Exact"/>
    public static double F1(string answer, IReadOnlyList<string> right, AnswerRules rules = AnswerRules.English) => rules == AnswerRules.English
        ? Right(right).Max(r => OfWords(MetricText.Words(Normalize(answer)), MetricText.Words(Normalize(r))))
        : OrEmpty(right).Max(r => OfRun(ChineseTokens(answer), ChineseTokens(r)));

    /// <summary>A text without capitals, signs of ASCII, articles and superfluous white space: SQuAD's normalisation.</summary>
    public static string Normalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder kept = new(text.Length);
        foreach (char c in text.ToLowerInvariant())
            if (!char.IsAscii(c) || !(char.IsPunctuation(c) || char.IsSymbol(c))) kept.Append(c);
        return string.Join(' ', MetricText.Words(Article.Replace(kept.ToString(), " ")));
    }

    // Answers that are only articles and signs do not count, unless there is no other.
    private static IReadOnlyList<string> Right(IReadOnlyList<string> right)
    {
        ArgumentNullException.ThrowIfNull(right);
        return OrEmpty([.. right.Where(r => Normalize(r).Length > 0)]);
    }

    private static IReadOnlyList<string> OrEmpty(IReadOnlyList<string> right) => right.Count > 0 ? right : [""];

    private static double OfWords(string[] answer, string[] right) =>
        answer.Length == 0 || right.Length == 0 ? answer.Length == right.Length ? 1 : 0 : Mean(NGrams.Shared(NGrams.OfTokens(answer, 1), NGrams.OfTokens(right, 1)), answer.Length, right.Length);

    private static double OfRun(string[] answer, string[] right) =>
        answer.Length == 0 && right.Length == 0 ? 1 : Mean(CommonSubsequence.LongestRun(answer, right), answer.Length, right.Length);

    private static double Mean(double shared, int answer, int right) => shared == 0 ? 0 : 2 * shared / (answer + right);

    private static string WithoutSigns(string text) => string.Concat(text.ToLowerInvariant().Trim().Where(c => !ChineseSigns.Contains(c)));

    // Ideographs alone; of the rest words and signs.
    private static string[] ChineseTokens(string text)
    {
        StringBuilder spaced = new();
        foreach (char c in WithoutSigns(text))
            if (c is >= '\u4E00' and <= '\u9FA5') spaced.Append(' ').Append(c).Append(' ');
            else spaced.Append(c);
        return [.. MetricText.Words(spaced.ToString()).SelectMany(w => WordOrSign.Matches(w).Select(m => m.Value))];
    }
}
