using System.CommandLine;
using System.Globalization;
using System.Text;
using Heed.Data;
using Heed.Tokenization;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed tokenizer: train, encode, decode, show.</summary>
internal static class TokenizerCommand
{
    internal const string FileHelp = "A tokenizer.json, a sentencepiece .model, a .tiktoken file, a vocab.json (with merges.txt) or vocab.txt, or a folder that has one";

    private const double HeldOut = 0.1;

    public static Command Create(Terminal terminal)
    {
        HeedCommand command = new("tokenizer", "Train a tokenizer, encode and decode with it")
        {
            Examples =
            [
                ("heed tokenizer train corpus.txt --vocab 4096", "learn byte-pair merges and write tokenizer.json"),
                ("heed tokenizer encode tokenizer.json \"Once upon a time\" --tokens", "see how a text is cut"),
            ],
        };
        command.Add(Train(terminal));
        command.Add(TokenizerEncodeCommand.Create(terminal));
        command.Add(TokenizerDecodeCommand.Create(terminal));
        command.Add(TokenizerShowCommand.Create(terminal));
        return command;
    }

    private static HeedCommand Train(Terminal terminal)
    {
        Argument<string[]> files = new("FILE") { Arity = ArgumentArity.OneOrMore, Description = "UTF-8 text files" };
        Option<int?> vocabulary = new Option<int?>("--vocab") { HelpName = "N", Description = "Number of tokens, special tokens and the 256 bytes included; needed for --kind bpe" }.InRange(1, 1_000_000);
        Option<string> kind = new("--kind") { HelpName = "KIND", Description = "bpe (byte-level byte-pair encoding, as GPT-2) or characters. Default bpe" };
        kind.AcceptOnlyFromAmong("bpe", "characters");
        Option<string?> output = new("--output") { HelpName = "FILE", Description = "Where to write. Default tokenizer.json" };
        Option<bool> json = CommonOptions.Json("One JSON object: output, vocabulary, bytes, tokens, bytes_per_token");
        HeedCommand command = new("train", "Train a tokenizer on text files")
        {
            About = "Learns from the first 90% of each file and measures the compression, in bytes a token, on the rest, which it has not seen. (With --kind characters the vocabulary is that of the whole text.) The file can be read by Hugging Face tokenizers.",
            Examples =
            [
                ("heed tokenizer train corpus.txt --vocab 4096", "write tokenizer.json"),
                ("heed tokenizer train a.txt b.txt --vocab 32000 --output en.json", "from several files, elsewhere"),
                ("heed tokenizer train corpus.txt --kind characters", "one token for each character of the text"),
            ],
        };
        command.Add(files);
        foreach (Option option in (Option[])[vocabulary, kind, output, json]) command.Add(option);
        command.Validators.Add(result =>
        {
            bool characters = result.GetValue(kind) == "characters";
            if (!characters && result.GetResult(vocabulary) is null) result.AddError("--vocab is needed: the number of tokens, such as --vocab 4096.");
            if (characters && result.GetResult(vocabulary) is not null) result.AddError("--vocab does not go with --kind characters: the text decides.");
        });
        command.SetAction(parse =>
        {
            using Interrupt interrupt = new();
            List<string> learned = [], heldOut = [];
            foreach (string file in parse.GetRequiredValue(files))
            {
                string text = TextFile.Read(file);
                int split = text.Length - (int)(text.Length * HeldOut);
                if (split < text.Length && char.IsLowSurrogate(text[split])) split--;
                learned.Add(text[..split]);
                heldOut.Add(text[split..]);
            }
            bool characters = parse.GetValue(kind) == "characters";
            Tokenizer tokenizer = characters
                ? Tokenizer.Train(learned.Concat(heldOut), new CharacterTrainer(), interrupt.Token)
                : TrainBpe(terminal, learned, parse.GetValue(vocabulary)!.Value, !parse.GetValue(json), interrupt.Token);
            string path = parse.GetValue(output) ?? "tokenizer.json";
            tokenizer.Save(path);
            long bytes = heldOut.Sum(text => (long)Encoding.UTF8.GetByteCount(text)), tokens = heldOut.Sum(text => (long)tokenizer.Encode(text, SpecialTokens.None).Length);
            double perToken = tokens == 0 ? double.NaN : (double)bytes / tokens;
            if (parse.GetValue(json))
                JsonLine.Write(terminal.Out, w =>
                {
                    w.WriteString("output", path);
                    w.WriteNumber("vocabulary", tokenizer.VocabularySize);
                    w.WriteNumber("bytes", bytes);
                    w.WriteNumber("tokens", tokens);
                    w.WriteFinite("bytes_per_token", perToken);
                });
            else
            {
                terminal.Line($"  [grey]vocabulary[/]   {tokenizer.VocabularySize.ToString("N0", CultureInfo.InvariantCulture)} tokens");
                terminal.Line($"  [grey]compression[/]  [bold]{Show.Number(perToken, "F3")}[/] bytes a token [grey](held-out text: {bytes.ToString("N0", CultureInfo.InvariantCulture)} bytes, {tokens.ToString("N0", CultureInfo.InvariantCulture)} tokens)[/]");
                terminal.Line($"  [grey]written[/]      {Markup.Escape(path)}");
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static Tokenizer TrainBpe(Terminal terminal, List<string> texts, int vocabulary, bool shows, CancellationToken cancellation)
    {
        BpeTrainer trainer = new() { VocabularySize = vocabulary };
        if (!terminal.Live || !shows) return Tokenizer.Train(texts, trainer, TokenizerPipeline.Gpt2, null, cancellation);
        Tokenizer? tokenizer = null;
        terminal.Console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).Start(progress =>
        {
            ProgressTask task = progress.AddTask("  learning merges", maxValue: vocabulary);
            tokenizer = Tokenizer.Train(texts, trainer, TokenizerPipeline.Gpt2, new Relay(task), cancellation);
        });
        return tokenizer!;
    }

    private sealed class Relay(ProgressTask task) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => task.Value = value.Tokens;
    }
}
