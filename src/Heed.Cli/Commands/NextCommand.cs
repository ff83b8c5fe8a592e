using System.CommandLine;
using Heed.Generation;
using Heed.Models;

namespace Heed.Cli.Commands;

/// <summary>heed next: what a model thinks comes next.</summary>
internal static class NextCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> folder = CommonOptions.Model();
        Argument<string> prompt = new("PROMPT") { Description = "The text whose next token is asked for" };
        Option<int?> top = new Option<int?>("--top") { HelpName = "N", Description = "How many tokens to show. Default 10" }.InRange(1);
        Option<bool> start = CommonOptions.Start();
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: prompt, tokens (id, text, probability)");
        HeedCommand command = new("next", "Show the most probable next tokens of a prompt")
        {
            About = "One step of what a language model does: from a text to a probability for every token. A space shows as ·, a line end as ⏎, bytes that are only part of a character as <E4 BD>.",
            Examples =
            [
                ("heed next runs/stories \"Once upon a\"", "the ten most probable tokens, as bars"),
                ("heed next runs/stories \"Tom has two\" --top 3 --json", "three of them, for programs"),
            ],
        };
        command.Add(folder);
        command.Add(prompt);
        foreach (Option option in (Option[])[top, start]) command.Add(option);
        AdapterArguments adapters = new(command);
        foreach (Option option in (Option[])[threads, json]) command.Add(option);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            LanguageModel model = LanguageModel.Load(ModelArgument.Demand(parse.GetRequiredValue(folder), command.Name, ModelKind.Writer), adapters.Read(parse));
            string text = Show.Clean(parse.GetRequiredValue(prompt));
            IReadOnlyList<NextToken> next = model.Next(CommonOptions.Prompt(model, text, parse.GetValue(start)), parse.GetValue(top) ?? 10);
            if (parse.GetValue(json))
                JsonLine.Write(terminal.Out, w =>
                {
                    w.WriteString("prompt", text);
                    NextTable.Write(w, next);
                });
            else terminal.Console.Write(NextTable.Draw(model.Tokenizer, next));
            return ExitCode.Ok;
        });
        return command;
    }
}
