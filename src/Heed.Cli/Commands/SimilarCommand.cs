using System.CommandLine;
using Heed.Tasks;

namespace Heed.Cli.Commands;

/// <summary>heed similar: lines that mean what is asked for.</summary>
internal static class SimilarCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model();
        Argument<string> query = new("QUERY") { Description = "What to look for" };
        Argument<string?> file = new("FILE") { Arity = ArgumentArity.ZeroOrOne, Description = "The lines to search. Without it, or with -: standard input" };
        Option<int?> top = CommonOptions.Whole("--top", "Lines to show. Default 10").InRange(1);
        EmbedderOptions embedder = new();
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: query, lines (line, counted from 1; text, score)");
        HeedCommand command = new("similar", "Search the lines of a file by what they mean")
        {
            About = "Compares the vector of the query with that of every line. The score is the cosine of the angle between them, -1 to 1.",
            Examples =
            [
                ("heed similar models/all-MiniLM-L6-v2 \"how to bake bread\" notes.txt", "the ten nearest lines"),
                ("heed similar models/all-MiniLM-L6-v2 \"it will not start\" --top 3 --json < tickets.txt", "three, for programs"),
            ],
        };
        foreach (Argument argument in (Argument[])[model, query, file]) command.Add(argument);
        command.Add(top);
        embedder.AddTo(command);
        command.Add(threads);
        command.Add(json);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            TextEmbedder made = embedder.Load(parse, parse.GetRequiredValue(model), command.Name);
            string asked = Show.Clean(parse.GetRequiredValue(query));
            SemanticSearch search = new(made, TextInputs.Lines(parse.GetValue(file)));
            ScoredLines.Write(terminal, asked, [.. search.Find(asked, parse.GetValue(top) ?? 10).Select(h => new ScoredLine(h.Index, h.Text, h.Similarity))], parse.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }
}
