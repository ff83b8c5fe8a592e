using System.CommandLine;
using System.Diagnostics;
using Heed.Generation;
using Heed.Models;

namespace Heed.Cli.Commands;

/// <summary>heed perplexity: how well a model predicts a text.</summary>
internal static class PerplexityCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model();
        Argument<string> file = new("FILE") { Description = "A text file" };
        Option<int?> context = ContextOption();
        Option<int?> stride = CommonOptions.Whole("--stride", "Move the window by so many tokens and count what is new in each, instead of the second half of every piece").InRange(1);
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: perplexity, its standard error, loss, tokens, speed");
        HeedCommand command = new("perplexity", "Measure how well a model predicts a text")
        {
            About = "exp of the mean negative log-likelihood of a token: as many equally likely tokens would be as hard to guess. The text is cut into pieces of the context, and of each the second half counts, so that figures compare with those of llama-perplexity; a recurrent model reads it in one piece, and all but the first token counts. Models with different tokenizers do not compare.",
            Examples =
            [
                ("heed perplexity runs/stories tales.txt", "the perplexity and its standard error"),
                ("heed perplexity model-Q4_K_M.gguf tales.txt --context 1024", "of a file, with longer pieces"),
                ("heed perplexity runs/stories tales.txt --stride 64 --json", "every token with at least 448 before it, for programs"),
            ],
        };
        command.Add(model);
        command.Add(file);
        foreach (Option option in (Option[])[context, stride]) command.Add(option);
        AdapterArguments adapters = new(command);
        foreach (Option option in (Option[])[threads, json]) command.Add(option);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            using Interrupt interrupt = new();
            ModelFile given = ModelFile.Find(parse.GetRequiredValue(model));
            bool recurrent = Directory.Exists(given.Path) && RecurrentFolder.IsRecurrentModel(given.Path);
            if (recurrent && (parse.GetValue(context) ?? parse.GetValue(stride)) is not null)
                throw new ArgumentException("--context and --stride are for Transformers; a recurrent model reads the text once and carries its state on");
            ModelText text = ModelText.Read(given.Tokenizer(), parse.GetRequiredValue(file));
            PerplexityResult result;
            double seconds;
            int? windows = null; // tokens of each
            using (ProgressLine progress = new(terminal))
            {
                Action<int, int, PerplexityResult> say = (done, all, r) => progress.Say($"{done} of {all}: perplexity {Show.Number(r.Perplexity, "F4")}");
                if (recurrent)
                {
                    RecurrentModel state = RecurrentFolder.Load(given.Path);
                    long begin = Stopwatch.GetTimestamp();
                    result = Perplexity.Measure(state, text.Tokens, say, interrupt.Token);
                    seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
                }
                else
                {
                    Transformer transformer = AdaptedModel.Open(given.Path, adapters.Read(parse));
                    PredictionOptions options = text.Options(transformer, parse.GetValue(context), parse.GetValue(stride));
                    windows = options.Context;
                    long begin = Stopwatch.GetTimestamp();
                    result = Perplexity.Measure(transformer, text.Tokens, options, say, interrupt.Token);
                    seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
                }
            }
            double speed = (windows is { } pieces ? (double)result.Windows * pieces : text.Tokens.Length) / seconds;
            if (parse.GetValue(json))
                JsonLine.Write(terminal.Out, w =>
                {
                    w.WriteNumber("perplexity", result.Perplexity);
                    w.WriteNumber("perplexity_error", result.PerplexityError);
                    w.WriteNumber("loss", result.Loss);
                    w.WriteNumber("loss_error", result.LossError);
                    w.WriteNumber("tokens", result.Tokens);
                    w.WriteNumber("windows", result.Windows);
                    if (windows is not null) w.WriteNumber("context", windows.Value);
                    w.WriteNumber("tokens_per_second", speed);
                });
            else
            {
                terminal.Line($"perplexity [bold]{Show.Number(result.Perplexity, "F4")}[/] ± {Show.Number(result.PerplexityError, "F4")}");
                string read = windows is { } length ? $"in {Show.Count(result.Windows)} pieces of {length}" : "in one piece, the state carried on";
                terminal.Line($"{Show.Count(result.Tokens)} tokens {read}, {Show.Number(speed, "N0")} tokens/s read");
            }
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The option --context of what measures predictions.</summary>
    public static Option<int?> ContextOption() => CommonOptions.Whole("--context", "Tokens that the model sees at a time. Default 512, or the model's context where that is less").InRange(4, 1 << 20);
}
