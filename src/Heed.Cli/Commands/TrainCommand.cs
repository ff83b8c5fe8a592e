using System.CommandLine;
using System.Text;
using Heed.Training;

namespace Heed.Cli.Commands;

/// <summary>heed train: runs a recipe.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> file = new("RECIPE") { Description = "A recipe: one JSON file with the sections data, algorithm and compute" };
        Option<string[]> set = new("--set") { HelpName = "KEY=VALUE", Description = "Change a key of the recipe, such as algorithm.depth=6; may be given again" };
        Option<bool> resume = new("--resume") { Description = "Go on from the last checkpoint, to the same weights, bit for bit, as if never stopped" };
        Option<bool> restart = new("--restart") { Description = "Delete the checkpoints of an earlier run and begin again" };
        Option<string?> output = new("--output") { HelpName = "FOLDER", Description = "The run folder. Default: what the recipe says, or runs/NAME" };
        Option<int?> threads = CommonOptions.Threads();
        Option<int?> seeds = new Option<int?>("--seeds") { HelpName = "N", Description = "Train with so many seeds, each in a folder of its own, and tell mean and spread" }.InRange(2, 1000);
        Option<string[]> sweep = new("--sweep") { HelpName = "KEY=A,B,...", Description = "Train with each of these values, each in a folder of its own, and rank them; given again, with all combinations" };
        Option<bool> find = new("--find-learning-rate") { Description = "Train no model: raise the learning rate from step to step, draw the loss and suggest a rate" };
        Option<bool> json = CommonOptions.Json("One JSON object a line for every event, and nothing else on standard output");
        Option<bool> quiet = new("--quiet") { Description = "Show the result only" };
        HeedCommand command = new("train", "Train a model from a recipe")
        {
            About = "Reads or makes the text, trains or loads the tokenizer, trains the model and writes the run folder: a model folder in the layout of Hugging Face, with recipe.json, metrics.jsonl, loss.svg, report.html (a page of curves and figures), tensorboard/ (event files) and checkpoints.\nCtrl-C finishes the step, saves a checkpoint and ends with exit code 130; --resume goes on from there. The keys of a recipe: heed recipe keys.",
            Examples =
            [
                ("heed train recipes/stories.json", "run a recipe as it is"),
                ("heed train recipes/stories.json --set algorithm.depth=6 --output runs/deep", "change a key and write elsewhere"),
                ("heed train recipes/stories.json --resume", "go on after Ctrl-C, a crash or a power cut"),
                ("heed train recipes/stories.json --seeds 3", "the same with three seeds: mean and spread of what they reach"),
                ("heed train recipes/stories.json --sweep algorithm.optimizer.learning_rate=3e-4,1e-3 --sweep algorithm.depth=2,4", "all four combinations, ranked"),
                ("heed train recipes/stories.json --find-learning-rate", "a learning rate to begin with"),
            ],
        };
        command.Add(file);
        foreach (Option option in (Option[])[set, resume, restart, seeds, sweep, find, output, threads, json, quiet]) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(resume) && result.GetValue(restart)) result.AddError("--resume and --restart exclude each other.");
            if (result.GetValue(find) && (result.GetValue(resume) || result.GetValue(restart) || result.GetValue(seeds) is not null || result.GetValue(sweep) is { Length: > 0 }))
                result.AddError("--find-learning-rate trains no model: it takes no --resume, --restart, --seeds or --sweep.");
        });
        command.SetAction(parse =>
        {
            string path = parse.GetRequiredValue(file);
            bool isJson = parse.GetValue(json), isQuiet = parse.GetValue(quiet);
            string[] sweeps = parse.GetValue(sweep) ?? [];
            ExistingRun existing = parse.GetValue(resume) ? ExistingRun.Resume : parse.GetValue(restart) ? ExistingRun.Restart : ExistingRun.Fail;
            Recipe recipe = Load([]);
            if (parse.GetValue(find)) return RateSession.Run(terminal, recipe, isJson, isQuiet);
            string again = Again(path, parse.GetValue(set) ?? [], sweeps, parse.GetValue(seeds), parse.GetValue(output));
            if (sweeps.Length > 0 || parse.GetValue(seeds) is not null)
                return SeriesSession.Run(terminal, RunSeries.Plan(Load, [.. sweeps.Select(Sweep.Parse)], parse.GetValue(seeds) ?? 1), recipe.OutputFolder, existing, isJson, isQuiet, again);
            using Interrupt interrupt = new();
            TrainingDisplay display = TrainingDisplay.Choose(terminal, recipe, isJson, isQuiet, existing == ExistingRun.Resume);
            TrainingResult result = TrainingSession.Run(recipe, display, existing, interrupt);
            if (isJson) TrainingSession.WriteEnd(terminal, result);
            if (result.Stopped) return TrainingSession.Stopped(terminal, result, again);
            if (!isJson) TrainingSession.Summarize(terminal, recipe, result);
            return ExitCode.Ok;

            Recipe Load(IReadOnlyList<string> last)
            {
                Recipe loaded = Recipe.Load(path, [.. parse.GetValue(set) ?? [], .. last]);
                return loaded with { Compute = loaded.Compute with { Output = parse.GetValue(output) ?? loaded.Compute.Output, Threads = parse.GetValue(threads) ?? loaded.Compute.Threads } };
            }
        });
        return command;
    }

    // The command line that goes on with a stopped run.
    private static string Again(string path, string[] set, string[] sweeps, int? seeds, string? output)
    {
        StringBuilder line = new($"heed train {Quote(path)}");
        foreach (string setting in set) line.Append(" --set ").Append(Quote(setting));
        foreach (string sweep in sweeps) line.Append(" --sweep ").Append(Quote(sweep));
        if (seeds is { } count) line.Append(System.Globalization.CultureInfo.InvariantCulture, $" --seeds {count}");
        if (output is not null) line.Append(" --output ").Append(Quote(output));
        return line.Append(" --resume").ToString();
    }

    private static string Quote(string word) => word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || c is '.' or '/' or '\\' or '_' or '-' or '=' or ':' or ',') ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
