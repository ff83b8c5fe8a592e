namespace Heed.Metrics;

/// <summary>How a text is cut into tokens before ROUGE counts them.</summary>
public enum RougeTokenization
{
    /// <summary>Words of the letters a to z and digits; all else parts them, as in Google's rouge_score.</summary>
    Words,

    /// <summary>The same with the stems of words of more than three letters.</summary>
    Stems,

    /// <summary>For Chinese and mixed texts: every character of Chinese, Japanese or Korean writing alone, other letters and digits as words; signs are left out.</summary>
    Characters,
}

/// <summary>Precision, recall and their F-score, 0 to 1.</summary>
/// <param name="Precision">Share of the written text that the reference has.</param>
/// <param name="Recall">Share of the reference that was written.</param>
/// <param name="F">Their harmonic mean.</param>
public readonly record struct RougeScore(double Precision, double Recall, double F)
{
    internal static RougeScore Of(double shared, double written, double wanted)
    {
        if (written == 0 || wanted == 0 || shared == 0) return default;
        double precision = shared / written, recall = shared / wanted;
        return new RougeScore(precision, recall, 2 * precision * recall / (precision + recall));
    }
}

/// <summary>The scores of a text, or the means of those of many.</summary>
/// <param name="Rouge1">Of words.</param>
/// <param name="Rouge2">Of pairs of words.</param>
/// <param name="RougeL">Of the longest common subsequence of the whole texts.</param>
/// <param name="RougeLsum">Of the longest common subsequences of each line of the reference with all lines of the text.</param>
public sealed record RougeResult(RougeScore Rouge1, RougeScore Rouge2, RougeScore RougeL, RougeScore RougeLsum);

/// <summary>
/// ROUGE (Lin 2004): what a summary shares with those of people. Counted as Google's rouge_score counts it, which follows ROUGE-1.5.5.
/// <code>
/// RougeResult rouge = Rouge.Corpus(summaries, references);
/// Console.WriteLine($"ROUGE-1 {rouge.Rouge1.F:P1}  ROUGE-2 {rouge.Rouge2.F:P1}  ROUGE-L {rouge.RougeL.F:P1}");
/// </code>
/// </summary>
public static class Rouge
{
    /// <summary>The mean scores of texts with one reference each.</summary>
    /// <inheritdoc cref="Corpus(IReadOnlyList{string}, IReadOnlyList{IReadOnlyList{string}}, RougeTokenization)"/>
    public static RougeResult Corpus(IReadOnlyList<string> texts, IReadOnlyList<string> references, RougeTokenization tokenization = RougeTokenization.Words) => Corpus(texts, ReferenceTexts.OneEach(references), tokenization);

    /// <summary>The mean scores of texts with several references each, of which for each figure the one with the best F counts.</summary>
    /// <param name="texts">What a model wrote; for ROUGE-Lsum a sentence a line.</param>
    /// <param name="references">For each text its references.</param>
    /// <param name="tokenization">How texts are cut into tokens.</param>
    /// <exception cref="ArgumentException">There are no texts, or a text has no reference.</exception>
    public static RougeResult Corpus(IReadOnlyList<string> texts, IReadOnlyList<IReadOnlyList<string>> references, RougeTokenization tokenization = RougeTokenization.Words)
    {
        ReferenceTexts.Check(texts, references);
        RougeResult[] each = [.. texts.Select((text, i) => Best([.. references[i].Select(r => Score(text, r, tokenization))]))];
        return new RougeResult(Mean(r => r.Rouge1), Mean(r => r.Rouge2), Mean(r => r.RougeL), Mean(r => r.RougeLsum));

        RougeScore Mean(Func<RougeResult, RougeScore> score) =>
            new(each.Average(r => score(r).Precision), each.Average(r => score(r).Recall), each.Average(r => score(r).F));
    }

    /// <summary>The scores of one text.</summary>
    /// <param name="text">What a model wrote.</param>
    /// <param name="reference">Its reference.</param>
    /// <param name="tokenization">How texts are cut into tokens.</param>
    public static RougeResult Score(string text, string reference, RougeTokenization tokenization = RougeTokenization.Words)
    {
        string[] written = RougeTokenizer.Tokenize(text, tokenization), wanted = RougeTokenizer.Tokenize(reference, tokenization);
        string[][] writtenLines = Lines(text, tokenization), wantedLines = Lines(reference, tokenization);
        RougeScore whole = RougeScore.Of(CommonSubsequence.Length(written, wanted), written.Length, wanted.Length);
        bool oneLine = writtenLines.Length <= 1 && wantedLines.Length <= 1;
        return new RougeResult(OfRuns(written, wanted, 1), OfRuns(written, wanted, 2), whole, oneLine ? whole : OfLines(writtenLines, wantedLines));
    }

    private static RougeResult Best(RougeResult[] scores) => scores.Length == 1 ? scores[0] : new RougeResult(
        scores.Select(s => s.Rouge1).MaxBy(s => s.F), scores.Select(s => s.Rouge2).MaxBy(s => s.F),
        scores.Select(s => s.RougeL).MaxBy(s => s.F), scores.Select(s => s.RougeLsum).MaxBy(s => s.F));

    private static RougeScore OfRuns(string[] written, string[] wanted, int order) =>
        RougeScore.Of(NGrams.Shared(NGrams.OfTokens(wanted, order), NGrams.OfTokens(written, order)), Math.Max(0, written.Length - order + 1), Math.Max(0, wanted.Length - order + 1));

    private static string[][] Lines(string text, RougeTokenization tokenization) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => RougeTokenizer.Tokenize(l, tokenization))];

    // Of each line of the reference the tokens that are in a longest common subsequence with any line of the text; none counts more often
    // than it stands in either.
    private static RougeScore OfLines(string[][] written, string[][] wanted)
    {
        Dictionary<string, int> left = NGrams.OfTokens([.. written.SelectMany(l => l)], 1), wantedLeft = NGrams.OfTokens([.. wanted.SelectMany(l => l)], 1);
        int hits = 0;
        foreach (string[] line in wanted)
            foreach (int place in new SortedSet<int>(written.SelectMany(w => CommonSubsequence.Places(line, w))))
                if (left.GetValueOrDefault(line[place]) > 0 && wantedLeft[line[place]] > 0)
                {
                    left[line[place]]--;
                    wantedLeft[line[place]]--;
                    hits++;
                }
        return RougeScore.Of(hits, written.Sum(l => l.Length), wanted.Sum(l => l.Length));
    }
}
