using System.CommandLine;
using System.Text.Json;
using Heed.Data;
using Heed.Generation;

namespace Heed.Cli;

/// <summary>The options with which a command holds what a model writes to a form.</summary>
internal sealed class ConstraintArguments
{
    private readonly Option<string?> schema = new("--json-schema") { HelpName = "FILE|TEXT", Description = "Write JSON that fits this JSON Schema; {\"type\":\"object\"} is any object" };
    private readonly Option<bool> spaces = new("--json-spaces") { Description = "Let the model put spaces and line ends into that JSON" };
    private readonly Option<string?> regex = new("--regex") { HelpName = "R", Description = "Write a text that this regular expression matches as a whole" };
    private readonly Option<string?> choices = new("--choices") { HelpName = "A,B,C|FILE", Description = "Write one of these texts, or one of a file's lines" };
    private readonly Option<string?> grammar = new("--grammar") { HelpName = "FILE", Description = "Write a text of this grammar (GBNF, as llama.cpp has it)" };

    public ConstraintArguments(Command command)
    {
        foreach (Option option in (Option[])[schema, spaces, regex, choices, grammar]) command.Add(option);
        command.Validators.Add(result =>
        {
            Option[] given = [.. ((Option[])[schema, regex, choices, grammar]).Where(o => result.GetResult(o) is not null)];
            if (given.Length > 1) result.AddError($"{given[0].Name} and {given[1].Name} exclude each other.");
            if (result.GetValue(spaces) && result.GetResult(schema) is null) result.AddError($"{spaces.Name} needs {schema.Name}.");
        });
    }

    /// <summary>The constraint that was asked for, or null.</summary>
    /// <exception cref="InvalidDataException">It is wrong or impossible; the message names the option.</exception>
    public TokenConstraint? Read(ParseResult parse, LanguageModel model)
    {
        string name = "";
        try
        {
            return Grammar() is { } made ? new TokenConstraint(made, model.Tokenizer) : null;
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"{name}: {e.Message}", e);
        }

        Grammar? Grammar()
        {
            if (Given(schema) is { } s) return Heed.Generation.Grammar.JsonSchema(SchemaText(s), new() { Whitespace = parse.GetValue(spaces) ? JsonWhitespace.Flexible : JsonWhitespace.None });
            if (Given(regex) is { } r) return Heed.Generation.Grammar.Regex(r);
            if (Given(choices) is { } c) return Heed.Generation.Grammar.Choices(File.Exists(c) ? TextInputs.Lines(c).Where(l => l.Length > 0) : c.Split(','));
            if (Given(grammar) is { } g) return Heed.Generation.Grammar.Gbnf(TextFile.Read(g));
            return null;
        }

        string? Given(Option<string?> option)
        {
            if (parse.GetValue(option) is not { } value) return null;
            name = option.Name;
            return value;
        }
    }

    /// <summary>A schema as it is, or that of a file.</summary>
    public static string SchemaText(string given) => given.TrimStart().StartsWith('{') ? given : TextFile.Read(given);

    /// <summary>How far the constraint was met, as a member "constraint".</summary>
    public static void Write(Utf8JsonWriter w, ConstraintStatus status)
    {
        w.WriteStartObject("constraint");
        w.WriteBoolean("complete", status.IsComplete);
        w.WriteString("missing", status.Missing);
        w.WriteStrings("open", status.Open);
        w.WriteEndObject();
    }

    /// <summary>Says on standard error where a text was cut before it was complete.</summary>
    public static void Tell(Terminal terminal, ConstraintStatus status, int tokens)
    {
        if (!status.IsComplete) terminal.Error.WriteLine($"heed: the text was cut after {tokens} tokens; {(status.Missing is { } missing ? $"{Failure.OneLine(missing)} would complete it" : "it does not fit")} (see --max-tokens)");
    }
}
