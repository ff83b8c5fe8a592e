using System.CommandLine;
using System.Globalization;
using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Cli.Commands;

/// <summary>heed tokenizer decode: ids to text.</summary>
internal static class TokenizerDecodeCommand
{
    public static HeedCommand Create(Terminal terminal)
    {
        Argument<string> file = new("TOKENIZER") { Description = TokenizerCommand.FileHelp };
        Argument<string[]> ids = new("IDS") { Arity = ArgumentArity.ZeroOrMore, Description = "Token ids. Without them: standard input, ids between spaces or commas" };
        Option<bool> skip = new("--skip-special") { Description = "Leave special tokens out" };
        Option<bool> lines = new("--jsonl") { Description = "Standard input has an object {\"ids\": [...]} a line; an object {\"text\": ...} a line is written, in the same order" };
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
        foreach (Option<bool> option in (Option<bool>[])[skip, lines, json]) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(lines) && result.GetValue(ids) is { Length: > 0 }) result.AddError("--jsonl reads standard input; give no IDS.");
        });
        command.SetAction(parse =>
        {
            Tokenizer tokenizer = ModelTokenizer.Load(parse.GetRequiredValue(file));
            bool skips = parse.GetValue(skip);
            if (parse.GetValue(lines))
            {
                DecodeLines(tokenizer, skips);
                return ExitCode.Ok;
            }
            string[] words = parse.GetValue(ids) is { Length: > 0 } given ? given : [Terminal.ReadInput()];
            int[] tokens = [.. words.SelectMany(w => w.Split([' ', ',', '\n', '\r', '\t', '[', ']'], StringSplitOptions.RemoveEmptyEntries)).Select(Id)];
            if (parse.GetValue(json)) JsonLine.Write(terminal.Out, w => w.WriteString("text", tokenizer.Decode(tokens, skips)));
            else if (Console.IsOutputRedirected)
            {
                using Stream output = Console.OpenStandardOutput();
                output.Write(tokenizer.DecodeBytes(tokens, skips));
            }
            else terminal.Text(tokenizer.Decode(tokens, skips) + "\n");
            return ExitCode.Ok;
        });
        return command;
    }

    private static void DecodeLines(Tokenizer tokenizer, bool skips)
    {
        using Stream output = Console.OpenStandardOutput();
        foreach ((int Number, string Line)[] batch in TokenizerLines.Read())
        {
            int[][] ids = [.. batch.Select(line => TokenizerLines.Field(line, "ids", "a list of token ids", TokenizerLines.Ids))];
            TokenizerLines.Write(output, ids.Length, (w, i) => w.WriteString("text", tokenizer.Decode(ids[i], skips)));
        }
    }

    private static int Id(string word) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : throw new ArgumentException($"'{word}' is not a token id; whole numbers are expected");
}
