using System.CommandLine;

namespace Heed.Cli.Commands;

/// <summary>heed rewrite: one text as another.</summary>
internal static class RewriteCommand
{
    public static Command Create(Terminal terminal)
    {
        HeedCommand command = new("rewrite", "Turn one text into another")
        {
            About = "An encoder-decoder (T5, BART, Marian, ...) reads a text as a whole and writes another: whatever it was trained for. Length, beams and rules are those of the model's generation_config.json where the command line does not say.",
            Examples =
            [
                ("heed rewrite models/t5-paraphrase \"The weather is nice.\" --prefix \"paraphrase: \" --beams 4 --sequences 3", "three other ways to say it"),
                ("heed rewrite models/grammar --file lines.txt > corrected.txt", "a line of output for each line of input"),
            ],
        };
        Rewriting rewriting = new(command);
        command.SetAction(parse => rewriting.Run(terminal, command.Name, parse, _ => null));
        return command;
    }
}
