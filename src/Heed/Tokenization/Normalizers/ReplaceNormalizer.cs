using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Replaces every occurrence of a string, or match of a regular expression, by a text ("Replace" in tokenizer.json).</summary>
public sealed class ReplaceNormalizer : INormalizer
{
    private readonly TextPattern pattern;
    private readonly byte[] content;

    private ReplaceNormalizer(TextPattern pattern, string content) => (this.pattern, this.content) = (pattern, Encoding.UTF8.GetBytes(content));

    /// <summary>Replaces a string.</summary>
    public static ReplaceNormalizer OfString(string text, string content) => new(TextPattern.OfString(text), content);

    /// <summary>Replaces the matches of a regular expression.</summary>
    /// <exception cref="FormatException">The expression is wrong, or has what is not supported.</exception>
    public static ReplaceNormalizer OfRegex(string regex, string content) => new(TextPattern.OfRegex(regex), content);

    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ReadOnlySpan<byte> source = text.Bytes;
        bool passing = false;
        foreach ((int start, int end) in pattern.Matches(source))
        {
            if (!passing) text.Begin();
            passing = true;
            text.CopyTo(start);
            text.Drop(end - start);
            text.Insert(content);
        }
        if (!passing) return;
        text.CopyTo(source.Length);
        text.Commit();
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => WriteReplace(writer, pattern, content);

    internal static void WriteReplace(Utf8JsonWriter writer, TextPattern pattern, byte[] content) => ComponentJson.Write(writer, "Replace", w =>
    {
        w.WriteStartObject("pattern");
        w.WriteString(pattern.Kind, pattern.Source);
        w.WriteEndObject();
        w.WriteString("content", Encoding.UTF8.GetString(content));
    });
}
