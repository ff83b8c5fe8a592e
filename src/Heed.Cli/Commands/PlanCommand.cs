using System.CommandLine;
using System.Text.Json;
using Heed.Kernels;
using Heed.Models;
using Heed.Training;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed plan: what a model costs before it is made.</summary>
internal static class PlanCommand
{
    private const double ChinchillaTokensPerWeight = 20;

    private sealed record Plan(TransformerConfig Config, long Parameters, int Context, long BatchTokens, double Tokens, double OperationsPerToken, double Speed, double? HourPrice)
    {
        public double Operations => OperationsPerToken * Tokens;

        public double Hours => Operations / (Speed * 1e9) / 3600;
    }

    public static Command Create(Terminal terminal)
    {
        Argument<string> file = new("CONFIG") { Description = "A config.json (or the folder that holds one), or a recipe" };
        Option<double?> tokens = new("--tokens") { HelpName = "N", Description = "Tokens to train on. Default: the recipe's steps, else 20 for each weight (Hoffmann et al. 2022)" };
        Option<double?> speed = new("--gflops") { HelpName = "G", Description = "Speed of training in GFLOP/s. Default: 75% of this machine's measured peak" };
        Option<double?> price = new("--price") { HelpName = "P", Description = "Price of the machine for an hour; gives the cost" };
        Option<int?> context = new Option<int?>("--context") { HelpName = "T", Description = "Tokens of a sequence. Default: the model's context" }.InRange(1);
        Option<bool> json = CommonOptions.Json("One JSON object");
        foreach (Option<double?> option in (Option<double?>[])[tokens, speed, price])
            option.Validators.Add(result =>
            {
                if (result.Tokens.Count == 1 && result.GetValueOrDefault<double?>() is { } value && !(value > 0 && double.IsFinite(value))) result.AddError($"{option.Name} must be more than 0, given {result.Tokens[0].Value}.");
            });
        HeedCommand command = new("plan", "Count what a model costs: weights, memory, operations, time")
        {
            About = "Counts from the configuration alone; no weight is read or made. Operations are 2 for each multiply-add of every matrix product and of attention over all pairs of tokens; backward counts twice forward.",
            Examples =
            [
                ("heed plan recipes/stories.json", "what the recipe's run takes on this machine"),
                ("heed plan gpt2/config.json --tokens 10e9 --gflops 50000 --price 2", "GPT-2 on 10 billion tokens on a machine of 50 TFLOP/s"),
            ],
        };
        command.Add(file);
        foreach (Option option in (Option[])[tokens, speed, price, context, json]) command.Add(option);
        command.SetAction(parse =>
        {
            Plan plan = Make(parse.GetRequiredValue(file), parse.GetValue(tokens), parse.GetValue(speed), parse.GetValue(price), parse.GetValue(context));
            if (parse.GetValue(json)) JsonLine.Write(terminal.Out, w => Write(w, plan));
            else Draw(terminal, plan);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Plan Make(string path, double? tokens, double? speed, double? price, int? context)
    {
        TransformerConfig config;
        long batchTokens = 0;
        double? recipeTokens = null;
        if (Directory.Exists(path) || IsModelConfig(path))
        {
            config = Directory.Exists(path) ? ModelFolder.LoadConfig(path) : ModelFolder.ReadConfig(path);
        }
        else
        {
            Recipe recipe = Recipe.Load(path);
            recipe.Validate();
            AlgorithmSection a = recipe.Algorithm;
            config = RecipeModel.Configure(a, recipe.Data.Tokenizer == "bytes" ? 257 : recipe.Data.Vocabulary, null);
            batchTokens = (long)a.Batch * a.Context;
            recipeTokens = (double)batchTokens * a.Accumulate * a.Steps;
        }
        int length = context ?? config.Context;
        long parameters = ModelCost.Parameters(config);
        return new Plan(config, parameters, length, batchTokens, tokens ?? recipeTokens ?? ChinchillaTokensPerWeight * parameters,
            ModelCost.TrainingOperations(config, length), speed ?? 0.75 * PeakProbe.Gflops(WorkerTeam.Threads), price);
    }

    // A recipe has no model_type; anything else that is not a model's configuration is left to the recipe reader and its errors.
    private static bool IsModelConfig(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("model_type", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Write(Utf8JsonWriter w, Plan p)
    {
        w.WriteString("model_type", p.Config.ModelType);
        w.WriteNumber("parameters", p.Parameters);
        w.WriteNumber("context", p.Context);
        w.WriteNumber("weights_f32_bytes", 4 * p.Parameters);
        w.WriteNumber("training_state_bytes", ModelCost.TrainingStateBytes(p.Config));
        w.WriteNumber("cache_bytes_per_token", ModelCost.CacheBytes(p.Config));
        w.WriteNumber("forward_operations_per_token", ModelCost.ForwardOperations(p.Config, p.Context));
        w.WriteNumber("training_operations_per_token", p.OperationsPerToken);
        w.WriteNumber("tokens", p.Tokens);
        w.WriteNumber("training_operations", p.Operations);
        w.WriteNumber("gflops", p.Speed);
        w.WriteNumber("hours", p.Hours);
        if (p.HourPrice is { } price) w.WriteNumber("cost", price * p.Hours);
    }

    private static void Draw(Terminal terminal, Plan p)
    {
        Table table = new Table { Border = TableBorder.None, ShowHeaders = false }.AddColumn(new TableColumn("what").PadLeft(2).PadRight(3)).AddColumn(new TableColumn("how much").RightAligned().PadRight(3)).AddColumn("note");
        Row("weights", p.Parameters.ToString("N0", System.Globalization.CultureInfo.InvariantCulture), $"{p.Config.ModelType}: {p.Config.Main.Depth} blocks of width {p.Config.Main.Width}");
        Row("memory, f32", Bytes(4.0 * p.Parameters), "the weights alone; bf16 halves it");
        Row("memory to train", Bytes(ModelCost.TrainingStateBytes(p.Config)), "weights, gradients and two moments; activations come on top");
        Row("cache of a sequence", Bytes((double)ModelCost.CacheBytes(p.Config) * p.Context), $"keys and values of {p.Context:N0} tokens");
        Row("operations a token", Operations(p.OperationsPerToken), $"forward and backward, context {p.Context:N0}");
        Row("tokens", Show.Number(p.Tokens, "0.###e+0"), p.BatchTokens > 0 ? "of the recipe" : "to train on");
        Row("operations in all", Operations(p.Operations), "");
        Row("time", Duration(p.Hours), $"at {Show.Number(p.Speed, "N0")} GFLOP/s");
        if (p.HourPrice is { } price) Row("cost", Show.Number(price * p.Hours, "N2"), $"at {Show.Number(price, "0.##")} an hour");
        terminal.Console.Write(table);

        void Row(string what, string much, string note) => table.AddRow(new Text(what, new Style(Color.Grey)), new Text(much, new Style(decoration: Decoration.Bold)), new Text(note, new Style(Color.Grey)));
    }

    private static string Bytes(double bytes) => bytes < 1e9 ? Show.Number(bytes / 1e6, "0.#") + " MB" : Show.Number(bytes / 1e9, "N1") + " GB";

    private static string Operations(double count) => Show.Number(count, "0.00e+0");

    private static string Duration(double hours) => hours < 1 / 60.0 ? Show.Number(hours * 3600, "0.#") + " s" : hours < 1 ? Show.Number(hours * 60, "0.#") + " min" : hours < 72 ? Show.Number(hours, "0.#") + " h" : Show.Number(hours / 24, "N0") + " days";
}
