using System.CommandLine;
using Heed.Models;
using Heed.Tasks;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed tag: the names, places, ... of a text.</summary>
internal static class TagCommand
{
    private sealed record Tag(string Label, string Text, int Start, int End, double Score);

    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model();
        Option<bool> words = new("--words") { Description = "Every word with its label, instead of whole names" };
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object a text: text, tags (label, text, start, end in UTF-16 units, score)");
        HeedCommand command = new("tag", "Find the names, places, ... in a text")
        {
            About = "A model for token classification gives each word a label. Neighbours with labels such as B-PER, I-PER become one name; O is none.",
            Examples =
            [
                ("heed tag models/bert-ner \"Ada Lovelace lived in London.\"", "the text with its names marked, and a line for each"),
                ("heed tag models/bert-ner --words --json < lines.txt", "every word of every line, for programs"),
            ],
        };
        command.Add(model);
        TextInputs texts = new(command, "TEXT", "Texts. Without any: the lines of standard input");
        foreach (Option option in (Option[])[words, threads, json]) command.Add(option);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            TokenTagger tagger = TokenTagger.Load(ModelArgument.Demand(parse.GetRequiredValue(model), command.Name, ModelKind.Tagger));
            foreach (string text in texts.Read(parse).SelectMany(group => group))
            {
                Tag[] tags = parse.GetValue(words)
                    ? [.. tagger.Words(text).Select(t => new Tag(t.Label, t.Text, t.Start, t.End, t.Score))]
                    : [.. tagger.Tag(text).Select(t => new Tag(t.Label, t.Text, t.Start, t.End, t.Score))];
                if (parse.GetValue(json)) WriteJson(terminal, text, tags);
                else Draw(terminal, text, tags);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Draw(Terminal terminal, string text, Tag[] tags)
    {
        MarkedText.Write(terminal, text, [.. tags.Select(t => (t.Start, t.End))]);
        if (tags.Length == 0) return;
        Table table = new Table { Border = TableBorder.None, ShowHeaders = false }
            .AddColumn(new TableColumn("label").PadRight(3).NoWrap())
            .AddColumn(new TableColumn("score").RightAligned().PadRight(3))
            .AddColumn(new TableColumn("text"));
        foreach (Tag tag in tags)
            table.AddRow(new Text(Show.OneLine(tag.Label), new Style(Color.DodgerBlue1)), new Text(Show.Percent(tag.Score), new Style(Color.Grey)), new Text(Show.OneLine(tag.Text)));
        terminal.Console.Write(new Padder(table, new Padding(2, 0, 0, 0)));
    }

    private static void WriteJson(Terminal terminal, string text, Tag[] tags) => JsonLine.Write(terminal.Out, w =>
    {
        w.WriteString("text", text);
        w.WriteObjects("tags", tags, tag =>
        {
            w.WriteString("label", tag.Label);
            w.WriteString("text", tag.Text);
            w.WriteNumber("start", tag.Start);
            w.WriteNumber("end", tag.End);
            w.WriteFinite("score", tag.Score);
        });
    });
}
