using System.Text;

namespace Heed.Generation;

/// <summary>
/// A text with blanks. <c>{{name}}</c> is filled from data; <c>{{name:key=value;key=value}}</c> from data or else by a model, within what the keys say:
/// <c>choice=a|b|c</c>, <c>regex=...</c>, <c>schema={...}</c> (or <c>schema=@file</c>), or free text of one line, of at most <c>max=N</c> characters,
/// up to <c>stop=text</c>; <c>tokens=N</c> bounds each of them. A value that holds <c>;</c> or <c>}}</c> is written in double quotes as a JSON string.
/// A name that was filled before stands for that value again. <c>\{{</c> is two braces.
/// </summary>
public sealed class FillTemplate
{
    internal const int MaxLength = 1 << 22;

    private FillTemplate(IReadOnlyList<TemplatePart> parts) => Parts = parts;

    /// <summary>Texts and blanks in their order.</summary>
    public IReadOnlyList<TemplatePart> Parts { get; }

    /// <summary>The blanks.</summary>
    public IEnumerable<TemplateBlank> Blanks => Parts.OfType<TemplateBlank>();

    /// <summary>Reads a template.</summary>
    /// <param name="text">The text.</param>
    /// <param name="readFile">Reads the file of a <c>schema=@file</c>; null = such are refused.</param>
    /// <exception cref="FormatException">A blank is wrong; the message says in which line and column.</exception>
    public static FillTemplate Parse(string text, Func<string, string>? readFile = null)
    {
        if (text.Length > MaxLength) throw new FormatException($"the template has {text.Length} characters; at most {MaxLength} are read");
        List<TemplatePart> parts = [];
        StringBuilder plain = new();
        for (int at = 0; at < text.Length;)
        {
            if (Begins("\\{{"))
            {
                plain.Append("{{");
                at += 3;
            }
            else if (Begins("{{"))
            {
                if (plain.Length > 0) parts.Add(new TemplateText(plain.ToString()));
                plain.Clear();
                BlankReader reader = new(text, at, readFile);
                parts.Add(reader.Read());
                at = reader.End;
            }
            else plain.Append(text[at++]);

            bool Begins(string sign) => string.CompareOrdinal(text, at, sign, 0, sign.Length) == 0;
        }
        if (plain.Length > 0) parts.Add(new TemplateText(plain.ToString()));
        return new FillTemplate(parts);
    }
}

/// <summary>Part of a template.</summary>
public abstract class TemplatePart
{
}

/// <summary>Text that stays as it is.</summary>
/// <param name="text">The text.</param>
public sealed class TemplateText(string text) : TemplatePart
{
    /// <summary>The text.</summary>
    public string Text { get; } = text;
}

/// <summary>A blank.</summary>
public sealed class TemplateBlank : TemplatePart
{
    internal TemplateBlank(string name, int line, int column) => (Name, Line, Column) = (name, line, column);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The line in which it begins, from 1.</summary>
    public int Line { get; }

    /// <summary>The column in which it begins, from 1.</summary>
    public int Column { get; }

    /// <summary>What a model may write there; null = it is filled from data alone.</summary>
    public Grammar? Grammar { get; internal init; }

    /// <summary>Most tokens that a model may write; null = as many as the options say.</summary>
    public int? MaxTokens { get; internal init; }

    /// <summary>A text at which a model's text ends, beside that which stands behind the blank.</summary>
    public string? Stop { get; internal init; }

    /// <summary>Where it stands, for messages.</summary>
    internal string Place => $"line {Line}, column {Column}: the blank '{Name}'";
}
