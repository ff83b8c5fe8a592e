using System.CommandLine;
using Heed.Data;
using Heed.Models;
using Heed.Tasks;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed answer: the part of a text that answers a question.</summary>
internal static class AnswerCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model();
        Argument<string> question = new("QUESTION") { Description = "The question" };
        Argument<string?> context = new("CONTEXT") { Arity = ArgumentArity.ZeroOrOne, Description = "The text that holds the answer, of any length. Without it, or with -: standard input" };
        Option<string?> file = new("--file") { HelpName = "FILE", Description = "Take the text of a file instead" };
        Option<int?> top = CommonOptions.Whole("--top", "Answers to show. Default 1").InRange(1);
        Option<int?> maxTokens = CommonOptions.Whole("--max-tokens", "Tokens of an answer at most. Default 15").InRange(1);
        Option<bool> none = new("--none") { Description = "Let \"no answer\" be an answer: for models that were trained for that" };
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: question, answers (text, start, end in UTF-16 units of the context, score)");
        HeedCommand command = new("answer", "Find the answer to a question in a text")
        {
            About = "A model for extractive question answering marks the part of the text that answers the question. A long text is read in overlapping parts.",
            Examples =
            [
                ("heed answer models/squad \"Where is the tower?\" \"The tower stands in Paris.\"", "the answer, and the text with it marked"),
                ("heed answer models/squad \"Who wrote it?\" --file book.txt --top 3 --json", "three answers from a file, for programs"),
            ],
        };
        foreach (Argument argument in (Argument[])[model, question, context]) command.Add(argument);
        foreach (Option option in (Option[])[file, top, maxTokens, none, threads, json]) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(file) is not null && result.GetValue(context) is not null) result.AddError("CONTEXT and --file exclude each other.");
        });
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            QuestionAnswerer answerer = QuestionAnswerer.Load(ModelArgument.Demand(parse.GetRequiredValue(model), command.Name, ModelKind.Finder));
            string asked = Show.Clean(parse.GetRequiredValue(question));
            string text = Show.Clean(parse.GetValue(file) is { } path ? TextFile.Read(path) : parse.GetValue(context) is { } given and not "-" ? given : Terminal.ReadInput());
            IReadOnlyList<ContextAnswer> answers = answerer.Answers(asked, text, new AnswerOptions
            {
                Count = parse.GetValue(top) ?? 1,
                MaximumAnswerTokens = parse.GetValue(maxTokens) ?? 15,
                AllowNone = parse.GetValue(none),
            });
            if (parse.GetValue(json)) WriteJson(terminal, asked, answers);
            else Draw(terminal, text, answers);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Draw(Terminal terminal, string context, IReadOnlyList<ContextAnswer> answers)
    {
        foreach (ContextAnswer answer in answers)
            terminal.Line($"[bold]{(answer.IsNone ? "(no answer)" : Markup.Escape(Show.OneLine(answer.Text)))}[/]  [grey]{Show.Percent(answer.Score)}[/]");
        terminal.Line();
        MarkedText.Write(terminal, context.TrimEnd('\r', '\n'), [.. answers.Where(a => !a.IsNone).Select(a => (a.Start, a.End)).Take(1)]);
    }

    private static void WriteJson(Terminal terminal, string question, IReadOnlyList<ContextAnswer> answers) => JsonLine.Write(terminal.Out, w =>
    {
        w.WriteString("question", question);
        w.WriteObjects("answers", answers, answer =>
        {
            w.WriteString("text", answer.Text);
            w.WriteNumber("start", answer.Start);
            w.WriteNumber("end", answer.End);
            w.WriteFinite("score", answer.Score);
        });
    });
}
