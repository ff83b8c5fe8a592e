using System.CommandLine;
using System.Globalization;
using Heed.Formats;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed pull: a model folder from the hub.</summary>
internal static class PullCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> repository = new("OWNER/NAME") { Description = "A model of the hub, such as Qwen/Qwen3-0.6B" };
        Option<string> revision = new("--revision") { HelpName = "REV", Description = "A branch, a tag or a commit. Default: main", DefaultValueFactory = _ => "main" };
        Option<string[]> include = new("--include") { HelpName = "PATTERN", Description = "Take the files that match, instead of what a model needs; may be given again" };
        Option<string[]> exclude = new("--exclude") { HelpName = "PATTERN", Description = "Leave out the files that match; may be given again" };
        Option<string?> local = new("--local-dir") { HelpName = "DIR", Description = "Put the files into a plain folder instead of the cache" };
        Option<int?> parallel = new Option<int?>("--parallel") { HelpName = "N", Description = "Files downloaded at once. Default: 4" }.InRange(1, 64);
        Option<bool> dry = new("--dry-run") { Description = "List what would be downloaded, and write nothing" };
        Option<bool> json = CommonOptions.Json("One JSON object: folder, commit, files with sizes and hashes");
        HeedCommand command = new("pull", "Download a model from the Hugging Face hub")
        {
            About = "Takes what a model needs: configuration, tokenizer, safetensors weights, README and licence. Weights in pickle are refused, because reading a pickle runs the code in it. Every file is checked against the hash that the hub lists; what is here already is not downloaded again; after Ctrl-C or a cut connection the same command goes on where it ended. The last line is the folder.\nThe cache is the one that other tools of the hub use. HF_HOME or HF_HUB_CACHE say where it is, HF_TOKEN (or the token file in HF_HOME) opens gated and private models, HF_ENDPOINT names another hub, HF_HUB_OFFLINE=1 asks nobody.",
            Examples =
            [
                ("heed pull Qwen/Qwen3-0.6B", "into the cache"),
                ("heed pull openai-community/gpt2 --local-dir models/gpt2", "into a plain folder"),
                ("heed pull google-bert/bert-base-uncased --include \"tokenizer*\" --include vocab.txt", "the tokenizer alone"),
                ("heed pull Qwen/Qwen3-0.6B --dry-run", "what it would take"),
            ],
        };
        command.Add(repository);
        foreach (Option option in (Option[])[revision, include, exclude, local, parallel, dry, json]) command.Add(option);
        command.SetAction(parse =>
        {
            HubOptions options = new()
            {
                Revision = parse.GetValue(revision) ?? "main",
                Include = parse.GetValue(include) ?? [],
                Exclude = parse.GetValue(exclude) ?? [],
                LocalFolder = parse.GetValue(local),
                Parallel = parse.GetValue(parallel) ?? 4,
            };
            return Pull(terminal, parse.GetRequiredValue(repository), options, parse.GetValue(dry), parse.GetValue(json));
        });
        return command;
    }

    private static int Pull(Terminal terminal, string repository, HubOptions options, bool dry, bool json)
    {
        using Interrupt interrupt = new();
        try
        {
            HubPlan plan = Hub.PlanAsync(repository, options, interrupt.Token).GetAwaiter().GetResult();
            if (dry)
            {
                if (json) WriteJson(terminal, plan, isDry: true);
                else List(terminal, plan);
                return ExitCode.Ok;
            }
            PullDisplay display = json ? new SilentPullDisplay() : terminal.Live ? new LivePullDisplay(terminal, plan) : new PlainPullDisplay(terminal);
            display.Run(Hub.PullAsync(plan, display, interrupt.Token));
            if (json) WriteJson(terminal, plan, isDry: false);
            else terminal.Out.WriteLine(plan.Folder);
            return ExitCode.Ok;
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            terminal.Error.WriteLine("heed: stopped; what has arrived is kept, and the same command goes on from there");
            return ExitCode.Interrupted;
        }
    }

    private static void List(Terminal terminal, HubPlan plan)
    {
        terminal.Line($"{Markup.Escape(plan.Repository)} [grey]at commit {plan.Commit}[/]");
        int width = plan.Files.Max(file => file.Path.Length);
        foreach (HubFile file in plan.Files)
            terminal.Line($"  {Markup.Escape(file.Path.PadRight(width))}  {PullDisplay.Bytes(file.Size),9}  {(file.Present ? "[grey]here already[/]" : "[bold]to download[/]")}");
        string[] refused = [.. plan.Refused];
        if (refused.Length > 0) terminal.Line($"  [grey]not taken: {Markup.Escape(string.Join(", ", refused))} (reading a pickle runs the code in it)[/]");
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{PullDisplay.Bytes(plan.BytesToDownload)} to download, {plan.Files.Count(f => !f.Present)} of {plan.Files.Count} files"));
        terminal.Line($"[grey]would be in[/] {Markup.Escape(plan.Folder)}");
    }

    private static void WriteJson(Terminal terminal, HubPlan plan, bool isDry) => JsonLine.Write(terminal.Out, w =>
    {
        w.WriteString("repository", plan.Repository);
        w.WriteString("revision", plan.Revision);
        w.WriteString("commit", plan.Commit);
        w.WriteString("folder", plan.Folder);
        if (isDry) w.WriteNumber("bytes_to_download", plan.BytesToDownload);
        w.WriteStartArray("files");
        foreach (HubFile file in plan.Files)
        {
            w.WriteStartObject();
            w.WriteString("path", file.Path);
            w.WriteNumber("size", file.Size);
            if (file.Hash.Length > 0) w.WriteString(file.Hash.Length == 64 ? "sha256" : "git_sha1", file.Hash);
            w.WriteBoolean("cached", file.Present);
            w.WriteEndObject();
        }
        w.WriteEndArray();
        w.WriteStartArray("refused");
        foreach (string path in plan.Refused) w.WriteStringValue(path);
        w.WriteEndArray();
    });
}
