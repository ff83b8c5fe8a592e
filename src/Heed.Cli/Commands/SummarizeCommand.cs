using System.CommandLine;

namespace Heed.Cli.Commands;

/// <summary>heed summarize: the short of a text.</summary>
internal static class SummarizeCommand
{
    public static Command Create(Terminal terminal)
    {
        HeedCommand command = new("summarize", "Say in short what a text says")
        {
            About = "With an encoder-decoder that was trained for it (BART, T5). If its config.json names the task summarization, the prefix and options of that are taken. A text beyond the model's context is cut off.",
            Examples =
            [
                ("heed summarize models/bart-large-cnn --file article.txt --whole", "a file in a few sentences"),
                ("heed summarize models/t5-small --file articles.txt --max-tokens 60 --json", "every line of a file, for programs"),
            ],
        };
        Rewriting rewriting = new(command);
        command.SetAction(parse => rewriting.Run(terminal, command.Name, parse, model => model.Tasks.GetValueOrDefault("summarization")));
        return command;
    }
}
