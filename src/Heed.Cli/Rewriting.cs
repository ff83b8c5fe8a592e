using System.CommandLine;
using Heed.Data;
using Heed.Generation;
using Heed.Models;

namespace Heed.Cli;

/// <summary>What translate, summarize and rewrite share: texts in, texts of an encoder-decoder out.</summary>
internal sealed class Rewriting
{
    private const int UsualTokens = 20, MostTokens = 256;

    private readonly Argument<string> name = CommonOptions.Model();
    private readonly TextInputs texts;
    private readonly Option<bool> whole = new("--whole") { Description = "The file, or standard input, is one text, not one a line" };
    private readonly Option<string?> task = new("--task") { HelpName = "NAME", Description = "A task that the model's config.json names, such as summarization: its prefix and options" };
    private readonly Option<string?> prefix = new("--prefix") { HelpName = "TEXT", Description = "Text to put before each source, such as \"paraphrase: \"" };
    private readonly Option<int?> beams = CommonOptions.Whole("--beams", "Beams to search with; 1 = the most probable token each time. Default: as the model's folder says").InRange(1, 1024);
    private readonly Option<int?> sequences = CommonOptions.Whole("--sequences", "Answers for each text, best first; at most as many as beams. Default 1").InRange(1, 1024);
    private readonly Option<float?> lengthPenalty = CommonOptions.Number("--length-penalty", "Of beams: above 0 favours long answers, below 0 short ones. Default: as the model's folder says");
    private readonly Option<int?> noRepeat = CommonOptions.Whole("--no-repeat", "No N tokens in a row are written twice; 0 = off. Default: as the model's folder says").InRange(0);
    private readonly Option<int?> minTokens = CommonOptions.Whole("--min-tokens", "Fewest tokens to write. Default: as the model's folder says").InRange(0);
    private readonly Option<int?> maxTokens = CommonOptions.Whole("--max-tokens", "Most tokens to write. Default: as the model's folder says, else 256").InRange(1);
    private readonly AdapterArguments adapters;
    private readonly Option<int?> threads = CommonOptions.Threads();
    private readonly Option<bool> json = CommonOptions.Json("One JSON object a text: text, outputs (best first)");

    /// <summary>Adds arguments and options to a command.</summary>
    public Rewriting(Command command)
    {
        command.Add(name);
        texts = new TextInputs(command, "TEXT", "Texts. Without any: the lines of standard input");
        foreach (Option option in (Option[])[whole, task, prefix, beams, sequences, lengthPenalty, noRepeat, minTokens, maxTokens]) command.Add(option);
        adapters = new AdapterArguments(command);
        command.Add(threads);
        command.Add(json);
        command.Validators.Add(result =>
        {
            if (result.GetValue(task) is not null && result.GetValue(prefix) is not null) result.AddError("--task and --prefix exclude each other.");
        });
    }

    /// <summary>Whether the caller chose what stands before the texts.</summary>
    public bool IsChosen(ParseResult parse) => parse.GetValue(task) is not null || parse.GetValue(prefix) is not null;

    /// <summary>Rewrites.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="command">The command's name.</param>
    /// <param name="parse">The command line.</param>
    /// <param name="usual">The task of a model where the caller names none; null = none.</param>
    public int Run(Terminal terminal, string command, ParseResult parse, Func<TextRewriter, RewritingTask?> usual)
    {
        using Interrupt interrupt = new();
        CommonOptions.UseThreads(parse.GetValue(threads));
        TextRewriter model = TextRewriter.Load(ModelArgument.Demand(parse.GetRequiredValue(name), command, ModelKind.Rewriter), adapters: adapters.Read(parse));
        RewritingTask chosen = Task(parse, model, usual);
        GenerationOptions options = Options(parse, chosen.Options);
        foreach (string[] group in Texts(parse))
        {
            IReadOnlyList<IReadOnlyList<string>> outputs = model.RunAll([.. group.Select(text => chosen.Prefix + text)], options, interrupt.Token);
            for (int i = 0; i < group.Length; i++)
                if (parse.GetValue(json))
                    JsonLine.Write(terminal.Out, w =>
                    {
                        w.WriteString("text", group[i]);
                        w.WriteStrings("outputs", outputs[i]);
                    });
                else
                    foreach (string output in outputs[i]) terminal.Text(output.ReplaceLineEndings(" ") + "\n");
        }
        return ExitCode.Ok;
    }

    private IEnumerable<string[]> Texts(ParseResult parse)
    {
        if (!parse.GetValue(whole)) return texts.Read(parse);
        string text = Show.Clean(texts.FileOf(parse) is { } path and not "-" ? TextFile.Read(path) : Terminal.ReadInput()).Trim();
        return text.Length > 0 ? [[text]] : throw new ArgumentException("there is no text: give --file FILE, or standard input");
    }

    private RewritingTask Task(ParseResult parse, TextRewriter model, Func<TextRewriter, RewritingTask?> usual)
    {
        if (parse.GetValue(task) is not { } wanted) return parse.GetValue(prefix) is { } before ? new RewritingTask(Show.Clean(before), model.Defaults) : usual(model) ?? new RewritingTask("", model.Defaults);
        return model.Tasks.TryGetValue(wanted, out RewritingTask? found) ? found
            : throw new ArgumentException($"the model names no task {wanted}; it names {(model.Tasks.Count == 0 ? "none" : string.Join(", ", model.Tasks.Keys))}");
    }

    private GenerationOptions Options(ParseResult parse, GenerationOptions own)
    {
        GenerationOptions options = Settings(own, parse.GetValue(beams) ?? Math.Max(own.Beams.Count, parse.GetValue(sequences) ?? 1), parse.GetValue(lengthPenalty), parse.GetValue(maxTokens));
        TokenRules rules = options.Sampling.Rules;
        return options with
        {
            Sampling = options.Sampling with { Rules = rules with { MinNewTokens = parse.GetValue(minTokens) ?? rules.MinNewTokens, NoRepeatNgram = parse.GetValue(noRepeat) ?? rules.NoRepeatNgram } },
            Beams = options.Beams with { Returned = parse.GetValue(sequences) ?? 1 },
        };
    }

    /// <summary>How a model writes: as its folder says, but for what the command line says.</summary>
    public static GenerationOptions Settings(GenerationOptions own, int? beams, float? lengthPenalty, int? maxTokens)
    {
        SamplingOptions sampling = own.Sampling;
        int count = beams ?? own.Beams.Count;
        // 20 is what files say that say nothing.
        bool unsaid = own.MaxLength is null && sampling.MaxTokens == UsualTokens;
        return own with
        {
            MaxLength = maxTokens is null ? own.MaxLength : null,
            Sampling = sampling with { MaxTokens = maxTokens ?? (unsaid ? MostTokens : sampling.MaxTokens) },
            Beams = own.Beams with
            {
                Count = count,
                Groups = count % own.Beams.Groups == 0 ? own.Beams.Groups : 1,
                LengthPenalty = lengthPenalty ?? own.Beams.LengthPenalty,
                Returned = 1,
            },
        };
    }
}
