using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Heed.Generation;
using Heed.Models;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed generate: a model continues a prompt.</summary>
internal static class GenerateCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = CommonOptions.Model();
        Argument<string?> prompt = new("PROMPT") { Arity = ArgumentArity.ZeroOrOne, Description = "The text to continue. Without it: standard input if that is redirected (less one line end), else the token that starts a text" };
        Option<string?> prefix = new("--prefix") { HelpName = "TEXT", Description = "What stands before a gap that is to be filled, for models that learned it" };
        Option<string?> suffix = new("--suffix") { HelpName = "TEXT", Description = "What stands behind the gap" };
        Option<int?> logProbs = CommonOptions.Whole("--logprobs", "Show each token's probability, with the N most probable alternatives").InRange(0);
        Option<bool> start = CommonOptions.Start();
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: text, tokens, finish_reason, usage; with a constraint how far it was met; with --draft or --lookup also speculation");
        HeedCommand command = new("generate", "Continue a prompt")
        {
            About = "Writes each piece of text as soon as it is certain. On a terminal the prompt stands before it; redirected, only the new text is written.",
            Examples =
            [
                ("heed generate runs/stories \"Once upon a time\" --start --temperature 0.6 --seed 7", "a story, the same one every time"),
                ("heed generate runs/stories \"Once upon a time\" --greedy --logprobs 3", "what it was sure of, and what it was not"),
                ("heed generate models/Qwen3-4B \"Say it three times:\" --draft models/Qwen3-0.6B", "a small model writes ahead of a large one"),
                ("heed generate models/Qwen3-0.6B \"Colours of the rainbow as JSON: \" --json-schema '{\"type\":\"array\",\"items\":{\"type\":\"string\"}}'", "JSON that fits a schema, whatever the model would rather write"),
                ("heed generate models/Qwen2.5-Coder-0.5B --prefix \"int Twice(int x) => \" --suffix \";\"", "what stands between the two"),
                ("echo \"One day\" | heed generate runs/stories --stop . --json", "from a pipe, up to the first full stop, for programs"),
            ],
        };
        command.Add(name);
        command.Add(prompt);
        SamplingArguments sampling = new(command, mostTokens: 256);
        ConstraintArguments constraint = new(command);
        SpeculativeArguments speculation = new(command);
        AdapterArguments adapters = new(command);
        foreach (Option option in (Option[])[prefix, suffix, logProbs, start, threads, json]) command.Add(option);
        command.SetAction(parse =>
        {
            using Interrupt interrupt = new();
            CommonOptions.UseThreads(parse.GetValue(threads));
            string folder = ModelArgument.Demand(parse.GetRequiredValue(name), command.Name, ModelKind.Writer);
            LanguageModel model = LanguageModel.Load(folder, adapters.Read(parse));
            bool gap = parse.GetValue(prefix) is not null || parse.GetValue(suffix) is not null;
            if (gap && (parse.GetValue(prompt) is not null || parse.GetValue(start))) throw new ArgumentException("--prefix and --suffix stand in the place of PROMPT and --start; give one or the other");
            string text = gap ? Show.Clean(parse.GetValue(prefix) ?? "") : Show.Clean(parse.GetValue(prompt) ?? (Console.IsInputRedirected ? WithoutLineEnd(Terminal.ReadInput()) : ""));
            SamplingOptions options = sampling.Read(parse, folder, model.Tokenizer) with { LogProbs = parse.GetValue(logProbs) ?? 0, Constraint = constraint.Read(parse, model) };
            string whole = CommonOptions.Prompt(model, text, parse.GetValue(start)), behind = Show.Clean(parse.GetValue(suffix) ?? "");
            SpeculativeGenerator? speculative = speculation.Read(parse, () => model.Transformer);
            if (gap && speculative is not null) throw new ArgumentException("--prefix and --suffix cannot be guessed ahead; leave --draft and --lookup out");
            Request request = gap
                ? new Request(text, behind, model.EncodeGap(text, behind).Length, () => model.FillGap(text, behind, options, interrupt.Token))
                : new Request(text, "", model.Encode(whole).Length, () => speculative is null ? model.Generate(whole, options, interrupt.Token) : model.Generate(speculative, whole, options, interrupt.Token));
            return parse.GetValue(json) ? WriteJson(terminal, model, speculative, request, options) : WriteText(terminal, model, speculative, request, options);
        });
        return command;
    }

    /// <summary>What is asked for.</summary>
    /// <param name="Before">The text before what is written, as a terminal shows it.</param>
    /// <param name="Behind">The text behind it.</param>
    /// <param name="Tokens">Tokens that the model reads first.</param>
    /// <param name="Pieces">Begins to write.</param>
    private sealed record Request(string Before, string Behind, int Tokens, Func<IEnumerable<GeneratedText>> Pieces);

    private static int WriteText(Terminal terminal, LanguageModel model, SpeculativeGenerator? speculative, Request request, SamplingOptions options)
    {
        List<GeneratedToken> tokens = [];
        IEnumerable<GeneratedText> pieces = request.Pieces(); // wrong prompts throw here, before anything is written
        bool stopped = false;
        long start = Stopwatch.GetTimestamp(), first = start;
        try
        {
            ShowGiven(request.Before);
            foreach (GeneratedText piece in pieces)
            {
                if (tokens.Count == 0) first = Stopwatch.GetTimestamp();
                terminal.Text(piece.Text);
                if (piece.Token is { } token) tokens.Add(token);
            }
            ShowGiven(request.Behind);
        }
        catch (OperationCanceledException)
        {
            stopped = true;
        }
        terminal.Out.WriteLine();
        if (options.Constraint is not null && !stopped) ConstraintArguments.Tell(terminal, Status(model, tokens, options), tokens.Count);
        double seconds = Stopwatch.GetElapsedTime(first).TotalSeconds;
        if (options.LogProbs > 0) terminal.Console.Write(Table(model, tokens));
        if (tokens.Count > 1) terminal.Note(string.Create(CultureInfo.InvariantCulture, $"{tokens.Count} tokens, {(tokens.Count - 1) / Math.Max(seconds, 1e-9):N0} tokens/s{SpeculativeArguments.Note(speculative)}"));
        return stopped ? ExitCode.Interrupted : ExitCode.Ok;

        void ShowGiven(string text)
        {
            if (terminal.Live && text.Length > 0) terminal.Console.Write(new Text(Terminal.Printable(text), new Style(Color.Grey)));
        }
    }

    private static int WriteJson(Terminal terminal, LanguageModel model, SpeculativeGenerator? speculative, Request request, SamplingOptions options)
    {
        List<GeneratedToken> tokens = [];
        StringBuilder text = new();
        string finish = "length"; // what no token at all (--max-tokens 0) ends with
        try
        {
            foreach (GeneratedText piece in request.Pieces())
            {
                text.Append(piece.Text);
                if (piece.Token is { } token) tokens.Add(token);
                if (piece.Finish is FinishReason.Stop or FinishReason.Complete) finish = "stop";
            }
        }
        catch (OperationCanceledException)
        {
            finish = "interrupted";
        }
        JsonLine.Write(terminal.Out, w =>
        {
            w.WriteString("text", text.ToString());
            w.WriteStartArray("tokens");
            foreach (GeneratedToken token in tokens)
            {
                w.WriteStartObject();
                WriteToken(w, model, token.Id, token.LogProb);
                w.WriteStartArray("top");
                foreach (TokenProbability other in token.Top)
                {
                    w.WriteStartObject();
                    WriteToken(w, model, other.Id, other.LogProb);
                    w.WriteEndObject();
                }
                w.WriteEndArray();
                w.WriteEndObject();
            }
            w.WriteEndArray();
            w.WriteString("finish_reason", finish);
            if (options.Constraint is not null) ConstraintArguments.Write(w, Status(model, tokens, options));
            w.WriteStartObject("usage");
            w.WriteNumber("prompt_tokens", request.Tokens);
            w.WriteNumber("completion_tokens", tokens.Count);
            w.WriteNumber("total_tokens", request.Tokens + tokens.Count);
            w.WriteEndObject();
            if (speculative?.Statistics is not { } guessed) return;
            w.WriteStartObject("speculation");
            w.WriteNumber("passes", guessed.Passes);
            w.WriteNumber("guesses", guessed.Guesses);
            w.WriteNumber("accepted", guessed.Accepted);
            w.WriteEndObject();
        });
        return finish == "interrupted" ? ExitCode.Interrupted : ExitCode.Ok;
    }

    private static ConstraintStatus Status(LanguageModel model, List<GeneratedToken> tokens, SamplingOptions options) => options.Constraint!.Check(tokens.Select(t => t.Id), model.EndTokens);

    private static void WriteToken(Utf8JsonWriter w, LanguageModel model, int id, float logProb)
    {
        w.WriteNumber("id", id);
        w.WriteString("text", model.TextOf(id));
        w.WriteFinite("logprob", logProb);
    }

    private static Table Table(LanguageModel model, List<GeneratedToken> tokens)
    {
        Table table = new() { Border = TableBorder.Simple };
        table.AddColumn("token").AddColumn(new TableColumn("probability").RightAligned()).AddColumn("most probable");
        foreach (GeneratedToken token in tokens)
        {
            string others = string.Join("   ", token.Top.Select(t => $"{Show.Token(model.Tokenizer, t.Id)} {Show.Number(100 * t.Probability, "F1")}%"));
            table.AddRow(new Text(Show.Token(model.Tokenizer, token.Id)), new Text(Show.Number(100 * Math.Exp(token.LogProb), "F1") + "%"), new Text(others));
        }
        return table;
    }

    private static string WithoutLineEnd(string text) => text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
}
