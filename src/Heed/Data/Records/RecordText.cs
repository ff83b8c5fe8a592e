using System.Text;

namespace Heed.Data.Records;

/// <summary>
/// Makes one text of a record: the value of a column (<c>text</c>), or a template whose {column}s are filled in (<c>{title}\n{lines}</c>).
/// A list is its texts, joined by line feeds; nothing is empty. Braces that shall stay are doubled.
/// </summary>
public sealed class RecordText
{
    private readonly List<(bool Column, string Text)> parts = [];

    /// <summary>Reads a column's name or a template.</summary>
    /// <exception cref="FormatException">The template's braces do not match, or a name in them is empty.</exception>
    public RecordText(string template)
    {
        ArgumentException.ThrowIfNullOrEmpty(template);
        Template = template;
        if (template.AsSpan().ContainsAny('{', '}')) Parse(template);
        else parts.Add((true, template));
    }

    /// <summary>As it was given.</summary>
    public string Template { get; }

    /// <summary>The columns that it reads.</summary>
    public IEnumerable<string> Columns => parts.Where(p => p.Column).Select(p => p.Text);

    /// <summary>The text of a record.</summary>
    /// <exception cref="RecordException">A column is missing, or is neither a text nor a list of texts.</exception>
    public string Of(DataRecord record)
    {
        if (parts.Count == 1) return Value(record, parts[0]);
        StringBuilder text = new();
        foreach ((bool, string) part in parts) text.Append(Value(record, part));
        return text.ToString();
    }

    private static string Value(DataRecord record, (bool Column, string Text) part)
    {
        if (!part.Column) return part.Text;
        RecordValue value = record[part.Text];
        if (value.Text is { } text) return text;
        if (value.Items is { } items && items.All(i => i.Text is not null)) return string.Join('\n', items.Select(i => i.Text));
        return value == RecordValue.Nothing ? "" : throw new RecordException($"the column \"{part.Text}\" must be a text or a list of texts, but is {value}");
    }

    private void Parse(string template)
    {
        StringBuilder text = new();
        for (int i = 0; i < template.Length; i++)
        {
            char c = template[i];
            if (c is '{' or '}' && i + 1 < template.Length && template[i + 1] == c)
            {
                text.Append(c);
                i++;
            }
            else if (c == '{')
            {
                int end = template.IndexOf('}', i);
                if (end <= i + 1) throw new FormatException($"\"{template}\": the {{ at {i} has {(end < 0 ? "no }" : "no name in it")}; a template is text with {{column}}s, and {{{{ stands for one brace");
                if (text.Length > 0) parts.Add((false, text.ToString()));
                text.Clear();
                parts.Add((true, template[(i + 1)..end]));
                i = end;
            }
            else if (c == '}') throw new FormatException($"\"{template}\": the }} at {i} closes nothing; }}}} stands for one brace");
            else text.Append(c);
        }
        if (text.Length > 0 || parts.Count == 0) parts.Add((false, text.ToString()));
    }
}
