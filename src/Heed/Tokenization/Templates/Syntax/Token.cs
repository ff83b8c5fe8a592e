namespace Heed.Tokenization.Templates;

internal enum TokenKind
{
    /// <summary>Text outside of tags, after whitespace control.</summary>
    Text,
    OutputBegin,
    OutputEnd,
    StatementBegin,
    StatementEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>The smallest unit of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Position">Where it starts, in UTF-16 units of the source.</param>
/// <param name="Text">Its spelling; of a string literal, its value.</param>
/// <param name="Value">The value of a literal.</param>
internal readonly record struct Token(TokenKind Kind, int Position, string Text, TemplateValue? Value = null)
{
    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    public bool IsOperator(string symbol) => Kind == TokenKind.Operator && Text == symbol;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.Text => "text",
        TokenKind.String => "a string",
        _ => $"'{Text}'",
    };
}
