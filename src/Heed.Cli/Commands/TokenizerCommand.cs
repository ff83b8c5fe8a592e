using System.CommandLine;
using System.Globalization;
using Heed.Tokenization;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed tokenizer: train, encode, decode, template.</summary>
internal static class TokenizerCommand
{
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
        command.Add(TokenizerTrainCommand.Create(terminal));
        command.Add(Encode(terminal));
        command.Add(Decode(terminal));
        command.Add(TokenizerTemplateCommand.Create(terminal));
        return command;
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
}
