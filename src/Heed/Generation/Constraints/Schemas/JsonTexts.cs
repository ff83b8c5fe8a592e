using System.Globalization;
using System.Text;
using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>The parts of JSON (RFC 8259) as grammars. Rules that many places share are made once, so that what is known of them is too.</summary>
internal sealed class JsonTexts
{
    private static readonly CodePointSet Special = CodePointSet.Of([(0, 0x1F), ('"', '"'), ('\\', '\\')]);
    private static readonly CodePointSet Raw = Special.Complement();
    private static readonly GrammarNode Digit = GrammarNode.Characters(CodePointSet.Range('0', '9'));
    private static readonly GrammarNode Natural = GrammarNode.Choice(Of("0"), GrammarNode.Sequence(GrammarNode.Characters(CodePointSet.Range('1', '9')), GrammarNode.Repeat(Digit, 0, 17)));

    public JsonTexts(JsonSchemaOptions options)
    {
        Space = options.Whitespace == JsonWhitespace.None
            ? GrammarNode.Empty
            : GrammarNode.Optional(GrammarNode.Choice(Of(" "), GrammarNode.Sequence(Of("\n"), GrammarNode.Repeat(GrammarNode.Characters(CodePointSet.Of([(' ', ' '), ('\t', '\t')])), 0, 40))));
        StringRule = new("string") { Body = GrammarNode.Sequence(Of("\""), GrammarNode.Repeat(AnyCharacter, 0), Of("\"")) };
        GrammarNode value = new RuleOf(ValueRule);
        AnyObject.Body = Object(List(GrammarNode.Sequence(String, Colon, value)));
        AnyArray.Body = Array(List(value));
        ValueRule.Body = GrammarNode.Choice(Of("null"), Boolean, Number, String, new RuleOf(AnyObject), new RuleOf(AnyArray));
    }

    /// <summary>White space, where it may stand.</summary>
    public GrammarNode Space { get; }

    /// <summary>Any value.</summary>
    public GrammarNode Value => new RuleOf(ValueRule);

    /// <summary>Any object.</summary>
    public GrammarRule AnyObject { get; } = new("object");

    /// <summary>Any array.</summary>
    public GrammarRule AnyArray { get; } = new("array");

    /// <summary>Any string.</summary>
    public GrammarNode String => new RuleOf(StringRule);

    private GrammarRule StringRule { get; }

    private GrammarRule ValueRule { get; } = new("value");

    /// <summary>true or false.</summary>
    public static GrammarNode Boolean { get; } = GrammarNode.OneOf(["true", "false"]);

    /// <summary>A whole number.</summary>
    public static GrammarNode Integer { get; } = GrammarNode.Choice(Of("0"), GrammarNode.Sequence(GrammarNode.Optional(Of("-")), GrammarNode.Characters(CodePointSet.Range('1', '9')), GrammarNode.Repeat(Digit, 0, 17)));

    /// <summary>A number.</summary>
    public static GrammarNode Number { get; } = GrammarNode.Sequence(
        GrammarNode.Optional(Of("-")), Natural,
        GrammarNode.Optional(GrammarNode.Sequence(Of("."), GrammarNode.Repeat(Digit, 1, 16))),
        GrammarNode.Optional(GrammarNode.Sequence(GrammarNode.Characters(CodePointSet.Of([('E', 'E'), ('e', 'e')])), GrammarNode.Optional(GrammarNode.Characters(CodePointSet.Of([('+', '+'), ('-', '-')]))), GrammarNode.Repeat(Digit, 1, 2))));

    /// <summary>One character of a string in any spelling, escapes among them; one code point.</summary>
    public static GrammarNode AnyCharacter { get; } = GrammarNode.Choice(
        GrammarNode.Characters(Raw),
        GrammarNode.Sequence(Of("\\"), GrammarNode.Choice(GrammarNode.Characters(CodePointSet.Of("\"\\/bfnrt".Select(c => ((int)c, (int)c)))), GrammarNode.Sequence(Of("u"), Escaped()))));

    public GrammarNode Comma => GrammarNode.Sequence(Of(","), Space);

    public GrammarNode Colon => GrammarNode.Sequence(Of(":"), Space);

    /// <summary>An object of these members.</summary>
    public GrammarNode Object(GrammarNode members) => GrammarNode.Sequence(Of("{"), Space, members, Space, Of("}"));

    /// <summary>An array of these items.</summary>
    public GrammarNode Array(GrammarNode items) => GrammarNode.Sequence(Of("["), Space, items, Space, Of("]"));

    /// <summary>Any number of things with commas between them.</summary>
    public GrammarNode List(GrammarNode item) => GrammarNode.Optional(GrammarNode.Sequence(item, GrammarNode.Repeat(GrammarNode.Sequence(Comma, item), 0)));

    /// <summary>A string of these characters, which <see cref="Spelled(GrammarNode)"/> has made JSON's.</summary>
    public static GrammarNode Quoted(GrammarNode characters) => GrammarNode.Sequence(Of("\""), characters, Of("\""));

    /// <summary>Characters as they stand in a string: each in its shortest spelling.</summary>
    public static GrammarNode Spelled(GrammarNode node) => node switch
    {
        CharacterOf character => Spelled(character.Set),
        SequenceOf sequence => GrammarNode.Sequence([.. sequence.Items.Select(Spelled)]),
        ChoiceOf choice => GrammarNode.Choice([.. choice.Items.Select(Spelled)]),
        RepeatOf repeat => GrammarNode.Repeat(Spelled(repeat.Item), repeat.Least, repeat.Most),
        _ => node,
    };

    /// <inheritdoc cref="Spelled(GrammarNode)"/>
    public static GrammarNode Spelled(CodePointSet set)
    {
        CodePointSet special = set.Intersect(Special);
        if (special.Ranges.IsEmpty) return GrammarNode.Characters(set);
        List<string> escapes = [];
        foreach ((int first, int last) in special.Ranges)
            for (int c = first; c <= last; c++) escapes.Add(Escape((char)c));
        return GrammarNode.Choice(GrammarNode.Characters(set.Intersect(Raw)), GrammarNode.OneOf(escapes));
    }

    /// <summary>One value, without white space.</summary>
    public static GrammarNode Literal(JsonElement value)
    {
        StringBuilder text = new();
        Write(value, text);
        return Of(text.ToString());
    }

    /// <summary>A string's text with its quotes.</summary>
    public static string Quote(string value)
    {
        StringBuilder text = new("\"");
        foreach (char c in value)
            if (Special.Contains(c)) text.Append(Escape(c));
            else text.Append(c);
        return text.Append('"').ToString();
    }

    private static void Write(JsonElement value, StringBuilder text)
    {
        string separator = "";
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    text.Append(separator).Append(Quote(member.Name)).Append(':');
                    Write(member.Value, text);
                    separator = ",";
                }
                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (JsonElement item in value.EnumerateArray())
                {
                    text.Append(separator);
                    Write(item, text);
                    separator = ",";
                }
                text.Append(']');
                break;
            case JsonValueKind.String:
                text.Append(Quote(value.GetString()!));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static string Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\f' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
    };

    // Four hexadecimal digits, or the eight of a pair: half a pair is no character.
    private static GrammarNode Escaped()
    {
        GrammarNode hex = Hex("0-9A-Fa-f");
        return GrammarNode.Choice(
            GrammarNode.Sequence(Hex("0-9A-CE-Fa-ce-f"), GrammarNode.Repeat(hex, 3, 3)),
            GrammarNode.Sequence(Hex("Dd"), Hex("0-7"), hex, hex),
            GrammarNode.Sequence(Hex("Dd"), Hex("89ABab"), hex, hex, Of("\\u"), Hex("Dd"), Hex("C-Fc-f"), hex, hex));

        static GrammarNode Hex(string characters) => RegexGrammar.Parse($"[{characters}]");
    }

    private static GrammarNode Of(string text) => GrammarNode.Text(text);
}
