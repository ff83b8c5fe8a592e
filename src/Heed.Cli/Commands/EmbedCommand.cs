using System.CommandLine;
using System.Globalization;
using Heed.Tasks;

namespace Heed.Cli.Commands;

/// <summary>heed embed: texts as vectors.</summary>
internal static class EmbedCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model();
        EmbedderOptions embedder = new();
        Option<string?> prompt = new("--prompt") { HelpName = "NAME", Description = "Put the model's prompt of this name (query, document, ...) before each text" };
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object a text: text, vector");
        HeedCommand command = new("embed", "Turn texts into vectors")
        {
            About = "Texts that mean something alike have vectors near to each other. Of a folder of sentence-transformers, pooling, length and prompts are what its files say; of any other encoder, the normalised mean of its tokens. Without --json: the numbers of a text on one line.",
            Examples =
            [
                ("heed embed models/all-MiniLM-L6-v2 \"a cat sleeps\" --json", "its vector"),
                ("heed embed models/all-MiniLM-L6-v2 --file lines.txt > vectors.txt", "a line of numbers for each line of text"),
            ],
        };
        command.Add(model);
        TextInputs texts = new(command, "TEXT", "Texts. Without any: the lines of standard input");
        embedder.AddTo(command);
        foreach (Option option in (Option[])[prompt, threads, json]) command.Add(option);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            TextEmbedder made = embedder.Load(parse, parse.GetRequiredValue(model), command.Name);
            foreach (string[] group in texts.Read(parse))
            {
                float[][] vectors = made.EmbedAll(group, parse.GetValue(prompt));
                for (int i = 0; i < group.Length; i++)
                    if (parse.GetValue(json))
                        JsonLine.Write(terminal.Out, w =>
                        {
                            w.WriteString("text", group[i]);
                            w.WriteNumbers("vector", vectors[i]);
                        });
                    else terminal.Out.WriteLine(string.Join(' ', vectors[i].Select(v => v.ToString("R", CultureInfo.InvariantCulture))));
            }
            return ExitCode.Ok;
        });
        return command;
    }
}
