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
            ],
        };
        command.Add(file);
        foreach (Option option in (Option[])[set, resume, restart, output, threads, json, quiet]) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(resume) && result.GetValue(restart)) result.AddError("--resume and --restart exclude each other.");
        });
        command.SetAction(parse =>
        {
            using Interrupt interrupt = new();
            string path = parse.GetRequiredValue(file);
            Recipe recipe = Recipe.Load(path, parse.GetValue(set) ?? []);
            ComputeSection compute = recipe.Compute;
            if (parse.GetValue(output) is { } folder) compute = compute with { Output = folder };
            if (parse.GetValue(threads) is { } count) compute = compute with { Threads = count };
            recipe = recipe with { Compute = compute };
            ExistingRun existing = parse.GetValue(resume) ? ExistingRun.Resume : parse.GetValue(restart) ? ExistingRun.Restart : ExistingRun.Fail;
            TrainingDisplay display = TrainingDisplay.Choose(terminal, recipe, parse.GetValue(json), parse.GetValue(quiet), existing == ExistingRun.Resume);
            TrainingResult result = TrainingSession.Run(recipe, display, existing, interrupt);
            if (parse.GetValue(json)) TrainingSession.WriteEnd(terminal, result);
            if (result.Stopped) return TrainingSession.Stopped(terminal, result, Again(path, parse.GetValue(set) ?? [], parse.GetValue(output)));
            if (!parse.GetValue(json)) TrainingSession.Summarize(terminal, recipe, result);
            return ExitCode.Ok;
        });
        return command;
    }

    // The command line that goes on with a stopped run.
    private static string Again(string path, string[] set, string? output)
    {
        StringBuilder line = new($"heed train {Quote(path)}");
        foreach (string setting in set) line.Append(" --set ").Append(Quote(setting));
        if (output is not null) line.Append(" --output ").Append(Quote(output));
        return line.Append(" --resume").ToString();
    }

    private static string Quote(string word) => word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || c is '.' or '/' or '\\' or '_' or '-' or '=' or ':' or ',') ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
