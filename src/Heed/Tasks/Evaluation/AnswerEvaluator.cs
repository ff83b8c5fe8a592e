using Heed.Metrics;

namespace Heed.Tasks.Evaluation;

/// <summary>Measures models that find answers in texts: exact match and F1, by the rules of SQuAD, or of CMRC 2018 where the answers are Chinese.</summary>
/// <param name="answerer">The model.</param>
public sealed class AnswerEvaluator(QuestionAnswerer answerer) : Evaluator
{
    private const int AtATime = 16, AnswerTokens = 30; // the length to which the original programs search

    /// <inheritdoc/>
    public override string Task => "finding answers";

    private protected override EvaluationParts Parts { get; } = new(
        new("--text", ["question"], "1"), new("--second", ["context"], "2"), new("--target", ["answers", "answer"], "3", MayBeEmpty: true));

    private protected override EvaluationResult Measure(IReadOnlyList<EvaluationItem> items, EvaluationWatch watch)
    {
        AnswerRules rules = Languages.AreChinese(items.SelectMany(i => i.Targets)) ? AnswerRules.Chinese : AnswerRules.English;
        // Where some questions have no answer, that there is none is an answer.
        AnswerOptions options = new() { MaximumAnswerTokens = AnswerTokens, AllowNone = items.Any(i => i.Targets.All(string.IsNullOrWhiteSpace)) };
        ContextAnswer[] said = Ask<ContextAnswer>(items, AtATime, watch, part => [.. part.Select(i => answerer.Answer(i.Text, i.Second!, options))], (item, answer) => new EvaluatedItem(item, answer.Text, answer.Score));
        string note = rules == AnswerRules.Chinese ? "rules of CMRC 2018" : "rules of SQuAD";
        return new EvaluationResult(Task, items.Count,
        [
            new("exact_match", "exact match", said.Zip(items).Average(p => AnswerMatch.Exact(p.First.Text, p.Second.Targets, rules) ? 1.0 : 0), FigureScale.Share, note),
            new("f1", "F1", said.Zip(items).Average(p => AnswerMatch.F1(p.First.Text, p.Second.Targets, rules)), FigureScale.Share),
        ]);
    }
}
