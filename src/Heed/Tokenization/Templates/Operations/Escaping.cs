using System.Text;

namespace Heed.Tokenization.Templates;

/// <summary>HTML escapes of <c>escape</c>. Text that is marked as markup is left as it is.</summary>
internal static class Escaping
{
    public static StringValue Escape(StringValue value) => value.IsMarkup ? value : new StringValue(Escape(value.Text), null, isMarkup: true);

    public static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAny("&<>'\"")) return text;
        var escaped = new StringBuilder(text.Length + 16);
        foreach (char c in text)
            switch (c)
            {
                case '&': escaped.Append("&amp;"); break;
                case '<': escaped.Append("&lt;"); break;
                case '>': escaped.Append("&gt;"); break;
                case '\'': escaped.Append("&#39;"); break;
                case '"': escaped.Append("&#34;"); break;
                default: escaped.Append(c); break;
            }
        return escaped.ToString();
    }
}
