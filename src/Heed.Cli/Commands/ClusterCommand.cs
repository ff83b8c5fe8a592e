using System.CommandLine;
using Heed.Tasks;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed cluster: what a file's lines are about.</summary>
internal static class ClusterCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model();
        Argument<string?> file = new("FILE") { Arity = ArgumentArity.ZeroOrOne, Description = "The lines to group. Without it, or with -: standard input" };
        Option<int?> clusters = CommonOptions.Whole("--clusters", "Number of topics. Default: that whose topics are farthest apart, at most 10").InRange(1);
        Option<int?> top = CommonOptions.Whole("--top", "Lines to show of each topic. Default 3; with --json: all").InRange(1);
        Option<ulong?> seed = new("--seed") { HelpName = "N", Description = "Seed of the starts: the same seed, the same topics. Default 1337" };
        EmbedderOptions embedder = new();
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: topics (size, lines: line, counted from 1; text, score)");
        HeedCommand command = new("cluster", "Group the lines of a file into topics")
        {
            About = "Lines whose vectors are near to each other become a topic (k-means); its most typical lines, those nearest to its centre, come first.",
            Examples =
            [
                ("heed cluster models/all-MiniLM-L6-v2 tickets.txt", "the topics, largest first, with three lines of each"),
                ("heed cluster models/all-MiniLM-L6-v2 tickets.txt --clusters 5 --json", "five topics with all their lines, for programs"),
            ],
        };
        command.Add(model);
        command.Add(file);
        foreach (Option option in (Option[])[clusters, top, seed]) command.Add(option);
        embedder.AddTo(command);
        command.Add(threads);
        command.Add(json);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            TextEmbedder made = embedder.Load(parse, parse.GetRequiredValue(model), command.Name);
            ClusteringOptions options = new() { Clusters = parse.GetValue(clusters) };
            if (parse.GetValue(seed) is { } given) options = options with { Seed = given };
            IReadOnlyList<Topic> topics = Clustering.Topics(made, TextInputs.Lines(parse.GetValue(file)), options);
            if (parse.GetValue(json)) WriteJson(terminal, topics, parse.GetValue(top) ?? int.MaxValue);
            else Draw(terminal, topics, parse.GetValue(top) ?? 3);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Draw(Terminal terminal, IReadOnlyList<Topic> topics, int top)
    {
        for (int i = 0; i < topics.Count; i++)
        {
            if (i > 0) terminal.Line();
            terminal.Line($"[bold]topic {i + 1}[/]  [grey]{topics[i].Texts.Count} {(topics[i].Texts.Count == 1 ? "line" : "lines")}[/]");
            foreach (ClusteredText text in topics[i].Texts.Take(top))
                terminal.Line($"  [dodgerblue1]{Show.Number(text.Similarity, "F3"),6}[/]  {Markup.Escape(Terminal.Printable(text.Text))}");
        }
    }

    private static void WriteJson(Terminal terminal, IReadOnlyList<Topic> topics, int top) => JsonLine.Write(terminal.Out, w =>
        w.WriteObjects("topics", topics, topic =>
        {
            w.WriteNumber("size", topic.Texts.Count);
            w.WriteObjects("lines", topic.Texts.Take(top), text =>
            {
                w.WriteNumber("line", text.Index + 1);
                w.WriteString("text", text.Text);
                w.WriteFinite("score", text.Similarity);
            });
        }));
}
