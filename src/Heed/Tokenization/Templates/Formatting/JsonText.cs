using System.Text;

namespace Heed.Tokenization.Templates;

/// <summary>
/// Values as JSON, character for character as Python's <c>json.dumps</c> writes them: ", " and ": " between things unless told
/// otherwise, the order of keys kept, non-ASCII characters as they are (transformers' setting).
/// </summary>
internal sealed class JsonText
{
    private readonly TextBuilder text;
    private readonly bool asciiOnly, sortKeys;
    private readonly string? indent;
    private readonly string itemSeparator, keySeparator;

    /// <param name="text">Where it goes.</param>
    /// <param name="asciiOnly">Other characters become <c>\u</c> escapes.</param>
    /// <param name="indent">One level of indentation; null: all on one line.</param>
    /// <param name="separators">Between items, and between key and value; null: the usual ones.</param>
    /// <param name="sortKeys">Keys in their order instead of that of the dict.</param>
    public JsonText(TextBuilder text, bool asciiOnly = false, string? indent = null, (string Item, string Key)? separators = null, bool sortKeys = false)
    {
        this.text = text;
        this.asciiOnly = asciiOnly;
        this.indent = indent;
        this.sortKeys = sortKeys;
        (itemSeparator, keySeparator) = separators ?? (indent is null ? ", " : ",", ": ");
    }

    /// <exception cref="TemplateError">The value, or one inside it, has no JSON form.</exception>
    public void Write(TemplateValue value) => Write(value, 0);

    private void Write(TemplateValue value, int level)
    {
        text.Budget.Step();
        switch (value)
        {
            case NoneValue: text.Append("null"); break;
            case BooleanValue boolean: text.Append(boolean.Value ? "true" : "false"); break;
            case IntegerValue: value.WriteTo(text); break;
            case FloatValue number: text.Append(Number(number)); break;
            case StringValue s: WriteString(s.Text); break;
            case SequenceValue sequence: WriteItems('[', sequence.Values, ']', level, item => Write(item, level + 1)); break;
            case DictValue dict: WriteDict(dict, level); break;
            default: throw new TemplateError($"a value of type '{value.TypeName}' has no JSON form");
        }
    }

    private void WriteDict(DictValue dict, int level)
    {
        IEnumerable<TemplateValue> keys = dict.Pairs.Select(p => p.Key);
        TemplateValue[] ordered = sortKeys ? Sequences.Sort([.. keys], key => key, reverse: false, text.Budget) : [.. keys];
        WriteItems('{', ordered, '}', level, key =>
        {
            WriteString(Key(key));
            text.Append(keySeparator);
            Write(dict.Find(key, text.Budget)!, level + 1);
        });
    }

    private void WriteItems(char open, TemplateValue[] items, char close, int level, Action<TemplateValue> writeItem)
    {
        text.Budget.Enter();
        text.Append(open);
        for (int i = 0; i < items.Length; i++)
        {
            if (i > 0) text.Append(itemSeparator);
            WriteLineBreak(level + 1);
            writeItem(items[i]);
        }
        if (items.Length > 0) WriteLineBreak(level);
        text.Append(close);
        text.Budget.Leave();
    }

    private void WriteLineBreak(int level)
    {
        if (indent is null) return;
        text.Append('\n');
        for (int i = 0; i < level; i++) text.Append(indent);
    }

    private static string Number(FloatValue number) => number.Value switch
    {
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        _ => FloatText.Repr(number.Value),
    };

    private string Key(TemplateValue key) => key switch
    {
        StringValue s => s.Text,
        NoneValue => "null",
        BooleanValue boolean => boolean.Value ? "true" : "false",
        IntegerValue => PythonText.Of(key, text.Budget),
        FloatValue number => Number(number),
        _ => throw new TemplateError($"a key of type '{key.TypeName}' has no JSON form"),
    };

    private void WriteString(string value)
    {
        text.Append('"');
        int plain = 0;
        for (int at = 0; at < value.Length; at++)
        {
            char c = value[at];
            if (c is >= ' ' and not '"' and not '\\' && (c < '\u007f' || !asciiOnly)) continue;
            text.Append(value.AsSpan(plain, at - plain));
            plain = at + 1;
            text.Append(Escape(c));
        }
        text.Append(value.AsSpan(plain));
        text.Append('"');
    }

    private static string Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\f' => "\\f",
        '\b' => "\\b",
        _ => $"\\u{(int)c:x4}",
    };

    /// <summary>Python's <c>ascii()</c> of a text that is printed already: other characters as escapes.</summary>
    public static string AsciiOnly(string text)
    {
        var ascii = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at += PythonCharacters.LengthAt(text, at))
        {
            char c = text[at];
            if (c < '\u0080') ascii.Append(c);
            else if (c < '\u0100') ascii.Append($"\\x{(int)c:x2}");
            else if (PythonCharacters.LengthAt(text, at) == 1) ascii.Append($"\\u{(int)c:x4}");
            else ascii.Append($"\\U{char.ConvertToUtf32(c, text[at + 1]):x8}");
        }
        return ascii.ToString();
    }
}
