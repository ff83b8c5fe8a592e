using System.CommandLine;
using System.Globalization;
using System.Text;
using Heed.Generation;
using Heed.Tokenization;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed tokenizer show: a text cut into coloured tokens.</summary>
internal static class TokenizerShowCommand
{
    private static readonly string[] Colours = ["black on skyblue1", "black on palegreen1", "black on khaki1", "black on plum2", "black on lightsalmon1"];

    public static HeedCommand Create(Terminal terminal)
    {
        Argument<string> file = new("TOKENIZER") { Description = TokenizerCommand.FileHelp };
        Argument<string?> text = new("TEXT") { Arity = ArgumentArity.ZeroOrOne, Description = "The text. Without it, or with -: standard input" };
        HeedCommand command = new("show", "Show how a text is cut into tokens")
        {
            About = "Each token has a colour, or stands between bars where there are none; the ids follow in the same order. A space shows as ·, a line end as ⏎, a byte that is part of a character as <E4>. Below: how many letters a token holds, for English and for Chinese.",
            Examples =
            [
                ("heed tokenizer show tokenizer.json \"Once upon a time\"", "tokens and ids"),
                ("heed tokenizer show models/qwen \"从前有一只小兔\"", "characters a token in Chinese"),
            ],
        };
        command.Add(file);
        command.Add(text);
        command.SetAction(parse =>
        {
            Tokenizer tokenizer = ModelTokenizer.Load(parse.GetRequiredValue(file));
            string given = Show.Clean(parse.GetValue(text) is { } t and not "-" ? t : Terminal.ReadInput());
            TokenEncoding encoding = tokenizer.EncodeDetailed(given, options: new EncodeOptions());
            WriteTokens(terminal, tokenizer, encoding);
            WriteRates(terminal, given, encoding);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void WriteTokens(Terminal terminal, Tokenizer tokenizer, TokenEncoding encoding)
    {
        string[] tokens = [.. encoding.Ids.Select(id => Markup.Escape(Show.Token(tokenizer, id)))];
        string[] ids = [.. encoding.Ids.Select(id => id.ToString(CultureInfo.InvariantCulture))];
        if (terminal.Live)
        {
            terminal.Line(string.Concat(tokens.Select((token, i) => $"[{Colours[i % Colours.Length]}]{token}[/]")));
            terminal.Line(string.Join(' ', ids.Select((id, i) => $"[{Colours[i % Colours.Length]}]{id}[/]")));
        }
        else
        {
            terminal.Line($"|{string.Join('|', tokens)}|");
            terminal.Line(string.Join(' ', ids));
        }
    }

    private static void WriteRates(Terminal terminal, string text, TokenEncoding encoding)
    {
        int[] characters = [.. text.EnumerateRunes().Select(rune => rune.Value)];
        terminal.Line();
        terminal.Line($"  [grey]tokens[/]   {encoding.Count.ToString("N0", CultureInfo.InvariantCulture)}");
        WriteRate("English", code => code is >= 'A' and <= 'Z' or >= 'a' and <= 'z', "letters");
        WriteRate("Chinese", IsHan, "characters");

        void WriteRate(string name, Func<int, bool> isOf, string what)
        {
            int letters = characters.Count(isOf);
            int tokens = Enumerable.Range(0, encoding.Count).Count(i => Enumerable.Range(encoding.Offsets[i].Start, encoding.Offsets[i].End - encoding.Offsets[i].Start).Any(c => isOf(characters[c])));
            string rate = tokens == 0 ? "[grey]none in the text[/]" : $"[bold]{Show.Number((double)letters / tokens, "F2")}[/] {what} a token";
            terminal.Line($"  [grey]{name}[/]  {rate}");
        }
    }

    private static bool IsHan(int code) => code
        is >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x323AF or 0x3005 or 0x3007;
}
