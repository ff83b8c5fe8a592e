using System.Globalization;
using Heed.Models;
using Heed.Training;
using Spectre.Console;

namespace Heed.Cli.Quickstarts;

/// <summary>A model of one family from nothing: what is told while it trains, and what it then shows.</summary>
internal abstract class Quickstart(Terminal terminal, Recipe recipe, bool json, Interrupt interrupt)
{
    protected Terminal Terminal => terminal;

    protected Recipe Recipe => recipe;

    protected bool Json => json;

    protected Interrupt Interrupt => interrupt;

    protected abstract string Title { get; }

    /// <summary>What is learned from.</summary>
    protected abstract string DataWords { get; }

    /// <summary>How text becomes tokens.</summary>
    protected abstract string TokenizerWords { get; }

    /// <summary>What happens in each step.</summary>
    protected abstract string TrainingWords { get; }

    /// <summary>Trains, shows what the model can do, and says how to go on.</summary>
    /// <param name="samples">Whether the model is shown at work.</param>
    /// <returns>The exit code.</returns>
    public int Execute(bool samples)
    {
        if (!json)
        {
            terminal.Line();
            terminal.Line($"[bold]{Title}[/] [grey]in about a minute, on this processor[/]");
            terminal.Line();
        }
        if (Train(recipe, Stage) is not { } result) return ExitCode.Interrupted;
        if (samples && !ShowWork(result)) return ExitCode.Interrupted;
        if (!json) WhatNext(result.Folder);
        return ExitCode.Ok;
    }

    /// <summary>Shows the trained model at work.</summary>
    /// <returns>False if Ctrl-C stopped it.</returns>
    protected abstract bool ShowWork(TrainingResult result);

    /// <summary>Command lines to try, and what for.</summary>
    protected abstract IEnumerable<(string Line, string Purpose)> Next(string folder);

    /// <summary>Runs a recipe before the user's eyes; null if Ctrl-C stopped it.</summary>
    protected TrainingResult? Train(Recipe run, Action<string> stage)
    {
        TrainingDisplay display = TrainingDisplay.Choose(terminal, run, json, quiet: false, resumes: false, stage);
        TrainingResult result = TrainingSession.Run(run, display, ExistingRun.Restart, interrupt);
        if (json) TrainingSession.WriteEnd(terminal, result);
        if (result.Stopped)
        {
            TrainingSession.Stopped(terminal, result, $"heed train {Path.Combine(result.Folder, "recipe.json")} --resume");
            return null;
        }
        if (!json) TrainingSession.Summarize(terminal, run, result);
        return result;
    }

    /// <summary>A heading of what follows.</summary>
    protected void Heading(string bold, string grey = "")
    {
        terminal.Line();
        terminal.Line($"[bold]{Markup.Escape(bold)}[/]" + (grey.Length > 0 ? $"  [grey]{Markup.Escape(grey)}[/]" : ""));
    }

    protected void Say(string name, string text) => terminal.Line($"  [bold]{name,-10}[/] {Markup.Escape(text)}");

    protected static string Thousands(int value) => value.ToString("N0", CultureInfo.InvariantCulture);

    // What happens, in words, when it begins.
    private void Stage(string status)
    {
        AlgorithmSection a = recipe.Algorithm;
        if (status == "reading the data")
            Say("data", DataWords);
        else if (status.StartsWith("tokenizer", StringComparison.Ordinal))
            Say("tokenizer", TokenizerWords);
        else if (status == "encoding")
        {
            TransformerConfig config = RecipeModel.Configure(a, recipe.Data.Vocabulary, 0);
            string blocks = config is { Encoder: not null, Decoder: not null } ? $"{a.Depth} blocks that read and {a.Depth} that write" : $"{a.Depth} blocks";
            Say("model", $"a Transformer of {Show.Count(ModelCost.Parameters(config))} weights: {blocks}, width {a.Width}, context {a.Context}");
            Say("training", $"{Thousands(a.Steps)} steps; {TrainingWords}");
        }
    }

    private void WhatNext(string folder)
    {
        Heading("What to try next");
        foreach ((string line, string purpose) in Next(folder))
            terminal.Line($"  [cyan]{Markup.Escape(line)}[/]{new string(' ', Math.Max(2, 68 - line.Length - line.Count(c => c > '\u2E80')))}[grey]{purpose}[/]");
        terminal.Line();
    }
}
