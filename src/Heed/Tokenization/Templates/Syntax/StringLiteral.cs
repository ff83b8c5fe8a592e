using System.Globalization;
using System.Text;

namespace Heed.Tokenization.Templates;

/// <summary>The escapes of string literals, which are those of Python; an unknown one keeps its backslash.</summary>
internal static class StringLiteral
{
    /// <param name="literal">What stands between the quotes.</param>
    /// <param name="position">Where that starts in the source, for errors.</param>
    public static string Unescape(ReadOnlySpan<char> literal, int position)
    {
        if (!literal.Contains('\\')) return literal.ToString();
        var text = new StringBuilder(literal.Length);
        for (int i = 0; i < literal.Length; i++)
        {
            char c = literal[i];
            if (c != '\\' || i + 1 == literal.Length)
            {
                text.Append(c);
                continue;
            }
            c = literal[++i];
            switch (c)
            {
                case '\n': break;   // a line continued
                case '\\' or '\'' or '"': text.Append(c); break;
                case 'a': text.Append('\a'); break;
                case 'b': text.Append('\b'); break;
                case 'f': text.Append('\f'); break;
                case 'n': text.Append('\n'); break;
                case 'r': text.Append('\r'); break;
                case 't': text.Append('\t'); break;
                case 'v': text.Append('\v'); break;
                case >= '0' and <= '7':
                    int value = 0, end = i;
                    while (end < literal.Length && end < i + 3 && literal[end] is >= '0' and <= '7') value = value * 8 + (literal[end++] - '0');
                    text.Append((char)value);
                    i = end - 1;
                    break;
                case 'x' or 'u' or 'U':
                    int digits = c switch { 'x' => 2, 'u' => 4, _ => 8 };
                    if (i + digits >= literal.Length || !int.TryParse(literal.Slice(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) || (uint)code > 0x10FFFF)
                        throw new SyntaxError($"the escape \\{c} needs {digits} hexadecimal digits of a code point", position + i - 1);
                    if (code < 0x10000) text.Append((char)code);
                    else text.Append(new Rune(code).ToString());
                    i += digits;
                    break;
                case 'N':
                    throw new SyntaxError("the escape \\N, a character by its name, is not supported", position + i - 1);
                default:
                    text.Append('\\').Append(c);
                    break;
            }
        }
        return text.ToString();
    }
}
