namespace Heed.Tokenization.Templates;

/// <summary><c>tojson</c> with the parameters that transformers gives it, which are those of Python's <c>json.dumps</c>.</summary>
internal static class JsonFilter
{
    public static readonly Dictionary<string, Filter> All = new(StringComparer.Ordinal) { ["tojson"] = ToJson };

    private static StringValue ToJson(Rendering rendering, TemplateValue value, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("tojson", "ensure_ascii?", "indent?", "separators?", "sort_keys?");
        (string, string)? separators = given[2] is null or NoneValue ? null
            : given[2] is SequenceValue { Values: [StringValue item, StringValue key] } ? (item.Text, key.Text)
            : throw new TemplateError("separators must be two strings");
        var text = new TextBuilder(rendering.Budget);
        new JsonText(text, given[0]?.IsTrue ?? false, Indentation(given[1], rendering), separators, given[3]?.IsTrue ?? false).Write(value);
        return text.ToValue();
    }

    private static string? Indentation(TemplateValue? indent, Rendering rendering)
    {
        if (indent is null or NoneValue) return null;
        if (indent is StringValue own) return own.Text;
        int width = Math.Max(0, Integers.Clamp(indent, "indent"));
        rendering.Budget.Build(width);
        return new string(' ', width);
    }
}
