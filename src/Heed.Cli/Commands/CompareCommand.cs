using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Heed.Formats;
using Heed.Training;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed compare: families of models of one size under one time.</summary>
internal static class CompareCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> file = new("RECIPE") { Description = "The recipe of a Transformer that continues texts; the others are made as large" };
        Option<string?> families = new("--families") { HelpName = "NAMES", Description = "Families with commas between them. Default: rnn, lstm and the recipe's own" };
        Option<float?> minutes = CommonOptions.Number("--minutes", "Minutes of training on the text, for each family. Default 15");
        Option<float?> recall = CommonOptions.Number("--recall-minutes", "Minutes of training on recall, for each family. Default 4");
        Option<string[]> set = new("--set") { HelpName = "KEY=VALUE", Description = "Change a key of the recipe; may be given again" };
        Option<string?> output = new("--output") { HelpName = "FOLDER", Description = "Where comparison.json, comparison.svg and the run folders go. Default: runs/NAME" };
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: what comparison.json holds");
        HeedCommand command = new("compare", "Train several families of one size under one time, and draw what they learned")
        {
            About = "Recurrent families get the width with which they have as many parameters as the recipe's Transformer, within 2%. Each learns the recipe's text for the same time, and apart from that to recall values over growing distances. One picture: loss by time, loss by tokens, speed, recall.",
            Examples =
            [
                ("heed compare recipes/rnn-lstm-transformer.json", "an hour: RNN, LSTM and Transformer"),
                ("heed compare recipes/rnn-lstm-transformer.json --minutes 0.2 --recall-minutes 0.1", "the same in a minute, to see how it looks"),
                ("heed compare recipes/rnn-lstm-transformer.json --families gru,lstm --minutes 5 --json", "two others, for programs"),
            ],
        };
        command.Add(file);
        foreach (Option option in (Option[])[families, minutes, recall, set, output, threads, json]) command.Add(option);
        command.SetAction(parse =>
        {
            using Interrupt interrupt = new();
            CommonOptions.UseThreads(parse.GetValue(threads));
            Recipe recipe = Recipe.Load(parse.GetRequiredValue(file), parse.GetValue(set) ?? []);
            string[] names = parse.GetValue(families)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? ["rnn", "lstm", recipe.Algorithm.Family];
            ComparisonTime time = new(60 * Above(parse.GetValue(minutes) ?? 15, "--minutes"), 60 * Above(parse.GetValue(recall) ?? 4, "--recall-minutes"));
            string folder = parse.GetValue(output) ?? recipe.OutputFolder;
            IReadOnlyList<Contender> contenders;
            using (ProgressLine progress = new(terminal)) contenders = Comparison.Run(recipe, names, time, folder, progress.Say, interrupt.Token);
            string text = Json(contenders, time);
            AtomicFile.WriteText(Path.Combine(folder, "comparison.json"), text);
            AtomicFile.WriteText(Path.Combine(folder, "comparison.svg"), ComparisonSvg.Draw(contenders, time));
            if (parse.GetValue(json)) terminal.Out.WriteLine(text.TrimEnd());
            else
            {
                terminal.Console.Write(Table(contenders));
                terminal.Note($"picture: {Path.Combine(folder, "comparison.svg")}");
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static float Above(float minutes, string option) => minutes is > 0 and <= 100_000 ? minutes : throw new ArgumentException($"{option} must be above 0, given {minutes.ToString(CultureInfo.InvariantCulture)}");

    private static Table Table(IReadOnlyList<Contender> contenders)
    {
        Table table = new() { Border = TableBorder.Simple };
        table.AddColumn("family");
        foreach (string name in (string[])["weights", "width", "tokens/s", "tokens", "loss", .. Comparison.Distances.Select(d => $"recall {d}")]) table.AddColumn(new TableColumn(name).RightAligned());
        foreach (Contender c in contenders)
            table.AddRow([c.Family, Show.Count(c.Parameters), Show.Number(c.Width, "F0"), Show.Number(c.TokensPerSecond, "N0"), Show.Count((long)c.Curve[^1].Tokens), Show.Number(c.Curve[^1].Loss, "F4"), .. c.Recall.Select(r => Show.Percent(r.Accuracy))]);
        return table;
    }

    private static string Json(IReadOnlyList<Contender> contenders, ComparisonTime time)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter w = new(stream))
        {
            w.WriteStartObject();
            w.WriteNumber("text_seconds", time.TextSeconds);
            w.WriteNumber("recall_seconds", time.RecallSeconds);
            w.WriteObjects("families", contenders, c =>
            {
                w.WriteString("family", c.Family);
                w.WriteNumber("parameters", c.Parameters);
                w.WriteNumber("depth", c.Depth);
                w.WriteNumber("width", c.Width);
                w.WriteFinite("tokens_per_second", c.TokensPerSecond);
                w.WriteNumber("steps", c.Steps);
                w.WriteNumber("recall_steps", c.RecallSteps);
                w.WriteFinite("validation_loss", c.Curve[^1].Loss);
                w.WriteObjects("curve", c.Curve, p =>
                {
                    w.WriteFinite("seconds", p.Seconds);
                    w.WriteFinite("tokens", p.Tokens);
                    w.WriteFinite("validation_loss", p.Loss);
                });
                w.WriteObjects("recall", c.Recall, r =>
                {
                    w.WriteNumber("distance", r.Distance);
                    w.WriteFinite("accuracy", r.Accuracy);
                });
            });
            w.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }
}
