using System.CommandLine;
using System.Globalization;
using System.Text;
using Heed.Data;
using Heed.Formats;
using Heed.Models;
using Heed.Tasks;

namespace Heed.Cli.Commands;

/// <summary>heed predict: a column of a table from the others.</summary>
internal static class PredictCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model("config.json and model.safetensors of a model of tables");
        Argument<string> file = new("DATA") { Description = "A table with the model's columns: .csv, .tsv or .jsonl, each also .gz" };
        Option<string?> output = new("--output") { HelpName = "FILE", Description = "Write the predictions there, a line for each row, under the name of the target; else they are shown" };
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: rows, and where the target is known its errors (rmse, mae, r2) or accuracy");
        HeedCommand command = new("predict", "Predict a column of a table from the others")
        {
            About = "A model that was trained by a recipe of the family \"tabular\" predicts its target, a number or a label, for every row. Where the table has the target too, it says how near the predictions are.",
            Examples =
            [
                ("heed predict runs/house-prices houses.csv --output prices.csv", "a price for every house"),
                ("heed predict runs/house-prices sold.csv --json", "how far the predictions are from what was paid, for programs"),
            ],
        };
        command.Add(model);
        command.Add(file);
        foreach (Option option in (Option[])[output, threads, json]) command.Add(option);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            string folder = CommonOptions.Folder(parse.GetRequiredValue(model));
            if (!TabularFolder.IsTabularModel(folder)) throw new InvalidDataException($"{folder} is no model of tables, which is what heed predict needs");
            TabularPredictor predictor = TabularPredictor.Load(folder);
            TabularConfig config = predictor.Model.Config;
            string path = parse.GetRequiredValue(file);
            if (!File.Exists(path)) throw new FileNotFoundException($"there is no file {path}", path);
            TabularTable table = TabularTable.Read(path, [.. config.Numbers.Select(n => n.Name), .. config.Categories.Select(c => c.Name), config.Target.Name]);
            TabularPrediction[] predictions = predictor.Predict(table);
            IReadOnlyList<(string Name, double Value)> figures = table.Has(config.Target.Name) ? TabularFigures.Of(config.Target, table, predictions) : [];
            if (parse.GetValue(output) is { } target) AtomicFile.WriteText(target, Text(config.Target.Name, predictions));
            if (parse.GetValue(json))
                JsonLine.Write(terminal.Out, w =>
                {
                    w.WriteNumber("rows", table.Count);
                    foreach ((string name, double value) in figures) w.WriteFinite(name, value);
                });
            else
            {
                if (parse.GetValue(output) is null) terminal.Text(Text(config.Target.Name, predictions));
                foreach ((string name, double value) in figures) terminal.Note($"{name} {Show.Number(value, "G6")}");
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Text(string target, IEnumerable<TabularPrediction> predictions)
    {
        StringBuilder text = new(Field(target) + "\n");
        foreach (TabularPrediction p in predictions) text.Append(p.Label is { } label ? Field(label) : p.Number.ToString("G9", CultureInfo.InvariantCulture)).Append('\n');
        return text.ToString();
    }

    private static string Field(string text) => text.AsSpan().IndexOfAny(",\"\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
