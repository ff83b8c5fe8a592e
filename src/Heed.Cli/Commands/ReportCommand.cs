using System.CommandLine;
using Heed.Training;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed report: the page of a run, or of several beside each other.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> runs = new("RUN") { Description = "Run folders, as heed train leaves them", Arity = ArgumentArity.OneOrMore };
        Option<string?> output = new("--output") { HelpName = "FILE", Description = "The page. Default: report.html in the run folder, or of several runs, here" };
        HeedCommand command = new("report", "Show runs as a page: curves, figures, samples")
        {
            About = "Writes one HTML file that needs no network: figures, losses by steps, tokens and time, samples, recipe and machine. heed train writes it at every checkpoint; this writes it anew, with what heed eval has found since, and compares several runs.",
            Examples =
            [
                ("heed report runs/stories", "write runs/stories/report.html"),
                ("heed report runs/deep runs/wide --output deep-or-wide.html", "compare two runs"),
            ],
        };
        command.Add(runs);
        command.Add(output);
        command.SetAction(parse =>
        {
            string[] folders = parse.GetRequiredValue(runs);
            string? file = parse.GetValue(output);
            if (folders.Length == 1) file = RunReport.Save(folders[0], file);
            else RunReport.SaveComparison(folders, file ??= RunReport.FileName);
            terminal.Line(Markup.Escape(file));
            return ExitCode.Ok;
        });
        return command;
    }
}
