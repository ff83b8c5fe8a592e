using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Heed.Generation;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed generate: a model continues a prompt.</summary>
internal static class GenerateCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> folder = CommonOptions.Model();
        Argument<string?> prompt = new("PROMPT") { Arity = ArgumentArity.ZeroOrOne, Description = "The text to continue. Without it: standard input if that is redirected (less one line end), else the token that starts a text" };
        Option<float?> temperature = Number("--temperature", "Divides the logits: lower is safer, higher is wilder, 0 is greedy. Default 1");
        Option<bool> greedy = new("--greedy") { Description = "Always the most probable token; the same as --temperature 0" };
        Option<int?> topK = Whole("--top-k", "Keep the N most probable tokens; 0 = all. Default 0");
        Option<float?> topP = Number("--top-p", "Keep the fewest tokens whose probabilities reach this sum. Default 1: all");
        Option<float?> minP = Number("--min-p", "Keep tokens at least this share as probable as the best one. Default 0: all");
        Option<float?> repetition = Number("--repetition-penalty", "Above 1: tokens seen before become less probable. Default 1");
        Option<float?> presence = Number("--presence-penalty", "Subtracted from the logit of every token written before. Default 0");
        Option<float?> frequency = Number("--frequency-penalty", "Subtracted once for each time a token was written. Default 0");
        Option<ulong?> seed = new("--seed") { HelpName = "N", Description = "Seed of the draws: the same seed, the same text. Default: a new one" };
        Option<string[]> stop = new("--stop") { HelpName = "TEXT", Description = "End before this text; may be given again" };
        Option<int?> maxTokens = Whole("--max-tokens", "Most tokens to write. Default 256, and never beyond the model's context");
        Option<int?> logProbs = Whole("--logprobs", "Show each token's probability, with the N most probable alternatives");
        Option<bool> start = CommonOptions.Start();
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: text, tokens, finish_reason, usage");
        HeedCommand command = new("generate", "Continue a prompt")
        {
            About = "Writes each piece of text as soon as it is certain. On a terminal the prompt stands before it; redirected, only the new text is written.",
            Examples =
            [
                ("heed generate runs/stories \"Once upon a time\" --start --temperature 0.6 --seed 7", "a story, the same one every time"),
                ("heed generate runs/stories \"Once upon a time\" --greedy --logprobs 3", "what it was sure of, and what it was not"),
                ("echo \"One day\" | heed generate runs/stories --stop . --json", "from a pipe, up to the first full stop, for programs"),
            ],
        };
        command.Add(folder);
        command.Add(prompt);
        foreach (Option option in (Option[])[temperature, greedy, topK, topP, minP, repetition, presence, frequency, seed, stop, maxTokens, logProbs, start, threads, json]) command.Add(option);
        command.Validators.Add(result =>
        {
            try
            {
                if (result.GetValue(greedy) && result.GetValue(temperature) is not (null or 0)) result.AddError("--greedy and --temperature exclude each other.");
                else Options(result).Validate();
            }
            catch (ArgumentException e)
            {
                result.AddError(e.Message + ".");
            }
            catch (InvalidOperationException)
            {
                // A value that is no number: the parser itself tells of it.
            }
        });
        command.SetAction(parse =>
        {
            using Interrupt interrupt = new();
            CommonOptions.UseThreads(parse.GetValue(threads));
            LanguageModel model = LanguageModel.Load(ModelKinds.Demand(parse.GetRequiredValue(folder), command.Name, ModelKind.Writer));
            string text = Show.Clean(parse.GetValue(prompt) ?? (Console.IsInputRedirected ? WithoutLineEnd(Terminal.ReadInput()) : ""));
            SamplingOptions options = Options(parse.CommandResult);
            string whole = CommonOptions.Prompt(model, text, parse.GetValue(start));
            return parse.GetValue(json)
                ? WriteJson(terminal, model, whole, options, interrupt.Token)
                : WriteText(terminal, model, whole, text, options, interrupt.Token);
        });
        return command;

        SamplingOptions Options(CommandResult values) => new()
        {
            Temperature = values.GetValue(greedy) ? 0 : values.GetValue(temperature) ?? 1,
            TopK = values.GetValue(topK) ?? 0,
            TopP = values.GetValue(topP) ?? 1,
            MinP = values.GetValue(minP) ?? 0,
            RepetitionPenalty = values.GetValue(repetition) ?? 1,
            PresencePenalty = values.GetValue(presence) ?? 0,
            FrequencyPenalty = values.GetValue(frequency) ?? 0,
            Seed = values.GetValue(seed),
            Stop = [.. (values.GetValue(stop) ?? []).Select(Show.Clean)],
            MaxTokens = values.GetValue(maxTokens) ?? 256,
            LogProbs = values.GetValue(logProbs) ?? 0,
        };
    }

    private static int WriteText(Terminal terminal, LanguageModel model, string prompt, string shown, SamplingOptions options, CancellationToken cancellation)
    {
        List<GeneratedToken> tokens = [];
        IEnumerable<GeneratedText> pieces = model.Generate(prompt, options, cancellation); // wrong prompts throw here, before anything is written
        bool stopped = false;
        long start = Stopwatch.GetTimestamp(), first = start;
        try
        {
            if (terminal.Live && shown.Length > 0) terminal.Console.Write(new Text(Terminal.Printable(shown), new Style(Color.Grey)));
            foreach (GeneratedText piece in pieces)
            {
                if (tokens.Count == 0) first = Stopwatch.GetTimestamp();
                terminal.Text(piece.Text);
                if (piece.Token is { } token) tokens.Add(token);
            }
        }
        catch (OperationCanceledException)
        {
            stopped = true;
        }
        terminal.Out.WriteLine();
        double seconds = Stopwatch.GetElapsedTime(first).TotalSeconds;
        if (options.LogProbs > 0) terminal.Console.Write(Table(model, tokens));
        if (tokens.Count > 1) terminal.Note(string.Create(CultureInfo.InvariantCulture, $"{tokens.Count} tokens, {(tokens.Count - 1) / Math.Max(seconds, 1e-9):N0} tokens/s"));
        return stopped ? ExitCode.Interrupted : ExitCode.Ok;
    }

    private static int WriteJson(Terminal terminal, LanguageModel model, string prompt, SamplingOptions options, CancellationToken cancellation)
    {
        int promptTokens = model.Encode(prompt).Length;
        List<GeneratedToken> tokens = [];
        StringBuilder text = new();
        string finish = "length"; // what no token at all (--max-tokens 0) ends with
        try
        {
            foreach (GeneratedText piece in model.Generate(prompt, options, cancellation))
            {
                text.Append(piece.Text);
                if (piece.Token is { } token) tokens.Add(token);
                if (piece.Finish == FinishReason.Stop) finish = "stop";
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
            w.WriteStartObject("usage");
            w.WriteNumber("prompt_tokens", promptTokens);
            w.WriteNumber("completion_tokens", tokens.Count);
            w.WriteNumber("total_tokens", promptTokens + tokens.Count);
            w.WriteEndObject();
        });
        return finish == "interrupted" ? ExitCode.Interrupted : ExitCode.Ok;
    }

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

    private static Option<float?> Number(string name, string description) => new(name) { HelpName = "X", Description = description };

    private static Option<int?> Whole(string name, string description) => new(name) { HelpName = "N", Description = description };
}
