namespace Heed.Tokenization.Templates;

/// <summary><c>"{} has {count:d} {0.name}".format(a, count=b)</c>: Python's <c>str.format</c>. Fields reach members as templates do, no further.</summary>
internal sealed class BraceFormat(Arguments arguments, Rendering rendering)
{
    private int next;
    private bool numbered, automatic;

    /// <exception cref="TemplateError">The format is wrong, or does not fit the arguments.</exception>
    public static string Format(string format, Arguments arguments, Rendering rendering) => new BraceFormat(arguments, rendering).Format(format, nested: false);

    private string Format(string format, bool nested)
    {
        var text = new TextBuilder(rendering.Budget);
        for (int at = 0; at < format.Length; at++)
        {
            char c = format[at];
            if (c is '{' or '}' && !nested && at + 1 < format.Length && format[at + 1] == c) text.Append(format[at++]);
            else if (c == '}') throw new TemplateError("a '}' in the format closes nothing");
            else if (c != '{') text.Append(c);
            else
            {
                int close = Closing(format, at);
                text.Append(Field(format[(at + 1)..close], nested));
                at = close;
            }
        }
        return text.ToString();
    }

    private static int Closing(string format, int open)
    {
        int depth = 0;
        bool inBrackets = false;
        for (int at = open; at < format.Length; at++)
        {
            if (format[at] is '[' or ']') inBrackets = format[at] == '[' && depth == 1;
            else if (inBrackets) continue;
            else if (format[at] == '{') depth++;
            else if (format[at] == '}' && --depth == 0) return at;
        }
        throw new TemplateError("a '{' in the format is not closed");
    }

    // name[!conversion][:specification]
    private string Field(string field, bool nested)
    {
        if (nested) rendering.Budget.Step();
        int end = 0;
        for (bool inBrackets = false; end < field.Length && (inBrackets || field[end] is not ('!' or ':')); end++) inBrackets = field[end] == '[' || (inBrackets && field[end] != ']');
        TemplateValue value = Find(field[..end]);
        if (end < field.Length && field[end] == '!')
        {
            if (end + 1 >= field.Length || (end + 2 < field.Length && field[end + 2] != ':')) throw new TemplateError("'!' in the format needs one of s, r and a behind it");
            value = Converted(field[end + 1], value);
            end += 2;
        }
        string specification = end < field.Length ? field[(end + 1)..] : "";
        if (specification.Contains('{')) specification = nested ? throw new TemplateError("the format is nested too deep") : Format(specification, nested: true);
        return specification.Length == 0 ? PythonText.Of(value, rendering.Budget) : FormatSpec.Parse(specification).Format(value, rendering.Budget);
    }

    private StringValue Converted(char conversion, TemplateValue value)
    {
        if (conversion == 's') return new StringValue(PythonText.Of(value, rendering.Budget));
        if (conversion is not ('r' or 'a')) throw new TemplateError($"'!{conversion}' in the format is none of !s, !r and !a");
        var repr = new TextBuilder(rendering.Budget);
        value.WriteRepr(repr);
        return new StringValue(conversion == 'r' ? repr.ToString() : JsonText.AsciiOnly(repr.ToString()));
    }

    private TemplateValue Find(string path)
    {
        int end = path.AsSpan().IndexOfAny('.', '[');
        if (end < 0) end = path.Length;
        TemplateValue value = First(path[..end]);
        while (end < path.Length)
        {
            int start = end + 1;
            if (path[end] == '.')
            {
                end = path.AsSpan(start).IndexOfAny('.', '[') is var stop && stop >= 0 ? start + stop : path.Length;
                value = Members.Attribute(value, new StringValue(path[start..end]), rendering.Budget);
            }
            else if (path[end] == '[' && path.IndexOf(']', start) is var close && close > start)
            {
                string key = path[start..close];
                value = Members.Item(value, Whole(key) is { } index ? IntegerValue.Of(index) : new StringValue(key), rendering.Budget);
                end = close + 1;
            }
            else throw new TemplateError($"'{path}' in the format is no path to a value");
        }
        return value;
    }

    private TemplateValue First(string name)
    {
        int? index = name.Length == 0 ? next++ : Whole(name);
        automatic |= name.Length == 0;
        numbered |= name.Length > 0 && index is not null;
        if (automatic && numbered) throw new TemplateError("the format numbers some fields and leaves others without number");
        if (index is { } place)
            return place < arguments.Positional.Length ? arguments.Positional[place] : throw new TemplateError($"the format asks for argument {place}, given {arguments.Positional.Length}");
        foreach ((string given, TemplateValue value) in arguments.Named)
            if (given == name)
                return value;
        throw new TemplateError($"the format asks for the argument '{name}', which is not given");
    }

    private static int? Whole(string text) =>
        text.Length is > 0 and < 10 && text.All(char.IsAsciiDigit) ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : null;
}
