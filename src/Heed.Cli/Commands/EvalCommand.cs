using System.CommandLine;
using System.Diagnostics;
using Heed.Data.Records;
using Heed.Generation;
using Heed.Metrics;
using Heed.Models;
using Heed.Tasks.Evaluation;

namespace Heed.Cli.Commands;

/// <summary>heed eval: how well a model does on data that it has not seen.</summary>
internal sealed class EvalCommand
{
    private readonly Argument<string> model = CommonOptions.Model();
    private readonly Argument<string?> data = new("DATA") { Arity = ArgumentArity.ZeroOrOne, Description = "A file of records (.jsonl, .csv, .tsv or .txt, each also .gz), a glob, or a folder with a test split. Without it: the test split that the model's recipe.json names" };
    private readonly Option<string?> text = Column("--text", "Column of the text (of answers: the question), or a template such as \"{title}: {body}\"");
    private readonly Option<string?> second = Column("--second", "Column of the second text: of a pair, or that in which the answer stands");
    private readonly Option<string?> target = Column("--target", "Column of what is right: a label, a number, a text; a list is several");
    private readonly Option<int?> limit = CommonOptions.Whole("--limit", "Measure the first N records only").InRange(1);
    private readonly Option<int?> corruptLimit = CommonOptions.Whole("--corrupt-limit", "Pass over up to N records that cannot be used; each is told of, with file and line. Default: as the model's recipe says for its own test split, else 0").InRange(0);
    private readonly Option<int?> beams = CommonOptions.Whole("--beams", "Of written texts: beams to search with. Default: as the model's folder says").InRange(1, 1024);
    private readonly Option<float?> lengthPenalty = CommonOptions.Number("--length-penalty", "Of beams: above 0 favours long texts, below 0 short ones. Default: as the model's folder says");
    private readonly Option<int?> maxTokens = CommonOptions.Whole("--max-tokens", "Of written texts: most tokens. Default: as the model's folder says, else 256").InRange(1);
    private readonly Option<int?> batch = CommonOptions.Whole("--batch", "Texts that are written side by side. Default 16").InRange(1, 4096);
    private readonly Option<string[]> metric = new("--metric") { HelpName = "NAME", Description = "Of written texts: bleu, chrf, rouge or exact; may be given again. Default: all", AllowMultipleArgumentsPerToken = false };
    private readonly Option<string?> bleuTokenize = new("--bleu-tokenize") { HelpName = "HOW", Description = "How BLEU cuts texts: 13a, zh, char or none. Default: zh where the references are Chinese, else 13a" };
    private readonly Option<bool> stem = new("--stem") { Description = "Let ROUGE compare the stems of English words" };
    private readonly Option<int?> context = PerplexityCommand.ContextOption();
    private readonly Option<int?> stride = CommonOptions.Whole("--stride", "Of perplexity: tokens by which the window moves. Default: half of what the model sees").InRange(1);
    private readonly Option<string?> output = new("--output") { HelpName = "FILE", Description = "Write each prediction beside what is right: a JSON object a line" };
    private readonly Option<int?> threads = CommonOptions.Threads();
    private readonly Option<bool> json = CommonOptions.Json("One JSON object: task, items, the figures by name, notes; of classes also classes and confusion");

    private readonly AdapterArguments adapters;

    private EvalCommand(Command command)
    {
        command.Add(model);
        command.Add(data);
        metric.AcceptOnlyFromAmong([.. RewriterEvaluator.Metrics]);
        bleuTokenize.AcceptOnlyFromAmong([.. Enum.GetValues<BleuTokenization>().Select(BleuTokenizer.NameOf)]);
        foreach (Option option in (Option[])[text, second, target, limit, corruptLimit, .. OfWriting, .. OfPerplexity]) command.Add(option);
        adapters = new AdapterArguments(command);
        foreach (Option option in (Option[])[output, threads, json]) command.Add(option);
    }

    public static Command Create(Terminal terminal)
    {
        HeedCommand command = new("eval", "Measure how well a model does on data")
        {
            About = """
                What is measured depends on the model: perplexity and bits per byte of models that continue texts; BLEU, chrF, ROUGE and exact match of what encoder-decoders write; accuracy, F1, Matthews correlation and the confusion matrix of classifiers, or errors and correlation where they predict numbers; accuracy and loss at masks; correlation of vectors with scored pairs; exact match and F1 of found answers.
                BLEU, chrF and ROUGE are counted as sacrebleu and rouge_score count them, F1 of answers as SQuAD and CMRC 2018 do, so that figures compare with published ones.
                """,
            Examples =
            [
                ("heed eval runs/translate-en-de --beams 4", "on the test split that its recipe names"),
                ("heed eval runs/translate-zh-en test.jsonl --text zh --target en --output said.jsonl", "on another file; what it wrote goes to a file too"),
                ("heed eval models/sentiment reviews.csv --json", "columns text and label, for programs"),
            ],
        };
        EvalCommand own = new(command);
        command.SetAction(parse => own.Run(terminal, parse));
        return command;
    }

    private Option[] OfWriting => [beams, lengthPenalty, maxTokens, batch, metric, bleuTokenize, stem];

    private Option[] OfPerplexity => [context, stride];

    private int Run(Terminal terminal, ParseResult parse)
    {
        using Interrupt interrupt = new();
        CommonOptions.UseThreads(parse.GetValue(threads));
        string folder = CommonOptions.Folder(parse.GetRequiredValue(model));
        EvaluationSource source = (parse.GetValue(data) is { } file ? EvaluationSource.Of(file) : EvaluationSource.OfRecipe(adapters.Read(parse) is [.., var last] ? last.Folder : folder))
            .With(parse.GetValue(text), parse.GetValue(second), parse.GetValue(target));
        Evaluator evaluator = Evaluator.Load(folder, Options(parse, folder));
        Refuse(parse, evaluator);
        RecordFaults faults = new(parse.GetValue(corruptLimit) ?? source.CorruptLimit, terminal.Error.WriteLine);
        IReadOnlyList<EvaluationItem> items = evaluator.Read(source.Files, source.Columns, parse.GetValue(limit), faults);
        if (faults.Count > 0) terminal.Error.WriteLine(faults.Summary);
        using PredictionFile said = new(parse.GetValue(output), source.Files);
        long begin = Stopwatch.GetTimestamp();
        EvaluationResult result;
        using (ProgressLine progress = new(terminal))
            result = evaluator.Run(items, new EvaluationWatch
            {
                Progress = (done, all) => progress.Say($"{done} of {all}, {Show.Time(Stopwatch.GetElapsedTime(begin) * ((double)all / done - 1))} left"),
                Predicted = said.Add,
                Cancellation = interrupt.Token,
            });
        TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
        if (parse.GetValue(json)) EvaluationScreen.WriteJson(terminal, result, source.Name, elapsed);
        else EvaluationScreen.Draw(terminal, result, source.Name, elapsed);
        return ExitCode.Ok;
    }

    private EvaluationOptions Options(ParseResult parse, string folder) => new()
    {
        Adapters = adapters.Read(parse),
        Generation = WritesTexts(folder) ? Rewriting.Settings(GenerationConfig.Load(folder), parse.GetValue(beams), parse.GetValue(lengthPenalty), parse.GetValue(maxTokens)) : null,
        Batch = parse.GetValue(batch) ?? 16,
        Metrics = parse.GetValue(metric) ?? [],
        BleuTokenization = parse.GetValue(bleuTokenize) is { } name ? Enum.GetValues<BleuTokenization>().Single(t => BleuTokenizer.NameOf(t) == name) : null,
        Stems = parse.GetValue(stem),
        Context = parse.GetValue(context),
        Stride = parse.GetValue(stride),
    };

    private static bool WritesTexts(string folder) => !File.Exists(Path.Combine(folder, "modules.json")) && ModelKinds.Of(folder) == ModelKind.Rewriter;

    // An option that the model has no use for is a mistake that would change nothing.
    private void Refuse(ParseResult parse, Evaluator evaluator)
    {
        foreach ((Option[] options, bool fits, string models) in ((Option[], bool, string)[])[(OfWriting, evaluator is RewriterEvaluator, "models that rewrite texts"), (OfPerplexity, evaluator is DecoderEvaluator, "models that continue texts"), ([output], evaluator.Predicts, "models whose answers are right or wrong")])
            if (!fits && options.FirstOrDefault(o => IsGiven(parse, o)) is { } given) throw new ArgumentException($"{given.Name} is for {models}; this one is measured in {evaluator.Task}");
    }

    private static bool IsGiven(ParseResult parse, Option option) => parse.GetResult(option) is { Implicit: false };

    private static Option<string?> Column(string name, string description) => new(name) { HelpName = "COLUMN", Description = description };
}
