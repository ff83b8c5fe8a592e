using System.CommandLine;
using System.Globalization;
using System.Text;
using Heed.Data;
using Heed.Formats;
using Heed.Generation;
using Heed.Models;

namespace Heed.Cli.Commands;

/// <summary>heed fill: a template's blanks, from data and by a model.</summary>
internal static class FillCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> file = new("TEMPLATE") { Description = "A text file with blanks" };
        Option<string?> data = new("--data") { HelpName = "FILE", Description = "Values for the blanks: a JSON object or a list of them, JSON Lines (.jsonl), or CSV with a line of names; one text for each record. - is standard input, as JSON Lines" };
        Option<string?> name = new("--model") { HelpName = "MODEL", Description = "A model that continues texts: it fills the blanks that the data does not, where they say what may stand there" };
        Option<string?> output = new("--output") { HelpName = "FILE", Description = "Write there instead of standard output; with {n} in its name, each text into a file of its own" };
        Option<float?> temperature = CommonOptions.Number("--temperature", "Above 0 the model draws: higher is wilder. Default 0: always the most probable token");
        Option<ulong?> seed = new("--seed") { HelpName = "N", Description = "Seed of the draws" };
        Option<int?> maxTokens = CommonOptions.Whole("--max-tokens", "Most tokens of a blank that does not say so itself. Default 128").InRange(1);
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object a text: text, values (name, value, source, probability, tokens, cut)");
        HeedCommand command = new("fill", "Fill the blanks of a template from data and by a model")
        {
            About = """
                {{name}} is a blank for a value of the data. {{name:regex=R}}, {{name:choice=A|B|C}} and {{name:schema=S}} (a JSON Schema, or @FILE) may be filled by the model too, within these bounds; {{name:max=40}} with free text of one line and at most 40 characters; {{name:stop=T}} with free text up to T. tokens=N bounds each of them: {{name:max=80;stop=.;tokens=20}}. A value with ; or }} in it stands in double quotes, as a JSON string. A name that was filled stands for the same value again. \{{ is two braces as text.
                What stands outside the blanks is never changed. A blank ends where the text behind it begins. A probability is that of the value among all that its blank allows.
                """,
            Examples =
            [
                ("heed fill letter.txt --data people.csv --output letter-{n}.txt", "a letter for each row; no model is needed"),
                ("heed fill review.txt --data reviews.jsonl --model models/Qwen3-0.6B --json", "a template such as: Review: {{text}} Mood: {{mood:choice=good|bad}}"),
            ],
        };
        command.Add(file);
        foreach (Option option in (Option[])[data, name, output, temperature, seed, maxTokens, threads, json]) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(temperature)?.Errors.Any() == false && result.GetValue(temperature) is < 0 or float.NaN or float.PositiveInfinity) result.AddError("--temperature must be 0 or more.");
        });
        command.SetAction(parse =>
        {
            using Interrupt interrupt = new();
            CommonOptions.UseThreads(parse.GetValue(threads));
            string path = parse.GetRequiredValue(file);
            FillTemplate template = Named(path, () => FillTemplate.Parse(TextFile.Read(path), f => TextFile.Read(Path.Combine(Path.GetDirectoryName(path) ?? "", f))));
            IReadOnlyList<IReadOnlyDictionary<string, string>> records = parse.GetValue(data) is { } records0 ? FillRecords.Read(records0) : [new Dictionary<string, string>()];
            if (records.Count == 0) throw new InvalidDataException($"{parse.GetValue(data)} has no records");
            LanguageModel? model = parse.GetValue(name) is { } given ? LanguageModel.Load(ModelArgument.Demand(given, command.Name, ModelKind.Writer)) : null;
            SamplingOptions options = new() { Temperature = parse.GetValue(temperature) ?? 0, Seed = parse.GetValue(seed), MaxTokens = parse.GetValue(maxTokens) ?? 128 };
            TemplateFiller filler = new(template, model);
            FillOutput texts = new(terminal, parse.GetValue(output), records.Count);
            for (int i = 0; i < records.Count; i++)
            {
                // Each record has draws of its own.
                SamplingOptions own = options with { Seed = options.Seed + ((ulong)i << 32) };
                FilledTemplate filled = Named(records.Count == 1 ? path : $"{path}, record {i + 1}", () => filler.Fill(records[i], own, interrupt.Token));
                texts.Write(parse.GetValue(json) ? Json(filled) : filled.Text, i + 1);
            }
            texts.End();
            return ExitCode.Ok;
        });
        return command;
    }

    private static T Named<T>(string place, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"{place}, {e.Message}", e);
        }
    }

    private static string Json(FilledTemplate filled)
    {
        using StringWriter line = new();
        JsonLine.Write(line, w =>
        {
            w.WriteString("text", filled.Text);
            w.WriteObjects("values", filled.Values, v =>
            {
                w.WriteString("name", v.Name);
                w.WriteString("value", v.Value);
                w.WriteString("source", v.FromModel ? "model" : "data");
                if (v.Probability is not { } probability) return;
                w.WriteFinite("probability", probability);
                w.WriteNumber("tokens", v.Tokens);
                w.WriteBoolean("cut", v.IsCut);
            });
        });
        return line.ToString();
    }
}

/// <summary>Where filled texts go: one after another on standard output or into one file, or each into its own.</summary>
internal sealed class FillOutput(Terminal terminal, string? file, int count)
{
    private const string Number = "{n}";

    private readonly bool each = file?.Contains(Number, StringComparison.Ordinal) == true;
    private readonly StringBuilder all = new();

    public void Write(string text, int number)
    {
        if (each)
        {
            AtomicFile.WriteText(file!.Replace(Number, number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), text);
            return;
        }
        // Of several texts each begins a line; one alone stands as it is.
        if (count > 1 && !text.EndsWith('\n')) text += "\n";
        if (file is not null) all.Append(text);
        else
        {
            terminal.Out.Write(text);
            terminal.Out.Flush();
        }
    }

    public void End()
    {
        if (file is not null && !each) AtomicFile.WriteText(file, all.ToString());
    }
}
