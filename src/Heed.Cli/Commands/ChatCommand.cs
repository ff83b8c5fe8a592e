using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Heed.Generation;
using Heed.Models;
using Heed.Tokenization;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed chat: a conversation in the terminal.</summary>
internal static class ChatCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = CommonOptions.Model();
        Option<string?> system = new("--system") { HelpName = "TEXT", Description = "What the model is told before the conversation" };
        Option<string?> template = new("--template") { HelpName = "FILE", Description = "A chat template (.jinja) instead of the model's own" };
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object an answer: text, finish_reason, usage (with reused_tokens: what was still in memory)");
        HeedCommand command = new("chat", "Talk with a model")
        {
            About = "Each line is a turn; the answer is written as it is made. /reset begins anew, /system TEXT too, with another instruction, /exit or Ctrl-D ends. Ctrl-C breaks an answer off. From a pipe, each line is a turn and only the answers are written. What users write is never taken for the model's special tokens.",
            Examples =
            [
                ("heed chat models/Qwen3-0.6B --system \"You answer in one sentence.\"", "a conversation"),
                ("printf 'Hi, I am Tom.\\nWho am I?\\n' | heed chat models/Qwen3-0.6B --greedy", "two turns from a pipe"),
            ],
        };
        command.Add(name);
        command.Add(system);
        command.Add(template);
        SamplingArguments sampling = new(command, mostTokens: 1024);
        ConstraintArguments constraint = new(command);
        AdapterArguments adapters = new(command);
        command.Add(threads);
        command.Add(json);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            string folder = ModelArgument.Demand(parse.GetRequiredValue(name), command.Name, ModelKind.Writer);
            IReadOnlyList<AdapterUse> used = adapters.Read(parse);
            ChatTemplate? written = parse.GetValue(template) is { } given ? ChatTemplate.Load(given) : used.Count == 0 ? ModelTokenizer.LoadTemplate(folder) : null;
            LanguageModel model = LanguageModel.Load(folder, used);
            SamplingOptions options = sampling.Read(parse, folder, model.Tokenizer) with { Constraint = constraint.Read(parse, model) };
            string? instruction = parse.GetValue(system) is { } text ? Show.Clean(text) : null;
            return new Session(terminal, model.StartChat(instruction, written), options, parse.GetValue(json)).Run(instruction);
        });
        return command;
    }

    private sealed class Session(Terminal terminal, Chat chat, SamplingOptions options, bool json)
    {
        // Signs for people stand only where people type and read.
        private readonly bool typed = terminal.Live && !Console.IsInputRedirected;

        public int Run(string? system)
        {
            if (typed) terminal.Line("[grey]/reset  /system TEXT  /exit[/]");
            using TextReader input = Console.IsInputRedirected ? new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false, true)) : Console.In;
            while (Next(input) is { } line)
            {
                string trimmed = line.Trim();
                if (trimmed is "/exit" or "/quit") break;
                if (trimmed == "/reset") chat.Reset(system);
                else if (trimmed == "/system" || trimmed.StartsWith("/system ", StringComparison.Ordinal)) chat.Reset(system = trimmed["/system".Length..].Trim());
                else if (trimmed.Length > 0) Turn(Show.Clean(line));
            }
            return ExitCode.Ok;
        }

        private string? Next(TextReader input)
        {
            if (typed) terminal.Console.Markup("[bold dodgerblue1]>[/] ");
            try
            {
                return input.ReadLine();
            }
            catch (DecoderFallbackException e)
            {
                throw new InvalidDataException("standard input is not UTF-8 text", e);
            }
        }

        private void Turn(string message)
        {
            using Interrupt interrupt = new();
            StringBuilder text = new();
            int tokens = 0;
            bool stopped = false;
            long start = Stopwatch.GetTimestamp();
            try
            {
                foreach (GeneratedText piece in chat.Send(message, options, interrupt.Token))
                {
                    tokens++;
                    text.Append(piece.Text);
                    if (!json) terminal.Text(piece.Text);
                }
            }
            catch (OperationCanceledException)
            {
                stopped = true;
            }
            catch (Exception e) when (typed && e is (ArgumentException or InvalidDataException or ChatTemplateException))
            {
                // A turn that cannot be answered is no reason to lose the conversation.
                terminal.Error.WriteLine(Failure.Describe(e));
                return;
            }
            if (json) WriteJson(text.ToString(), tokens, stopped);
            else terminal.Out.WriteLine();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (!json) terminal.Note(string.Create(CultureInfo.InvariantCulture, $"{tokens} tokens, {tokens / Math.Max(seconds, 1e-9):N0} tokens/s; {chat.PromptTokens - chat.ReusedTokens} read, {chat.ReusedTokens} remembered{(stopped ? "; broken off" : "")}"));
            if (stopped && !typed) throw new OperationCanceledException();
        }

        private void WriteJson(string text, int tokens, bool stopped) => JsonLine.Write(terminal.Out, w =>
        {
            w.WriteString("text", text);
            w.WriteString("finish_reason", stopped ? "interrupted" : chat.Finish is FinishReason.Stop or FinishReason.Complete ? "stop" : "length");
            w.WriteStartObject("usage");
            w.WriteNumber("prompt_tokens", chat.PromptTokens);
            w.WriteNumber("reused_tokens", chat.ReusedTokens);
            w.WriteNumber("completion_tokens", tokens);
            w.WriteNumber("total_tokens", chat.PromptTokens + tokens);
            w.WriteEndObject();
        });
    }
}
