using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Heed.Generation;
using Heed.Tokenization;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed tokenizer encode: text to ids.</summary>
internal static class TokenizerEncodeCommand
{
    private sealed record Options(SpecialTokens Special, bool Tokens, bool Offsets);

    public static HeedCommand Create(Terminal terminal)
    {
        Argument<string> file = new("TOKENIZER") { Description = TokenizerCommand.FileHelp };
        Argument<string?> text = new("TEXT") { Arity = ArgumentArity.ZeroOrOne, Description = "The text. Without it, or with -: standard input" };
        Option<bool> tokens = new("--tokens") { Description = "Show what each id stands for: a line for each token" };
        Option<bool> offsets = new("--offsets") { Description = "Tell which characters of the text each token stands for: start and end, counted in Unicode code points" };
        Option<bool> plain = new("--plain") { Description = "Without the tokens that the model expects around a text" };
        Option<bool> noSpecial = new("--no-special") { Description = "Special tokens written in the text are plain text, and none are added: right for text from strangers" };
        Option<bool> lines = new("--jsonl") { Description = "Standard input has an object {\"text\": ...} a line; an object {\"ids\": [...]} a line is written, in the same order" };
        Option<bool> json = CommonOptions.Json("One JSON object: ids, with --tokens the texts, with --offsets the offsets");
        HeedCommand command = new("encode", "Turn a text into token ids")
        {
            Examples =
            [
                ("heed tokenizer encode tokenizer.json \"Once upon a time\"", "the ids"),
                ("heed tokenizer encode runs/stories \"Once upon a time\" --tokens", "ids and tokens; a space shows as ·, a line end as ⏎"),
                ("heed tokenizer encode spiece.model --jsonl < texts.jsonl > ids.jsonl", "many texts"),
            ],
        };
        command.Add(file);
        command.Add(text);
        foreach (Option<bool> option in (Option<bool>[])[tokens, offsets, plain, noSpecial, lines, json]) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(lines) && result.GetValue(text) is not (null or "-")) result.AddError("--jsonl reads standard input; give no TEXT.");
            if (result.GetValue(lines) && result.GetValue(tokens)) result.AddError("--tokens does not go with --jsonl.");
        });
        command.SetAction(parse =>
        {
            Tokenizer tokenizer = ModelTokenizer.Load(parse.GetRequiredValue(file));
            SpecialTokens special = parse.GetValue(noSpecial) ? SpecialTokens.None : parse.GetValue(plain) ? SpecialTokens.Parse : SpecialTokens.ParseAndAdd;
            Options options = new(special, parse.GetValue(tokens), parse.GetValue(offsets));
            if (parse.GetValue(lines)) EncodeLines(tokenizer, options);
            else EncodeText(terminal, tokenizer, parse.GetValue(text) is { } given and not "-" ? given : Terminal.ReadInput(), options, parse.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    private static void EncodeLines(Tokenizer tokenizer, Options options)
    {
        using Stream output = Console.OpenStandardOutput();
        foreach ((int Number, string Line)[] batch in TokenizerLines.Read())
        {
            string[] texts = [.. batch.Select(line => TokenizerLines.Field(line, "text", "a string", TokenizerLines.Text))];
            if (!options.Offsets)
            {
                int[][] ids = tokenizer.EncodeBatch(texts, options.Special);
                TokenizerLines.Write(output, ids.Length, (w, i) => WriteIds(w, ids[i]));
                continue;
            }
            TokenEncoding[] encodings = tokenizer.EncodeDetailedBatch([.. texts.Select(text => (text, (string?)null))], new EncodeOptions { Special = options.Special });
            TokenizerLines.Write(output, encodings.Length, (w, i) =>
            {
                WriteIds(w, encodings[i].Ids);
                WriteOffsets(w, encodings[i]);
            });
        }
    }

    private static void EncodeText(Terminal terminal, Tokenizer tokenizer, string text, Options options, bool json)
    {
        TokenEncoding? encoding = options.Offsets ? tokenizer.EncodeDetailed(text, options: new EncodeOptions { Special = options.Special }) : null;
        IReadOnlyList<int> ids = encoding?.Ids ?? tokenizer.Encode(text, options.Special);
        if (json)
            JsonLine.Write(terminal.Out, w =>
            {
                WriteIds(w, ids);
                if (encoding is not null) WriteOffsets(w, encoding);
                if (!options.Tokens) return;
                w.WriteStartArray("tokens");
                foreach (int id in ids) w.WriteStringValue(tokenizer.Decode([id]));
                w.WriteEndArray();
            });
        else if (options.Tokens || encoding is not null)
            for (int i = 0; i < ids.Count; i++)
            {
                string place = encoding is null ? "" : $"  [grey]{encoding.Offsets[i].Start,5}-{encoding.Offsets[i].End,-5}[/]";
                terminal.Line($"[grey]{ids[i].ToString(CultureInfo.InvariantCulture),7}[/]{place}  {Markup.Escape(Show.Token(tokenizer, ids[i]))}");
            }
        else terminal.Out.WriteLine(string.Join(' ', ids.Select(id => id.ToString(CultureInfo.InvariantCulture))));
    }

    private static void WriteIds(Utf8JsonWriter writer, IReadOnlyList<int> ids)
    {
        writer.WriteStartArray("ids");
        foreach (int id in ids) writer.WriteNumberValue(id);
        writer.WriteEndArray();
    }

    private static void WriteOffsets(Utf8JsonWriter writer, TokenEncoding encoding)
    {
        writer.WriteStartArray("offsets");
        foreach ((int start, int end) in encoding.Offsets)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(start);
            writer.WriteNumberValue(end);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
    }
}
