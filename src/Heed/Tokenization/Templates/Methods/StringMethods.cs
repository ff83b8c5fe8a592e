using System.Text;

namespace Heed.Tokenization.Templates;

/// <summary>The methods of strings.</summary>
internal static class StringMethods
{
    private delegate TemplateValue Method(string text, Rendering rendering, Arguments arguments);

    private static readonly Dictionary<string, Method> Methods = new(StringComparer.Ordinal)
    {
        ["strip"] = (s, r, a) => Text(StringParts.Strip(s, Characters(a, "strip", r), true, true), r),
        ["lstrip"] = (s, r, a) => Text(StringParts.Strip(s, Characters(a, "lstrip", r), true, false), r),
        ["rstrip"] = (s, r, a) => Text(StringParts.Strip(s, Characters(a, "rstrip", r), false, true), r),
        ["upper"] = (s, r, a) => Plain("upper", a, r, PythonCase.Upper, s),
        ["lower"] = (s, r, a) => Plain("lower", a, r, PythonCase.Lower, s),
        ["casefold"] = (s, r, a) => Plain("casefold", a, r, t => PythonCase.Lower(t).Replace("ß", "ss").Replace('ς', 'σ'), s),
        ["title"] = (s, r, a) => Plain("title", a, r, PythonCase.Title, s),
        ["capitalize"] = (s, r, a) => Plain("capitalize", a, r, PythonCase.Capitalize, s),
        ["swapcase"] = (s, r, a) => Plain("swapcase", a, r, PythonCase.SwapCase, s),
        ["split"] = (s, r, a) => Split(s, a, "split", fromEnd: false, r),
        ["rsplit"] = (s, r, a) => Split(s, a, "rsplit", fromEnd: true, r),
        ["splitlines"] = (s, r, a) => List(StringParts.Lines(s, a.Bind("splitlines", "keepends?")[0]?.IsTrue ?? false, r.Budget)),
        ["partition"] = (s, r, a) => Partition(s, a, "partition", r),
        ["rpartition"] = (s, r, a) => Partition(s, a, "rpartition", r),
        ["startswith"] = (s, r, a) => StartsOrEnds(s, a, "startswith", r),
        ["endswith"] = (s, r, a) => StartsOrEnds(s, a, "endswith", r),
        ["removeprefix"] = (s, r, a) => Needle(a, "removeprefix") is var prefix && s.StartsWith(prefix, StringComparison.Ordinal) ? Text(s[prefix.Length..], r) : new StringValue(s),
        ["removesuffix"] = (s, r, a) => Needle(a, "removesuffix") is var suffix && suffix.Length > 0 && s.EndsWith(suffix, StringComparison.Ordinal) ? Text(s[..^suffix.Length], r) : new StringValue(s),
        ["replace"] = (s, r, a) => Replace(s, a, r),
        ["join"] = (s, r, a) => Join(s, a, r),
        ["find"] = (s, r, a) => IntegerValue.Of(Find(s, a, "find", fromEnd: false, r)),
        ["rfind"] = (s, r, a) => IntegerValue.Of(Find(s, a, "rfind", fromEnd: true, r)),
        ["index"] = (s, r, a) => Find(s, a, "index", fromEnd: false, r) is var at && at >= 0 ? IntegerValue.Of(at) : throw new TemplateError("index: the string has no such part"),
        ["rindex"] = (s, r, a) => Find(s, a, "rindex", fromEnd: true, r) is var at && at >= 0 ? IntegerValue.Of(at) : throw new TemplateError("rindex: the string has no such part"),
        ["count"] = (s, r, a) => Count(s, a, r),
        ["format"] = (s, r, a) => new StringValue(BraceFormat.Format(s, a, r)),
        ["format_map"] = (s, r, a) => new StringValue(BraceFormat.Format(s, new Arguments([], a.Bind("format_map", "mapping")[0] is DictValue dict
            ? [.. dict.Pairs.Where(p => p.Key is StringValue).Select(p => (((StringValue)p.Key).Text, p.Value))] : throw new TemplateError("format_map needs a dict")), r)),
        ["zfill"] = (s, r, a) => Fill(s, a, r),
        ["center"] = (s, r, a) => Justify(s, a, "center", r),
        ["ljust"] = (s, r, a) => Justify(s, a, "ljust", r),
        ["rjust"] = (s, r, a) => Justify(s, a, "rjust", r),
        ["expandtabs"] = (s, r, a) => Text(StringParts.ExpandTabs(s, a.Bind("expandtabs", "tabsize?")[0] is { } size ? Integers.Clamp(size, "the tab size") : 8, r.Budget), r),
        ["isdigit"] = (s, r, a) => All("isdigit", a, r, s, PythonCharacters.IsDigit),
        ["isdecimal"] = (s, r, a) => All("isdecimal", a, r, s, PythonCharacters.IsDecimal),
        ["isnumeric"] = (s, r, a) => All("isnumeric", a, r, s, PythonCharacters.IsNumeric),
        ["isalpha"] = (s, r, a) => All("isalpha", a, r, s, Rune.IsLetter),
        ["isalnum"] = (s, r, a) => All("isalnum", a, r, s, c => Rune.IsLetter(c) || PythonCharacters.IsNumeric(c)),
        ["isspace"] = (s, r, a) => All("isspace", a, r, s, c => c.IsBmp && PythonCharacters.IsSpace((char)c.Value)),
        ["isascii"] = (s, r, a) => BooleanValue.Of(a.Bind("isascii").Length == 0 && Ascii.IsValid(s)),
        ["isprintable"] = (s, r, a) => BooleanValue.Of(a.Bind("isprintable").Length == 0 && s.EnumerateRunes().All(PythonCharacters.IsPrintable)),
        ["isupper"] = (s, r, a) => BooleanValue.Of(a.Bind("isupper").Length == 0 && IsUpper(s)),
        ["islower"] = (s, r, a) => BooleanValue.Of(a.Bind("islower").Length == 0 && IsLower(s)),
        ["istitle"] = (s, r, a) => BooleanValue.Of(a.Bind("istitle").Length == 0 && IsTitle(s)),
        ["isidentifier"] = (s, r, a) => BooleanValue.Of(a.Bind("isidentifier").Length == 0 && s.Length > 0 && !char.IsAsciiDigit(s[0]) && s.EnumerateRunes().All(c => Rune.IsLetterOrDigit(c) || c.Value == '_')),
    };

    /// <summary>The method of that name, bound to the string; null when strings have none.</summary>
    public static TemplateValue? Find(StringValue value, string name) =>
        Methods.TryGetValue(name, out Method? method) ? new FunctionValue(name, (rendering, arguments) =>
        {
            rendering.Budget.Scan(value.Text);
            return method(value.Text, rendering, arguments);
        }) : null;

    public static bool IsUpper(string text) => IsOneCase(text, PythonCharacters.IsUpper);

    public static bool IsLower(string text) => IsOneCase(text, PythonCharacters.IsLower);

    // Some letters of the case, and none with two cases that is of another.
    private static bool IsOneCase(string text, Func<Rune, bool> isOwn)
    {
        bool any = false;
        foreach (Rune c in text.EnumerateRunes())
        {
            if (isOwn(c)) any = true;
            else if (PythonCharacters.IsCased(c)) return false;
        }
        return any;
    }

    private static bool IsTitle(string text)
    {
        bool inWord = false, any = false;
        foreach (Rune c in text.EnumerateRunes())
        {
            bool cased = PythonCharacters.IsCased(c);
            if (cased && PythonCharacters.IsLower(c) != inWord) return false;
            inWord = cased;
            any |= cased;
        }
        return any;
    }

    private static StringValue Text(string text, Rendering rendering)
    {
        rendering.Budget.Build(text.Length);
        return new StringValue(text);
    }

    private static StringValue Plain(string name, Arguments arguments, Rendering rendering, Func<string, string> change, string text)
    {
        arguments.Bind(name);
        rendering.Budget.Build(2L * text.Length);
        return new StringValue(change(text));
    }

    private static BooleanValue All(string name, Arguments arguments, Rendering rendering, string text, Func<Rune, bool> holds)
    {
        arguments.Bind(name);
        rendering.Budget.Step(1 + (text.Length >> 3));
        return BooleanValue.Of(text.Length > 0 && text.EnumerateRunes().All(holds));
    }

    private static ListValue List(List<string> parts) => new([.. parts.Select(p => new StringValue(p))]);

    /// <summary>An argument that must be a string.</summary>
    public static string TextOf(TemplateValue value, string what) => value switch
    {
        StringValue text => text.Text,
        UndefinedValue undefined => throw undefined.Error(),
        _ => throw new TemplateError($"{what} must be a string, not a value of type '{value.TypeName}'"),
    };

    private static string Needle(Arguments arguments, string name) => TextOf(arguments.Bind(name, "text")[0]!, $"the argument of {name}");

    // What to strip; null: whitespace.
    private static string? Characters(Arguments arguments, string name, Rendering rendering)
    {
        string? characters = arguments.Bind(name, "chars?")[0] is { } given and not NoneValue ? TextOf(given, $"the argument of {name}") : null;
        rendering.Budget.Step(1 + (characters?.Length ?? 0));
        return characters;
    }

    private static ListValue Split(string text, Arguments arguments, string name, bool fromEnd, Rendering rendering)
    {
        TemplateValue?[] given = arguments.Bind(name, "sep?", "maxsplit?");
        int most = given[1] is { } limit ? Integers.Clamp(limit, "maxsplit") : -1;
        if (most < 0) most = int.MaxValue;
        if (given[0] is null or NoneValue) return List(StringParts.SplitAtSpace(text, most, fromEnd, rendering.Budget));
        string separator = TextOf(given[0]!, "the separator");
        if (separator.Length == 0) throw new TemplateError($"{name} needs a separator that is not empty");
        rendering.Budget.Search(text, separator);
        return List(StringParts.Split(text, separator, most, fromEnd, rendering.Budget));
    }

    private static TupleValue Partition(string text, Arguments arguments, string name, Rendering rendering)
    {
        string separator = Needle(arguments, name);
        if (separator.Length == 0) throw new TemplateError($"{name} needs a separator that is not empty");
        rendering.Budget.Search(text, separator);
        rendering.Budget.Build(text.Length);
        bool last = name[0] == 'r';
        int at = last ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        if (at < 0) return last ? new TupleValue(StringValue.Empty, StringValue.Empty, new StringValue(text)) : new TupleValue(new StringValue(text), StringValue.Empty, StringValue.Empty);
        return new TupleValue(new StringValue(text[..at]), new StringValue(separator), new StringValue(text[(at + separator.Length)..]));
    }

    // start and end, which are slice bounds in code points, as UTF-16 offsets.
    private static bool TryRange(string text, TemplateValue? start, TemplateValue? end, Rendering rendering, out int from, out int to)
    {
        int count = PythonCharacters.Count(text);
        int Place(TemplateValue? value, int whenMissing)
        {
            if (value is null or NoneValue) return whenMissing;
            int place = Integers.Clamp(value, "the place to start or end at");
            return place < 0 ? Math.Max(0, place + count) : place;
        }
        int first = Place(start, 0), last = Math.Min(Place(end, count), count);
        from = to = 0;
        if (first > last) return false;
        from = PythonCharacters.Offset(text, first, count, rendering.Budget);
        to = PythonCharacters.Offset(text, last, count, rendering.Budget);
        return true;
    }

    private static BooleanValue StartsOrEnds(string text, Arguments arguments, string name, Rendering rendering)
    {
        TemplateValue?[] given = arguments.Bind(name, "text", "start?", "end?");
        TemplateValue[] candidates = given[0] is TupleValue tuple ? tuple.Values : [given[0]!];
        bool inRange = TryRange(text, given[1], given[2], rendering, out int from, out int to);
        foreach (TemplateValue candidate in candidates)
        {
            string part = TextOf(candidate, $"the argument of {name}");
            rendering.Budget.Step(1 + (part.Length >> 6));
            ReadOnlySpan<char> range = text.AsSpan(from, to - from);
            if (inRange && (name[0] == 's' ? range.StartsWith(part, StringComparison.Ordinal) : range.EndsWith(part, StringComparison.Ordinal))) return BooleanValue.True;
        }
        return BooleanValue.False;
    }

    private static int Find(string text, Arguments arguments, string name, bool fromEnd, Rendering rendering)
    {
        TemplateValue?[] given = arguments.Bind(name, "text", "start?", "end?");
        string part = TextOf(given[0]!, $"the argument of {name}");
        rendering.Budget.Search(text, part);
        if (!TryRange(text, given[1], given[2], rendering, out int from, out int to)) return -1;
        ReadOnlySpan<char> range = text.AsSpan(from, to - from);
        int at = fromEnd ? part.Length == 0 ? range.Length : range.LastIndexOf(part, StringComparison.Ordinal) : range.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? -1 : PythonCharacters.Count(text.AsSpan(0, from + at));
    }

    private static IntegerValue Count(string text, Arguments arguments, Rendering rendering)
    {
        TemplateValue?[] given = arguments.Bind("count", "text", "start?", "end?");
        string part = TextOf(given[0]!, "the argument of count");
        rendering.Budget.Search(text, part);
        if (!TryRange(text, given[1], given[2], rendering, out int from, out int to)) return IntegerValue.Of(0);
        ReadOnlySpan<char> range = text.AsSpan(from, to - from);
        return IntegerValue.Of(part.Length == 0 ? PythonCharacters.Count(range) + 1 : range.Count(part));
    }

    private static StringValue Replace(string text, Arguments arguments, Rendering rendering)
    {
        TemplateValue?[] given = arguments.Bind("replace", "old", "new", "count?");
        int most = given[2] is { } count ? Integers.Clamp(count, "count") : -1;
        return StringParts.Replace(text, TextOf(given[0]!, "what to replace"), TextOf(given[1]!, "what to put in its place"), most, rendering.Budget);
    }

    private static StringValue Join(string separator, Arguments arguments, Rendering rendering)
    {
        var joined = new TextBuilder(rendering.Budget);
        bool first = true;
        foreach (TemplateValue item in Sequences.Iterate(arguments.Bind("join", "iterable")[0]!, rendering.Budget))
        {
            if (!first) joined.Append(separator);
            first = false;
            joined.Append(TextOf(item, "each item to join"));
        }
        return joined.ToValue();
    }

    private static StringValue Fill(string text, Arguments arguments, Rendering rendering)
    {
        int missing = Integers.Clamp(arguments.Bind("zfill", "width")[0]!, "the width") - PythonCharacters.Count(text);
        if (missing <= 0) return new StringValue(text);
        rendering.Budget.Build((long)missing + text.Length);
        int sign = text is ['+' or '-', ..] ? 1 : 0;
        return new StringValue(text[..sign] + new string('0', missing) + text[sign..]);
    }

    private static StringValue Justify(string text, Arguments arguments, string name, Rendering rendering)
    {
        TemplateValue?[] given = arguments.Bind(name, "width", "fillchar?");
        string fill = given[1] is { } filler ? TextOf(filler, "the fill character") : " ";
        if (PythonCharacters.Count(fill) != 1) throw new TemplateError("the fill character must be one character");
        return StringParts.Justify(text, Integers.Clamp(given[0]!, "the width"), fill, name switch { "ljust" => '<', "rjust" => '>', _ => '^' }, rendering.Budget);
    }
}
