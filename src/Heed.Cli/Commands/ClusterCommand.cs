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
        Argument<string?> file = new("FILE") { Arity = ArgumentArity.ZeroOrOne, Description = "The lines to group; with --text or --labels, or of .jsonl, .csv or .tsv, its records. Without it, or with -: standard input" };
        Option<string?> column = new("--text") { HelpName = "COLUMN", Description = "Column of the text in a file of records, or a template such as \"{title}: {body}\". Default: text" };
        Option<string?> labels = new("--labels") { HelpName = "COLUMN", Description = "Column of what each text is about: how well the topics agree with it is told (NMI, adjusted Rand index)" };
        Option<int?> clusters = CommonOptions.Whole("--clusters", "Number of topics. Default: that whose topics are farthest apart, at most 10").InRange(1);
        Option<int?> top = CommonOptions.Whole("--top", "Lines to show of each topic. Default 3; with --json: all").InRange(1);
        Option<ulong?> seed = new("--seed") { HelpName = "N", Description = "Seed of the starts: the same seed, the same topics. Default 1337" };
        EmbedderOptions embedder = new();
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: topics (size, lines: line, counted from 1; text, score); with --labels nmi, ari");
        HeedCommand command = new("cluster", "Group the lines of a file into topics")
        {
            About = "Lines whose vectors are near to each other become a topic (k-means); its most typical lines, those nearest to its centre, come first.",
            Examples =
            [
                ("heed cluster models/all-MiniLM-L6-v2 tickets.txt", "the topics, largest first, with three lines of each"),
                ("heed cluster models/all-MiniLM-L6-v2 tickets.txt --clusters 5 --json", "five topics with all their lines, for programs"),
                ("heed cluster models/all-MiniLM-L6-v2 news.jsonl --clusters 4 --labels topic", "how well they agree with known ones"),
            ],
        };
        command.Add(model);
        command.Add(file);
        foreach (Option option in (Option[])[column, labels, clusters, top, seed]) command.Add(option);
        embedder.AddTo(command);
        command.Add(threads);
        command.Add(json);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            TextEmbedder made = embedder.Load(parse, parse.GetRequiredValue(model), command.Name);
            ClusteringOptions options = new() { Clusters = parse.GetValue(clusters) };
            if (parse.GetValue(seed) is { } given) options = options with { Seed = given };
            LabelledTexts texts = LabelledTexts.Read(parse.GetValue(file), parse.GetValue(column), parse.GetValue(labels));
            IReadOnlyList<Topic> topics = Clustering.Topics(made, texts.Texts, options);
            (double Nmi, double Ari)? agreement = texts.Agreement(topics);
            if (parse.GetValue(json)) WriteJson(terminal, topics, agreement, parse.GetValue(top) ?? int.MaxValue);
            else Draw(terminal, topics, agreement, parse.GetValue(top) ?? 3);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Draw(Terminal terminal, IReadOnlyList<Topic> topics, (double Nmi, double Ari)? agreement, int top)
    {
        for (int i = 0; i < topics.Count; i++)
        {
            if (i > 0) terminal.Line();
            terminal.Line($"[bold]topic {i + 1}[/]  [grey]{topics[i].Texts.Count} {(topics[i].Texts.Count == 1 ? "line" : "lines")}[/]");
            foreach (ClusteredText text in topics[i].Texts.Take(top))
                terminal.Line($"  [dodgerblue1]{Show.Number(text.Similarity, "F3"),6}[/]  {Markup.Escape(Terminal.Printable(text.Text))}");
        }
        if (agreement is not { } with) return;
        terminal.Line();
        terminal.Line($"agreement with the labels: NMI [bold]{Show.Number(with.Nmi, "F4")}[/], adjusted Rand index [bold]{Show.Number(with.Ari, "F4")}[/]");
    }

    private static void WriteJson(Terminal terminal, IReadOnlyList<Topic> topics, (double Nmi, double Ari)? agreement, int top) => JsonLine.Write(terminal.Out, w =>
    {
        if (agreement is { } with)
        {
            w.WriteNumber("nmi", with.Nmi);
            w.WriteNumber("ari", with.Ari);
        }
        w.WriteObjects("topics", topics, topic =>
        {
            w.WriteNumber("size", topic.Texts.Count);
            w.WriteObjects("lines", topic.Texts.Take(top), text =>
            {
                w.WriteNumber("line", text.Index + 1);
                w.WriteString("text", text.Text);
                w.WriteFinite("score", text.Similarity);
            });
        });
    });
}
