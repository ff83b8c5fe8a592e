using System.Text;

namespace Heed.Tokenization.Templates;

/// <summary>How Python writes strings and the items of lists and dicts.</summary>
internal static class PythonText
{
    /// <summary>A string in quotes: single ones, unless it has such and no double ones.</summary>
    public static string Quote(string text)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var quoted = new StringBuilder(text.Length + 2).Append(quote);
        for (int at = 0; at < text.Length; at++)
        {
            char c = text[at];
            if (c == quote || c == '\\') quoted.Append('\\').Append(c);
            else if (c is >= ' ' and < '\u007f') quoted.Append(c);
            else if (c is '\n' or '\r' or '\t') quoted.Append('\\').Append(c switch { '\n' => 'n', '\r' => 'r', _ => 't' });
            else if (!Rune.TryGetRuneAt(text, at, out Rune rune)) quoted.Append($"\\u{(int)c:x4}");   // a lone surrogate
            else
            {
                if (PythonCharacters.IsPrintable(rune)) quoted.Append(rune.ToString());
                else quoted.Append(rune.Value < 0x100 ? $"\\x{rune.Value:x2}" : rune.IsBmp ? $"\\u{rune.Value:x4}" : $"\\U{rune.Value:x8}");
                at += rune.Utf16SequenceLength - 1;
            }
        }
        return quoted.Append(quote).ToString();
    }

    public static void WriteItems(TextBuilder text, TemplateValue[] items)
    {
        text.Budget.Enter();
        for (int i = 0; i < items.Length; i++)
        {
            if (i > 0) text.Append(", ");
            text.Budget.Step();
            items[i].WriteRepr(text);
        }
        text.Budget.Leave();
    }

    public static void WritePairs(TextBuilder text, IEnumerable<KeyValuePair<TemplateValue, TemplateValue>> pairs)
    {
        text.Budget.Enter();
        bool first = true;
        foreach ((TemplateValue key, TemplateValue value) in pairs)
        {
            if (!first) text.Append(", ");
            first = false;
            text.Budget.Step();
            key.WriteRepr(text);
            text.Append(": ");
            value.WriteRepr(text);
        }
        text.Budget.Leave();
    }

    /// <summary>The text of a value as it prints.</summary>
    public static string Of(TemplateValue value, Budget budget)
    {
        if (value is StringValue text) return text.Text;
        var builder = new TextBuilder(budget);
        value.WriteTo(builder);
        return builder.ToString();
    }
}
