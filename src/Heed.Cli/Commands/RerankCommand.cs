using System.CommandLine;
using Heed.Models;
using Heed.Tasks;

namespace Heed.Cli.Commands;

/// <summary>heed rerank: lines in the order in which they answer a question.</summary>
internal static class RerankCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model();
        Argument<string> query = new("QUERY") { Description = "The question" };
        Argument<string?> file = new("FILE") { Arity = ArgumentArity.ZeroOrOne, Description = "The lines to order. Without it, or with -: standard input" };
        Option<int?> top = CommonOptions.Whole("--top", "Lines to show. Default: all").InRange(1);
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: query, lines (line, counted from 1; text, score)");
        HeedCommand command = new("rerank", "Order lines by how well they answer a question")
        {
            About = "A cross-encoder (a classifier with one label) reads question and line together, which is slower and better than comparing vectors. With a model of another kind, vectors are compared.",
            Examples =
            [
                ("heed rerank models/ms-marco-MiniLM \"how high is the tower\" lines.txt", "all lines, best first"),
                ("heed similar models/all-MiniLM-L6-v2 \"opening hours\" notes.txt --top 50 --json", "what to rerank: fifty candidates, found quickly"),
            ],
        };
        foreach (Argument argument in (Argument[])[model, query, file]) command.Add(argument);
        foreach (Option option in (Option[])[top, threads, json]) command.Add(option);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            string folder = ModelArgument.Demand(parse.GetRequiredValue(model), command.Name, ModelKind.Classifier, ModelKind.Reader, ModelKind.Filler);
            Reranker reranker = Reranker.Load(folder);
            string asked = Show.Clean(parse.GetRequiredValue(query));
            (int Index, string Text)[] lines = [.. TextInputs.Lines(parse.GetValue(file)).Index().Where(l => !string.IsNullOrWhiteSpace(l.Item))];
            IReadOnlyList<RankedText> ranked = reranker.Rank(asked, [.. lines.Select(l => l.Text)], parse.GetValue(top));
            ScoredLines.Write(terminal, asked, [.. ranked.Select(r => new ScoredLine(lines[r.Index].Index, r.Text, r.Score))], parse.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }
}
