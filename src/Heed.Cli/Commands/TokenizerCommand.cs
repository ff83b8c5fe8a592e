using System.CommandLine;
using System.Globalization;
using System.Text;
using Heed.Data;
using Heed.Tokenization;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed tokenizer: train, encode, decode, template.</summary>
internal static class TokenizerCommand
{
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
        command.Add(Encode(terminal));
        command.Add(Decode(terminal));
        command.Add(TokenizerTemplateCommand.Create(terminal));
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

    private static HeedCommand Encode(Terminal terminal)
    {
        Argument<string> file = new("TOKENIZER") { Description = "A tokenizer.json, or a folder that has one" };
        Argument<string?> text = new("TEXT") { Arity = ArgumentArity.ZeroOrOne, Description = "The text. Without it: standard input" };
        Option<bool> tokens = new("--tokens") { Description = "Show what each id stands for: a line for each token" };
        Option<bool> json = CommonOptions.Json("One JSON object: ids, and with --tokens the texts");
        HeedCommand command = new("encode", "Turn a text into token ids")
        {
            Examples =
            [
                ("heed tokenizer encode tokenizer.json \"Once upon a time\"", "the ids"),
                ("heed tokenizer encode runs/stories \"Once upon a time\" --tokens", "ids and tokens; a space shows as ·, a line end as ⏎"),
            ],
        };
        command.Add(file);
        command.Add(text);
        command.Add(tokens);
        command.Add(json);
        command.SetAction(parse =>
        {
            Tokenizer tokenizer = Tokenizer.Load(parse.GetRequiredValue(file));
            int[] ids = tokenizer.Encode(parse.GetValue(text) ?? Terminal.ReadInput());
            if (parse.GetValue(json))
                JsonLine.Write(terminal.Out, w =>
                {
                    w.WriteStartArray("ids");
                    foreach (int id in ids) w.WriteNumberValue(id);
                    w.WriteEndArray();
                    if (!parse.GetValue(tokens)) return;
                    w.WriteStartArray("tokens");
                    foreach (int id in ids) w.WriteStringValue(tokenizer.Decode([id]));
                    w.WriteEndArray();
                });
            else if (parse.GetValue(tokens))
                foreach (int id in ids) terminal.Line($"[grey]{id.ToString(CultureInfo.InvariantCulture),7}[/]  {Markup.Escape(Show.Token(tokenizer, id))}");
            else terminal.Out.WriteLine(string.Join(' ', ids.Select(id => id.ToString(CultureInfo.InvariantCulture))));
            return ExitCode.Ok;
        });
        return command;
    }

    private static HeedCommand Decode(Terminal terminal)
    {
        Argument<string> file = new("TOKENIZER") { Description = "A tokenizer.json, or a folder that has one" };
        Argument<string[]> ids = new("IDS") { Arity = ArgumentArity.ZeroOrMore, Description = "Token ids. Without them: standard input, ids between spaces or commas" };
        Option<bool> json = CommonOptions.Json("One JSON object: text");
        HeedCommand command = new("decode", "Turn token ids into text")
        {
            About = "Redirected, exactly the bytes of the tokens are written; on a terminal a line end follows.",
            Examples =
            [
                ("heed tokenizer decode tokenizer.json 431 1052 258", "the text of three tokens"),
                ("heed tokenizer encode tokenizer.json < a.txt | heed tokenizer decode tokenizer.json | cmp - a.txt", "a round trip"),
            ],
        };
        command.Add(file);
        command.Add(ids);
        command.Add(json);
        command.SetAction(parse =>
        {
            Tokenizer tokenizer = Tokenizer.Load(parse.GetRequiredValue(file));
            string[] words = parse.GetValue(ids) is { Length: > 0 } given ? given : [Terminal.ReadInput()];
            int[] tokens = [.. words.SelectMany(w => w.Split([' ', ',', '\n', '\r', '\t', '[', ']'], StringSplitOptions.RemoveEmptyEntries)).Select(Id)];
            if (parse.GetValue(json)) JsonLine.Write(terminal.Out, w => w.WriteString("text", tokenizer.Decode(tokens)));
            else if (Console.IsOutputRedirected)
            {
                using Stream output = Console.OpenStandardOutput();
                output.Write(tokenizer.DecodeBytes(tokens));
            }
            else terminal.Text(tokenizer.Decode(tokens) + "\n");
            return ExitCode.Ok;
        });
        return command;
    }

    private static int Id(string word) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : throw new ArgumentException($"'{word}' is not a token id; whole numbers are expected");

    private sealed class Relay(ProgressTask task) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => task.Value = value.Tokens;
    }
}
