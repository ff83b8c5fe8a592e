using System.CommandLine;
using Heed.Formats;
using Heed.Generation;
using Heed.Models;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed see: what the tokens of a text look at.</summary>
internal static class SeeCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model();
        Argument<string> text = new("TEXT") { Description = "The text" };
        Option<int?> layer = CommonOptions.Whole("--layer", "The layer, from 0. Default: the mean of all").InRange(0);
        Option<int?> head = CommonOptions.Whole("--head", "The head, from 0. Default: the mean of all").InRange(0);
        Option<string?> token = new("--token") { HelpName = "TOKEN", Description = "Show only what this token looks at: its text, the last one that is spelled so, or its number from 0" };
        Option<string?> cross = new("--cross") { HelpName = "TARGET", Description = "Of an encoder-decoder: what it looks at in TEXT while it writes TARGET" };
        Option<string?> svg = new("--svg") { HelpName = "FILE", Description = "Write a picture: lines between the tokens, as wide as the attention is strong" };
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: queries, keys, layer, head, layers, heads, cross, attention (a row for each query)");
        HeedCommand command = new("see", "Look at the attention of a model")
        {
            About = "Cuts a text into tokens and shows how much each of them (a row) takes from each other one (a column): a heat map in the terminal, or a picture. Works with every model of texts.",
            Examples =
            [
                ("heed see stories-en \"The animal did not cross the street because it was too tired.\" --layer 4 --head 1 --token it", "what \"it\" looks at: the animal"),
                ("heed see models/gpt2 \"Once upon a time\" --layer 0 --head 3 --svg attention.svg", "one head as a picture"),
                ("heed see models/opus-mt-en-zh \"I love you.\" --cross \"我爱你。\"", "which words of a translation come from which of its source"),
            ],
        };
        command.Add(model);
        command.Add(text);
        foreach (Option option in (Option[])[layer, head, token, cross, svg, threads, json]) command.Add(option);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            string name = parse.GetRequiredValue(model), given = Show.Clean(parse.GetRequiredValue(text)), folder = CommonOptions.Folder(name);
            string? target = parse.GetValue(cross) is { } t ? Show.Clean(t) : null;
            if (ModelKinds.Of(folder) == ModelKind.Image) throw new InvalidDataException($"{name} is a model of images, which heed see cannot show; use heed classify");
            AttentionReader reader = AttentionReader.Load(folder);
            AttentionMaps maps = target is null ? reader.Read(given) : reader.Read(given, target);
            AttentionPicture picture = new(maps, parse.GetValue(layer), parse.GetValue(head), parse.GetValue(token));
            if (parse.GetValue(svg) is { } file) AtomicFile.WriteText(file, AttentionSvg.Draw(picture));
            if (parse.GetValue(json)) WriteJson(terminal, maps, picture);
            else if (parse.GetValue(svg) is { } written) terminal.Line(Markup.Escape($"{picture.Title}, in {written}"));
            else Draw(terminal, picture);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Draw(Terminal terminal, AttentionPicture picture)
    {
        if (picture.Selected is not { } row)
        {
            AttentionHeat.Write(terminal, picture);
            return;
        }
        terminal.Line(Markup.Escape($"{picture.Title}: what {Show.OneLine(picture.Queries[row])} looks at"));
        terminal.Console.Write(BarTable.Draw([.. picture.Keys.Select((key, i) => BarRow.Probability(Show.OneLine(key), picture.Weights[row][i]))]));
    }

    private static void WriteJson(Terminal terminal, AttentionMaps maps, AttentionPicture picture) => JsonLine.Write(terminal.Out, w =>
    {
        w.WriteStrings("queries", picture.Queries);
        w.WriteStrings("keys", picture.Keys);
        foreach ((string name, int? value) in ((string, int?)[])[("layer", picture.Layer), ("head", picture.Head), ("token", picture.Selected)])
            if (value is { } number) w.WriteNumber(name, number);
            else w.WriteNull(name);
        w.WriteNumber("layers", maps.Layers);
        w.WriteNumber("heads", maps.Heads);
        w.WriteBoolean("cross", maps.Cross);
        w.WriteStartArray("attention");
        foreach (float[] row in picture.Weights)
        {
            w.WriteStartArray();
            foreach (float weight in row) w.WriteNumberValue(weight);
            w.WriteEndArray();
        }
        w.WriteEndArray();
    });
}
