using Heed.Generation;
using Heed.Metrics;

namespace Heed.Tasks.Evaluation;

/// <summary>Measures encoder-decoders by what they write: translations, summaries, rewritten texts.</summary>
public sealed class RewriterEvaluator : Evaluator
{
    private const int BatchesAtATime = 8; // so that texts of like length can be found to go together

    private readonly TextRewriter rewriter;
    private readonly EvaluationOptions options;

    /// <summary>Makes one.</summary>
    /// <param name="rewriter">The model.</param>
    /// <param name="options">How it writes and how that is counted; null = the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public RewriterEvaluator(TextRewriter rewriter, EvaluationOptions? options = null)
    {
        (this.rewriter, this.options) = (rewriter, options ?? new EvaluationOptions());
        if (this.options.Metrics.FirstOrDefault(m => !Metrics.Contains(m)) is { } unknown) throw new ArgumentException($"there is no figure {unknown} of written texts; there are {string.Join(", ", Metrics)}");
    }

    /// <summary>The figures of written texts: bleu, chrf (with chrF++), rouge (1, 2, L, Lsum), exact (the same text).</summary>
    public static IReadOnlyList<string> Metrics { get; } = ["bleu", "chrf", "rouge", "exact"];

    /// <inheritdoc/>
    public override string Task => "writing";

    private protected override EvaluationParts Parts { get; } = new(new("--text", ["source", "text"], "1"), Target: new("--target", ["target", "targets", "reference", "references", "summary"], "2"));

    private protected override EvaluationResult Measure(IReadOnlyList<EvaluationItem> items, EvaluationWatch watch)
    {
        GenerationOptions writing = options.Generation ?? rewriter.Defaults;
        string[] texts = Ask(items, BatchesAtATime * rewriter.BatchSize, watch,
            part => rewriter.Run([.. part.Select(i => i.Text)], writing, watch.Cancellation), (item, text) => new EvaluatedItem(item, text));
        return new EvaluationResult(Task, items.Count, [.. Figures(texts, [.. items.Select(i => i.Targets)])]);
    }

    private IEnumerable<EvaluationFigure> Figures(string[] texts, IReadOnlyList<string>[] references)
    {
        bool chinese = Languages.AreChinese(references.SelectMany(r => r));
        if (Wants("bleu"))
        {
            BleuResult bleu = Bleu.Corpus(texts, references, new BleuOptions { Tokenization = options.BleuTokenization ?? (chinese ? BleuTokenization.Chinese : BleuTokenization.Mteval13a) });
            yield return new("bleu", "BLEU", bleu.Score, FigureScale.Points, $"{bleu.Details} {bleu.Signature}");
        }
        if (Wants("chrf"))
            foreach ((string key, string name, int words) in ((string, string, int)[])[("chrf", "chrF", 0), ("chrf++", "chrF++", 2)])
            {
                ChrfResult chrf = Chrf.Corpus(texts, references, new ChrfOptions { WordOrder = words });
                yield return new(key, name, chrf.Score, FigureScale.Points, chrf.Signature);
            }
        if (Wants("rouge"))
        {
            RougeTokenization cut = chinese ? RougeTokenization.Characters : options.Stems ? RougeTokenization.Stems : RougeTokenization.Words;
            RougeResult rouge = Rouge.Corpus(texts, references, cut);
            string note = $"F, mean of the texts; {(cut == RougeTokenization.Characters ? "Chinese by characters" : cut == RougeTokenization.Stems ? "stems of words" : "words")}";
            yield return new("rouge1", "ROUGE-1", 100 * rouge.Rouge1.F, FigureScale.Points, note);
            yield return new("rouge2", "ROUGE-2", 100 * rouge.Rouge2.F, FigureScale.Points);
            yield return new("rougeL", "ROUGE-L", 100 * rouge.RougeL.F, FigureScale.Points);
            yield return new("rougeLsum", "ROUGE-Lsum", 100 * rouge.RougeLsum.F, FigureScale.Points);
        }
        if (Wants("exact")) yield return new("exact_match", "the same text", (double)texts.Zip(references).Count(p => p.Second.Any(r => AnswerMatch.Same(p.First, r))) / texts.Length, FigureScale.Share);
    }

    private bool Wants(string metric) => options.Metrics.Count == 0 || options.Metrics.Contains(metric);
}
