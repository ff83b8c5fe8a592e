using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Heed.Generation;

/// <summary>Reads one blank of a template, from its opening braces to its closing ones.</summary>
internal sealed class BlankReader(string text, int begin, Func<string, string>? readFile)
{
    private static readonly string[] Keys = ["choice", "regex", "schema", "max", "tokens", "stop"];

    private readonly Dictionary<string, string> values = [];
    private int at = begin + 2;

    /// <summary>The place behind the blank.</summary>
    public int End => at;

    /// <exception cref="FormatException">The blank is wrong; the message says where.</exception>
    public TemplateBlank Read()
    {
        string name = Name();
        if (At(':'))
        {
            at++;
            do Option();
            while (Take(';'));
        }
        if (string.CompareOrdinal(text, at, "}}", 0, 2) != 0) throw Error(at < text.Length ? $"'{text[at]}' is not understood here; a blank is {{{{name}}}} or {{{{name:key=value;key=value}}}}" : "the blank has no }}", at < text.Length ? at : begin);
        at += 2;
        (int line, int column) = TextPlace.Of(text, begin);
        return new TemplateBlank(name, line, column) { Grammar = GrammarOf(), MaxTokens = Count("tokens"), Stop = values.GetValueOrDefault("stop") };
    }

    private string Name()
    {
        int start = at;
        while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '_' or '-' or '.' or ' ')) at++;
        string name = text[start..at].Trim();
        return name.Length > 0 ? name : throw Error("a blank begins with its name: letters, digits, _, -, . and spaces; two braces as text are written \\{{", begin);
    }

    private void Option()
    {
        int start = at;
        while (at < text.Length && char.IsAsciiLetter(text[at])) at++;
        string key = text[start..at];
        if (!Keys.Contains(key)) throw Error($"'{key}' is not known; a blank may have {string.Join(", ", Keys)}", start);
        if (!Take('=')) throw Error($"'=' is missing behind {key}", at);
        string value = At('"') ? Quoted() : key == "schema" && At('{') ? Json() : Bare();
        if (value.Length == 0) throw Error($"{key} has no value", start);
        if (!values.TryAdd(key, value)) throw Error($"{key} is given twice", start);
    }

    // Up to the next option or the end: of several closing braces the last two end the blank.
    private string Bare()
    {
        int start = at;
        for (; at < text.Length && text[at] != ';'; at++)
        {
            if (string.CompareOrdinal(text, at, "}}", 0, 2) != 0) continue;
            while (at + 2 < text.Length && text[at + 2] == '}') at++;
            break;
        }
        return text[start..at];
    }

    private string Quoted()
    {
        int start = at++;
        while (at < text.Length && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
        if (at >= text.Length) throw Error("a value has no '\"' at its end", start);
        at++;
        try
        {
            using JsonDocument value = JsonDocument.Parse(text[start..at]);
            return value.RootElement.GetString()!;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Error("a value in quotes is written as a JSON string", start);
        }
    }

    private string Json()
    {
        byte[] rest = Encoding.UTF8.GetBytes(text[at..]);
        Utf8JsonReader reader = new(rest, new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 128 });
        try
        {
            reader.Read();
            reader.Skip();
        }
        catch (JsonException e)
        {
            throw Error($"the schema is no JSON: {e.Message}", at);
        }
        string value = Encoding.UTF8.GetString(rest.AsSpan(0, (int)reader.BytesConsumed));
        at += value.Length;
        return value;
    }

    private Grammar? GrammarOf()
    {
        string[] kinds = [.. ((string[])["choice", "regex", "schema"]).Where(values.ContainsKey)];
        if (kinds.Length > 1) throw Error($"{kinds[0]} and {kinds[1]} exclude each other", begin);
        if (kinds.Length == 1 && (values.ContainsKey("max") || values.ContainsKey("stop"))) throw Error($"max and stop are for free text, not for {kinds[0]}", begin);
        if (values.Count == 0) return null;
        int most = Count("max") ?? 1000;
        string? schema = values.GetValueOrDefault("schema") is ['@', .. string file] ? File(file) : values.GetValueOrDefault("schema");
        try
        {
            return kinds switch
            {
                ["choice"] => Grammar.Choices(values["choice"].Split('|')),
                ["regex"] => Grammar.Regex(values["regex"]),
                ["schema"] => Grammar.JsonSchema(schema!),
                _ => Grammar.Regex($@"[^\s][^\r\n]{{0,{most - 1}}}"), // one line
            };
        }
        catch (FormatException e)
        {
            throw Error(e.Message, begin);
        }
    }

    private string File(string name) => readFile is null ? throw Error("a schema of a file cannot be read here", begin) : readFile(name);

    private int? Count(string key)
    {
        if (!values.TryGetValue(key, out string? value)) return null;
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= 10_000 ? count : throw Error($"{key} must be a whole number from 1 to 10000, given '{value}'", begin);
    }

    private bool At(char c) => at < text.Length && text[at] == c;

    private bool Take(char c)
    {
        if (!At(c)) return false;
        at++;
        return true;
    }

    private FormatException Error(string message, int place)
    {
        (int line, int column) = TextPlace.Of(text, place);
        return new FormatException($"line {line}, column {column}: {message}");
    }
}
