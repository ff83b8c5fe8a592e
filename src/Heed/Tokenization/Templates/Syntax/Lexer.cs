namespace Heed.Tokenization.Templates;

/// <summary>
/// Cuts a template into tokens: text, <c>{{ output }}</c>, <c>{% statement %}</c>, comments and raw blocks, with the whitespace
/// control that transformers switches on. That is: <c>-</c> at a tag's edge eats all whitespace on that side; the newline
/// right after a statement or comment is dropped (trim_blocks), and so is the indentation of a line that starts with one
/// (lstrip_blocks); <c>+</c> at the edge keeps either. One newline at the very end of the template does not count.
/// Grammar: Jinja 3.1 documentation, "Template Designer Documentation".
/// </summary>
internal sealed partial class Lexer
{
    private readonly string source;
    private readonly List<Token> tokens = [];
    private int at;

    private Lexer(string source) => this.source = source;

    /// <param name="source">The template with every line ending written as \n.</param>
    public static List<Token> Read(string source)
    {
        var lexer = new Lexer(source.EndsWith('\n') ? source[..^1] : source);
        lexer.ReadTemplate();
        return lexer.tokens;
    }

    private void ReadTemplate()
    {
        while (at < source.Length)
        {
            int tag = FindTag(at);
            if (tag < 0)
            {
                Add(TokenKind.Text, at, source[at..]);
                break;
            }
            int inside = tag + 2;
            char sign = TakeSign(ref inside);
            AddText(at, tag, sign, isOutput: source[tag + 1] == '{');
            at = inside;
            switch (source[tag + 1])
            {
                case '#':
                    SkipComment(tag);
                    break;
                case '{':
                    Add(TokenKind.OutputBegin, tag, "{{");
                    ReadTag(tag, isOutput: true);
                    break;
                default:
                    if (TryBeginRaw()) ReadRaw(tag);
                    else
                    {
                        Add(TokenKind.StatementBegin, tag, "{%");
                        ReadTag(tag, isOutput: false);
                    }
                    break;
            }
        }
        Add(TokenKind.End, source.Length, "");
    }

    private void Add(TokenKind kind, int position, string text, TemplateValue? value = null) => tokens.Add(new Token(kind, position, text, value));

    private int FindTag(int from)
    {
        for (int brace = source.IndexOf('{', from); brace >= 0 && brace + 1 < source.Length; brace = source.IndexOf('{', brace + 1))
            if (source[brace + 1] is '{' or '%' or '#')
                return brace;
        return -1;
    }

    private char TakeSign(ref int position) => position < source.Length && source[position] is '-' or '+' ? source[position++] : '\0';

    /// <summary>Adds the text before a tag, less the whitespace that the tag takes away.</summary>
    private void AddText(int from, int to, char sign, bool isOutput)
    {
        int end = to;
        if (sign == '-')
            while (end > from && PythonCharacters.IsSpace(source[end - 1])) end--;
        else if (sign != '+' && !isOutput)
        {
            int indent = to;
            while (indent > from && source[indent - 1] != '\n' && PythonCharacters.IsSpace(source[indent - 1])) indent--;
            if (indent == 0 || source[indent - 1] == '\n') end = indent;
        }
        if (end > from) Add(TokenKind.Text, from, source[from..end]);
    }

    private void SkipComment(int begin)
    {
        int end = source.IndexOf("#}", at, StringComparison.Ordinal);
        if (end < 0) throw new SyntaxError("the comment is not closed: '#}' is expected", begin);
        char sign = end > at ? source[end - 1] : '\0';
        at = end + 2;
        TrimAfter(sign);
    }

    private void TrimAfter(char sign)
    {
        if (sign == '-') SkipSpace();
        else if (sign != '+' && at < source.Length && source[at] == '\n') at++;
    }

    private void SkipSpace()
    {
        while (at < source.Length && PythonCharacters.IsSpace(source[at])) at++;
    }

    // Behind "{%" and its sign: the rest of "{% raw %}". Unlike other tags it leaves the newline after it alone.
    private bool TryBeginRaw()
    {
        int begin = at;
        if (TakeWord("raw") && (TryTake("-%}") || TryTake("%}")))
        {
            if (source[at - 3] == '-') SkipSpace();
            return true;
        }
        at = begin;
        return false;
    }

    private void ReadRaw(int begin)
    {
        int text = at;
        for (int tag = source.IndexOf("{%", at, StringComparison.Ordinal); tag >= 0; tag = source.IndexOf("{%", tag + 2, StringComparison.Ordinal))
        {
            at = tag + 2;
            char sign = TakeSign(ref at);
            if (!TakeWord("endraw") || !(TryTake("-%}") || TryTake("+%}") || TryTake("%}"))) continue;
            AddText(text, tag, sign, isOutput: false);
            TrimAfter(source[at - 3]);
            return;
        }
        throw new SyntaxError("the raw block is not closed: '{% endraw %}' is expected", begin);
    }

    private bool TakeWord(string word)
    {
        SkipSpace();
        if (!TryTake(word)) return false;
        SkipSpace();
        return true;
    }

    private bool TryTake(string text)
    {
        if (string.CompareOrdinal(source, at, text, 0, text.Length) != 0) return false;
        at += text.Length;
        return true;
    }
}
