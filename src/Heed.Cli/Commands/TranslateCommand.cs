using System.CommandLine;
using Heed.Generation;

namespace Heed.Cli.Commands;

/// <summary>heed translate: a text in another language.</summary>
internal static class TranslateCommand
{
    public static Command Create(Terminal terminal)
    {
        Option<string?> from = new("--from") { HelpName = "LANGUAGE", Description = "The language of the texts, where the model knows several (T5). Default en" };
        Option<string?> to = new("--to") { HelpName = "LANGUAGE", Description = "The language to translate into, where the model knows several: de for T5, zho or cmn_Hans for Marian" };
        HeedCommand command = new("translate", "Translate texts")
        {
            About = "With an encoder-decoder that was trained for it. Most models (opus-mt-en-zh) know two languages and need no more; of others, --to chooses: a task such as translation_en_to_de that the config.json of a T5 names, or a token such as >>zho<< of a Marian model.",
            Examples =
            [
                ("heed translate models/opus-mt-en-zh \"Where is the station?\"", "one sentence"),
                ("heed translate models/t5-small \"Where is the station?\" --to de --beams 4", "English to German"),
                ("heed translate models/opus-mt-en-zh --file lines.txt > lines.zh.txt", "a file, line by line"),
            ],
        };
        Rewriting rewriting = new(command);
        command.Add(from);
        command.Add(to);
        command.Validators.Add(result =>
        {
            if (result.GetValue(from) is not null && result.GetValue(to) is null) result.AddError("--from needs --to.");
        });
        command.SetAction(parse =>
        {
            if (parse.GetValue(to) is not null && rewriting.IsChosen(parse)) throw new ArgumentException("--to excludes --task and --prefix: each says what stands before the texts");
            return rewriting.Run(terminal, command.Name, parse, model => parse.GetValue(to) is { } language ? Into(model, parse.GetValue(from) ?? "en", language) : null);
        });
        return command;
    }

    private static RewritingTask Into(TextRewriter model, string from, string to)
    {
        if (model.Tasks.TryGetValue($"translation_{from}_to_{to}", out RewritingTask? task)) return task;
        if (model.Tokenizer.TokenToId($">>{to}<<") is not null) return new RewritingTask($">>{to}<< ", model.Defaults);
        string[] known = [.. model.Tasks.Keys.Where(k => k.StartsWith("translation_", StringComparison.Ordinal))];
        throw new ArgumentException($"the model has neither a task translation_{from}_to_{to} nor a token >>{to}<<{(known.Length > 0 ? $"; it has {string.Join(", ", known)}" : "; a model for two languages needs no --to")}");
    }
}
