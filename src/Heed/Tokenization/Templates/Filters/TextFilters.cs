using System.Text;

namespace Heed.Tokenization.Templates;

/// <summary>Filters that give text. A subject of another type is taken as it prints.</summary>
internal static class TextFilters
{
    public static readonly Dictionary<string, Filter> All = new(StringComparer.Ordinal)
    {
        ["string"] = (r, v, a) => a.Bind("string").Length == 0 && v is StringValue ? v : Text(PythonText.Of(v, r.Budget)),
        ["upper"] = (r, v, a) => Changed(r, v, a, "upper", PythonCase.Upper),
        ["lower"] = (r, v, a) => Changed(r, v, a, "lower", PythonCase.Lower),
        ["capitalize"] = (r, v, a) => Changed(r, v, a, "capitalize", PythonCase.Capitalize),
        ["title"] = (r, v, a) => Changed(r, v, a, "title", Title),
        ["trim"] = Trim,
        ["replace"] = Replace,
        ["indent"] = Indent,
        ["center"] = (r, v, a) => StringParts.Justify(PythonText.Of(v, r.Budget), a.Bind("center", "width?")[0] is { } width ? Integers.Clamp(width, "the width") : 80, " ", '^', r.Budget),
        ["truncate"] = Truncate,
        ["wordcount"] = (r, v, a) => WordCount(r, v, a),
        ["format"] = Format,
        ["safe"] = (r, v, a) => a.Bind("safe").Length == 0 ? new StringValue(PythonText.Of(v, r.Budget), null, isMarkup: true) : v,
        ["escape"] = (r, v, a) => Escape(r, v, a, "escape"),
        ["e"] = (r, v, a) => Escape(r, v, a, "e"),
        ["forceescape"] = (r, v, a) => Escape(r, Text(PythonText.Of(v, r.Budget)), a, "forceescape"),
    };

    private static StringValue Text(string text) => new(text);

    private static StringValue Changed(Rendering rendering, TemplateValue value, Arguments arguments, string name, Func<string, string> change)
    {
        arguments.Bind(name);
        string text = PythonText.Of(value, rendering.Budget);
        rendering.Budget.Build(2L * text.Length);
        return Text(change(text));
    }

    // A word begins after whitespace, a hyphen or an opening bracket; unlike str.title, not after an apostrophe.
    private static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            bool separates = IsSeparator(text[start]);
            while (end < text.Length && IsSeparator(text[end]) == separates) end++;
            int first = start + PythonCharacters.LengthAt(text, start);
            result.Append(PythonCase.Upper(text[start..first])).Append(PythonCase.Lower(text[first..end]));
            start = end;
        }
        return result.ToString();
    }

    private static bool IsSeparator(char c) => c is '-' or '(' or '{' or '[' or '<' || PythonCharacters.IsSpace(c);

    private static StringValue Trim(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        string? characters = arguments.Bind("trim", "chars?")[0] is { } given and not NoneValue ? StringMethods.TextOf(given, "the argument of trim") : null;
        string text = PythonText.Of(value, rendering.Budget);
        rendering.Budget.Scan(text);
        string stripped = StringParts.Strip(text, characters, left: true, right: true);
        rendering.Budget.Build(stripped.Length);
        return Text(stripped);
    }

    private static StringValue Replace(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("replace", "old", "new", "count?");
        int most = given[2] is { } count and not NoneValue ? Integers.Clamp(count, "count") : -1;
        return StringParts.Replace(PythonText.Of(value, rendering.Budget), PythonText.Of(given[0]!, rendering.Budget), PythonText.Of(given[1]!, rendering.Budget), most, rendering.Budget);
    }

    private static StringValue Indent(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("indent", "width?", "first?", "blank?");
        string text = StringMethods.TextOf(value, "what indent is applied to");
        string indentation;
        if (given[0] is StringValue own) indentation = own.Text;
        else
        {
            int width = given[0] is null ? 4 : Math.Max(0, Integers.Clamp(given[0]!, "the width"));
            rendering.Budget.Build(width);
            indentation = new string(' ', width);
        }
        bool first = given[1]?.IsTrue ?? false, blank = given[2]?.IsTrue ?? false;
        var result = new TextBuilder(rendering.Budget);
        List<string> lines = StringParts.Lines(text + "\n", keepEnds: false, rendering.Budget);
        for (int i = 0; i < lines.Count; i++)
        {
            if (i > 0) result.Append('\n');
            if (i == 0 ? first : blank || lines[i].Length > 0) result.Append(indentation);
            result.Append(lines[i]);
        }
        return result.ToValue();
    }

    private static TemplateValue Truncate(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("truncate", "length?", "killwords?", "end?", "leeway?");
        string end = given[2] is { } mark ? StringMethods.TextOf(mark, "the end") : "...";
        int length = given[0] is { } most ? Integers.Clamp(most, "the length") : 255, leeway = given[3] is { } more and not NoneValue ? Integers.Clamp(more, "the leeway") : 5;
        int kept = length - PythonCharacters.Count(end);
        if (kept < 0 || leeway < 0) throw new TemplateError("truncate needs a length that the end fits into, and a leeway that is not negative");
        rendering.Budget.Scan((value as StringValue)?.Text ?? "");
        if (value.Count is { } count && count <= (long)length + leeway) return value;
        var text = new StringValue(StringMethods.TextOf(value, "what truncate is applied to"));
        string start = text.Text[..PythonCharacters.Offset(text.Text, kept, text.CodePoints, rendering.Budget)];
        if (!(given[1]?.IsTrue ?? false) && start.LastIndexOf(' ') is var space && space >= 0) start = start[..space];
        rendering.Budget.Build((long)start.Length + end.Length);
        return Text(start + end);
    }

    private static IntegerValue WordCount(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        arguments.Bind("wordcount");
        string text = PythonText.Of(value, rendering.Budget);
        rendering.Budget.Step(1 + (text.Length >> 3));
        int words = 0;
        bool inWord = false;
        foreach (Rune c in text.EnumerateRunes())
        {
            bool isPart = Rune.IsLetter(c) || PythonCharacters.IsNumeric(c) || c.Value == '_';
            if (isPart && !inWord) words++;
            inWord = isPart;
        }
        return IntegerValue.Of(words);
    }

    private static StringValue Format(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        if (arguments is { Positional.Length: > 0, Named.Length: > 0 }) throw new TemplateError("format takes arguments either by place or by name");
        TemplateValue values = new TupleValue(arguments.Positional);
        if (arguments.Named.Length > 0) values = TemplateValue.Dict(arguments.Named);
        return Text(PercentFormat.Format(PythonText.Of(value, rendering.Budget), values, rendering.Budget));
    }

    private static StringValue Escape(Rendering rendering, TemplateValue value, Arguments arguments, string name)
    {
        arguments.Bind(name);
        StringValue text = value as StringValue ?? Text(PythonText.Of(value, rendering.Budget));
        rendering.Budget.Build(5L * text.Text.Length);
        return Escaping.Escape(text);
    }
}
