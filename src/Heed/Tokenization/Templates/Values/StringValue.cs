namespace Heed.Tokenization.Templates;

/// <summary>A string. Its length and indices count code points.</summary>
/// <param name="text">The text in UTF-16.</param>
/// <param name="spans">Parts of it that a generation block wrote; they survive printing the whole string.</param>
/// <param name="isMarkup">It came from <c>safe</c> or <c>escape</c>: what is added to it gets escaped.</param>
internal sealed class StringValue(string text, IReadOnlyList<GenerationSpan>? spans = null, bool isMarkup = false) : TemplateValue
{
    public static readonly StringValue Empty = new("");

    private static readonly StringValue[] Ascii = [.. Enumerable.Range(0, 128).Select(c => new StringValue(((char)c).ToString()))];

    private int count = -1;

    public string Text { get; } = text;

    public IReadOnlyList<GenerationSpan>? Spans { get; } = spans;

    public bool IsMarkup { get; } = isMarkup;

    internal override string TypeName => IsMarkup ? "Markup" : "str";

    internal override bool IsTrue => Text.Length > 0;

    internal override int? Count => CodePoints;

    public int CodePoints => count >= 0 ? count : count = PythonCharacters.Count(Text);

    internal override IEnumerable<TemplateValue> Items
    {
        get
        {
            for (int at = 0; at < Text.Length;)
            {
                int length = PythonCharacters.LengthAt(Text, at);
                yield return length == 1 && char.IsAscii(Text[at]) ? Ascii[Text[at]] : new StringValue(Text.Substring(at, length));
                at += length;
            }
        }
    }

    internal override TemplateValue? Attribute(string name) => StringMethods.Find(this, name);

    internal override TemplateValue? Item(TemplateValue key, Budget budget)
    {
        if (!Integers.TryIndex(key, CodePoints, out int index)) return null;
        int at = PythonCharacters.Offset(Text, index, CodePoints, budget);
        return new StringValue(Text.Substring(at, PythonCharacters.LengthAt(Text, at)));
    }

    internal override void WriteTo(TextBuilder text) => text.Append(Text);

    internal override void WriteRepr(TextBuilder text)
    {
        if (IsMarkup) text.Append("Markup(");
        text.Append(PythonText.Quote(Text));
        if (IsMarkup) text.Append(')');
    }
}
