using System.CommandLine;
using Heed.Cli.Quickstarts;
using Heed.Training;

namespace Heed.Cli.Commands;

/// <summary>heed quickstart: from nothing to a model that visibly works, in about a minute on two cores.</summary>
internal static class QuickstartCommand
{
    private const string DefaultFolder = "heed-quickstart";

    public static Command Create(Terminal terminal)
    {
        Option<string> family = new Option<string>("--family") { HelpName = "NAME", Description = "gpt writes stories, bert fills gaps and tells moods, t5 translates between English and Chinese. Default gpt", DefaultValueFactory = _ => "gpt" }.AcceptOnlyFromAmong("gpt", "bert", "t5");
        Option<string?> output = new("--output") { HelpName = "FOLDER", Description = $"Where the model goes. Default {DefaultFolder}, or {DefaultFolder}-FAMILY; an earlier quickstart there is replaced, anything else is left alone" };
        Option<int?> seed = new Option<int?>("--seed") { HelpName = "N", Description = "Seed of texts, weights and batches. Default 1337" }.InRange(0);
        Option<int?> steps = new Option<int?>("--steps") { HelpName = "N", Description = "Training steps: fewer is faster and worse" }.InRange(1, 1_000_000);
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object a line for every event, and nothing else on standard output");
        Option<bool> noSamples = new("--no-samples") { Description = "Train only: do not show the model at work afterwards" };
        HeedCommand command = new("quickstart", "Train a small model from nothing, in about a minute")
        {
            About = "Makes texts in English and Chinese from an embedded grammar, learns a tokenizer, trains a small Transformer and shows what it can do; it needs no files and no network. The grammar can also judge the model: how much of what it does is right to the letter is reported. Each of the three families of Transformers has its task: a decoder (gpt) writes stories, an encoder (bert) fills gaps in sentences and, trained a little further, tells moods, an encoder-decoder (t5) translates.",
            Examples =
            [
                ("heed quickstart", $"about a minute on two cores; the model is then in {DefaultFolder}"),
                ("heed quickstart --family t5", "the same for a translator"),
                ("heed quickstart --steps 6000 --output longer", "a longer training tells better stories"),
            ],
        };
        foreach (Option option in (Option[])[family, output, seed, steps, threads, json, noSamples]) command.Add(option);
        command.SetAction(parse =>
        {
            using Interrupt interrupt = new();
            string name = parse.GetValue(family)!, folder = parse.GetValue(output) ?? (name == "gpt" ? DefaultFolder : $"{DefaultFolder}-{name}");
            Recipe recipe = QuickstartRecipes.WithSteps(name switch { "bert" => QuickstartRecipes.Bert, "t5" => QuickstartRecipes.T5, _ => QuickstartRecipes.Gpt }, parse.GetValue(steps));
            recipe = recipe with { Compute = recipe.Compute with { Output = folder, Threads = parse.GetValue(threads), Seed = parse.GetValue(seed) ?? recipe.Seed } };
            CheckFolder(folder, recipe);
            Quickstart run = name switch
            {
                "bert" => new FactQuickstart(terminal, recipe, parse.GetValue(json), interrupt, parse.GetValue(steps)),
                "t5" => new PairQuickstart(terminal, recipe, parse.GetValue(json), interrupt),
                _ => new StoryQuickstart(terminal, recipe, parse.GetValue(json), interrupt),
            };
            return run.Execute(samples: !parse.GetValue(noSamples));
        });
        return command;
    }

    // A folder is taken only if there is nothing in it or the recipe in it is the quickstart's, whatever its seed and its steps.
    private static void CheckFolder(string folder, Recipe recipe)
    {
        if (File.Exists(folder)) throw new InvalidDataException($"{folder} is a file; choose another folder with --output");
        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any()) return;
        string marker = Path.Combine(folder, "recipe.json");
        bool ours = false;
        try
        {
            ours = File.Exists(marker) && Essence(Recipe.Load(marker)) == Essence(recipe);
        }
        catch (RecipeException)
        {
            // Not a recipe, so not ours.
        }
        if (!ours) throw new InvalidDataException($"{folder} holds something else than an earlier quickstart; choose another folder with --output");
    }

    private static (DataSection, AlgorithmSection) Essence(Recipe recipe) => (recipe.Data, recipe.Algorithm with { Steps = 1, Schedule = new() });
}
