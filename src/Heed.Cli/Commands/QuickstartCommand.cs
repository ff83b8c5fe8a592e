using System.CommandLine;
using System.Globalization;
using Heed.Data;
using Heed.Generation;
using Heed.Models;
using Heed.Training;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed quickstart: from nothing to a language model that tells stories, in about a minute on two cores.</summary>
internal static class QuickstartCommand
{
    private const string DefaultFolder = "heed-quickstart";
    private const int SampledStories = 20;
    private const float Temperature = 0.5f;
    private const string EnglishPrompt = "Once upon a time, there was a";
    private const string ChinesePrompt = "从前，有一";

    public static Command Create(Terminal terminal)
    {
        Option<string?> output = new("--output") { HelpName = "FOLDER", Description = $"Where the model goes. Default {DefaultFolder}; an earlier quickstart there is replaced, anything else is left alone" };
        Option<int?> seed = new Option<int?>("--seed") { HelpName = "N", Description = "Seed of stories, weights and batches. Default 1337" }.InRange(0);
        Option<int?> steps = new Option<int?>("--steps") { HelpName = "N", Description = "Training steps: fewer is faster and worse" }.InRange(1, 1_000_000);
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object a line for every event, and nothing else on standard output");
        Option<bool> noSamples = new("--no-samples") { Description = "Train only: write no texts afterwards" };
        HeedCommand command = new("quickstart", "Train a small language model from nothing, in about a minute")
        {
            About = "Makes small stories in English and Chinese from an embedded grammar, learns a tokenizer, trains a small Transformer and lets it write. It needs no files and no network. The grammar can also judge the model: the share of its stories that are right to the letter is reported.",
            Examples =
            [
                ("heed quickstart", $"about a minute on two cores; the model is then in {DefaultFolder}"),
                ("heed quickstart --steps 6000 --output longer", "a longer training tells better stories"),
            ],
        };
        foreach (Option option in (Option[])[output, seed, steps, threads, json, noSamples]) command.Add(option);
        command.SetAction(parse =>
        {
            using Interrupt interrupt = new();
            string folder = parse.GetValue(output) ?? DefaultFolder;
            Recipe recipe = WithSteps(Embedded(), parse.GetValue(steps));
            recipe = recipe with { Compute = recipe.Compute with { Output = folder, Threads = parse.GetValue(threads), Seed = parse.GetValue(seed) ?? recipe.Seed } };
            CheckFolder(folder, recipe);
            Run run = new(terminal, recipe, parse.GetValue(json), interrupt);
            return run.Execute(samples: !parse.GetValue(noSamples));
        });
        return command;
    }

    /// <summary>The recipe that the command carries with it.</summary>
    public static Recipe Embedded()
    {
        using Stream stream = typeof(QuickstartCommand).Assembly.GetManifestResourceStream("Quickstart.json") ?? throw new InvalidOperationException("the program was built without its quickstart recipe");
        using StreamReader reader = new(stream);
        return Recipe.Parse(reader.ReadToEnd());
    }

    private static Recipe WithSteps(Recipe recipe, int? steps)
    {
        if (steps is not { } count) return recipe;
        ScheduleSection schedule = recipe.Algorithm.Schedule;
        return recipe with { Algorithm = recipe.Algorithm with { Steps = count, Schedule = schedule with { WarmupSteps = Math.Min(schedule.WarmupSteps, count / 4) } } };
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

    private sealed class Run(Terminal terminal, Recipe recipe, bool json, Interrupt interrupt)
    {
        public int Execute(bool samples)
        {
            if (!json) Title();
            TrainingDisplay display = TrainingDisplay.Choose(terminal, recipe, json, quiet: false, resumes: false, Stage);
            TrainingResult result = TrainingSession.Run(recipe, display, ExistingRun.Restart, interrupt);
            if (json) TrainingSession.WriteEnd(terminal, result);
            if (result.Stopped) return TrainingSession.Stopped(terminal, result, $"heed train {Path.Combine(result.Folder, "recipe.json")} --resume");
            if (!json) TrainingSession.Summarize(terminal, recipe, result);
            if (samples) Write(result.Model);
            if (!json) WhatNext(result.Folder);
            return ExitCode.Ok;
        }

        private void Title()
        {
            terminal.Line();
            terminal.Line("[bold]A language model from nothing[/] [grey]in about a minute, on this processor[/]");
            terminal.Line();
        }

        // What happens, in words, when it begins.
        private void Stage(string status)
        {
            AlgorithmSection a = recipe.Algorithm;
            if (status == "reading the data")
                Say("data", $"{Thousands(recipe.Data.Stories)} small stories from a grammar, half English, half Chinese");
            else if (status.StartsWith("tokenizer", StringComparison.Ordinal))
                Say("tokenizer", $"byte-pair encoding: the {Thousands(recipe.Data.Vocabulary)} most useful pieces of text become tokens");
            else if (status == "encoding")
            {
                long weights = ModelCost.Parameters(RecipeModel.Configure(a, recipe.Data.Vocabulary, 0));
                Say("model", $"a Transformer of {Show.Count(weights)} weights: {a.Depth} blocks, width {a.Width}, context {a.Context}");
                Say("training", $"{Thousands(a.Steps)} steps; in each it guesses {Thousands(a.Batch * a.Context)} next tokens and learns from its errors");
            }

            void Say(string name, string text) => terminal.Line($"  [bold]{name,-10}[/] {Markup.Escape(text)}");
        }

        private void Write(LanguageModel model)
        {
            Story(model, "English", "en", EnglishPrompt);
            Story(model, "Chinese", "zh", ChinesePrompt);
            string[] stories = Stories(model);
            int conform = stories.Count(story => StoryGrammar.Conforms(story, out _));
            double sentences = SentencesOfTheGrammar(stories), follows = stories.Average(StoryGrammar.Follows);
            IReadOnlyList<NextToken> next = model.Next(Begin(model) + EnglishPrompt);
            if (json)
            {
                JsonLine.Write(terminal.Out, w =>
                {
                    w.WriteString("event", "stories");
                    w.WriteNumber("sampled", SampledStories);
                    w.WriteNumber("conform", conform);
                    w.WriteNumber("sentences", sentences);
                    w.WriteNumber("follows", follows);
                });
                JsonLine.Write(terminal.Out, w =>
                {
                    w.WriteString("event", "next");
                    w.WriteString("prompt", EnglishPrompt);
                    NextTable.Write(w, next);
                });
                return;
            }
            terminal.Line();
            terminal.Line("[bold]Judged by the grammar[/]");
            terminal.Line($"  Of {SampledStories} stories that it wrote from nothing, {Show.Number(100 * sentences, "F0")}% of the sentences are the grammar's own;");
            terminal.Line($"  a story goes wrong, in a name or a sum, after {Show.Number(100 * follows, "F0")}% of its length on average, and {conform} never do.");
            terminal.Line();
            terminal.Line($"[bold]What comes next?[/]  [grey]{EnglishPrompt}[/] ...");
            terminal.Console.Write(NextTable.Draw(model.Tokenizer, next));
        }

        private void Story(LanguageModel model, string heading, string language, string prompt)
        {
            SamplingOptions options = new() { Temperature = Temperature, Seed = (ulong)recipe.Seed, MaxTokens = recipe.Algorithm.Context };
            if (!json)
            {
                terminal.Line();
                terminal.Line($"[bold]It writes {heading}[/]");
                if (terminal.Live) terminal.Console.Write(new Text("  " + prompt, new Style(Color.Grey)));
                else terminal.Out.Write("  " + prompt);
            }
            StoryWriter writer = new(terminal, prompt, silent: json);
            foreach (GeneratedText piece in model.Generate(Begin(model) + prompt, options, interrupt.Token)) writer.Write(piece.Text);
            string text = prompt + writer.End();
            if (json)
                JsonLine.Write(terminal.Out, w =>
                {
                    w.WriteString("event", "sample");
                    w.WriteString("language", language);
                    w.WriteString("text", text);
                    w.WriteBoolean("conforms", StoryGrammar.Conforms(text, out _));
                });
        }

        // Stories from the token that starts a text, side by side.
        private string[] Stories(LanguageModel model)
        {
            int[] start = model.Encode("");
            List<int>[] stories = [.. Enumerable.Range(0, SampledStories).Select(_ => new List<int>())];
            SamplingOptions options = new() { Temperature = Temperature, Seed = (ulong)recipe.Seed, MaxTokens = recipe.Algorithm.Context };
            foreach (GeneratedToken[] step in new Generator(model.Transformer).GenerateBatch([.. stories.Select(_ => start)], options, interrupt.Token))
                for (int i = 0; i < step.Length; i++)
                    if (step[i].Id >= 0) stories[i].Add(step[i].Id);
            return [.. stories.Select(ids => model.Tokenizer.Decode([.. ids], skipSpecialTokens: true))];
        }

        // The share of sentences that also stand in one of many fresh stories of the grammar: right in themselves, whatever stands around them.
        private double SentencesOfTheGrammar(IEnumerable<string> stories)
        {
            const int Fresh = 20_000;
            HashSet<string> known = [.. StoryGrammar.Generate((ulong)recipe.Seed + 1, Fresh, StoryLanguage.Both).SelectMany(Sentences)];
            string[] written = [.. stories.SelectMany(Sentences)];
            return written.Length == 0 ? 0 : (double)written.Count(known.Contains) / written.Length;
        }

        private static IEnumerable<string> Sentences(string story) =>
            story.Split(['.', '!', '?', '。', '！', '？'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(s => s.Trim('"', '“', '”', ' ', ',', '，')).Where(s => s.Length > 0);

        private void WhatNext(string folder)
        {
            terminal.Line();
            terminal.Line("[bold]What to try next[/]");
            Try($"heed generate {folder} \"从前\" --start --temperature 0.5", "let it write");
            Try($"heed next {folder} \"Lily lost her\" --start", "look at what it expects");
            Try($"heed tokenizer encode {folder} \"Once upon a time\" --tokens", "see how a text is cut");
            Try("heed quickstart --steps 6000 --output longer", "more steps, better stories");
            Try("heed recipe keys", "every key of a recipe");
            terminal.Line();

            void Try(string line, string purpose) => terminal.Line($"  [cyan]{Markup.Escape(line)}[/]{new string(' ', Math.Max(2, 68 - line.Length - line.Count(c => c > '\u2E80')))}[grey]{purpose}[/]");
        }

        private static string Begin(LanguageModel model) => model.Transformer.Config.BeginToken is { } begin ? model.Tokenizer.IdToToken(begin) : "";

        private static string Thousands(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
    }
}
