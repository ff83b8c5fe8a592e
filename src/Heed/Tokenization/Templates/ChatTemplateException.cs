namespace Heed.Tokenization;

/// <summary>
/// A chat template that cannot be read, or a rendering that failed: the place in the template and the cause. The only exception
/// that <see cref="ChatTemplate"/> throws because of a template's text.
/// </summary>
public sealed class ChatTemplateException : FormatException
{
    internal ChatTemplateException(string reason, bool raised, int line, int column)
        : base($"line {line}, column {column}: {reason}")
    {
        Reason = reason;
        IsRaisedByTemplate = raised;
        Line = line;
        Column = column;
    }

    /// <summary>The cause alone, without the place; for <c>raise_exception("...")</c> the text that the template gave.</summary>
    public string Reason { get; }

    /// <summary>The template itself refused the conversation with <c>raise_exception</c>; nothing is wrong with its text.</summary>
    public bool IsRaisedByTemplate { get; }

    /// <summary>Line in the template, from 1.</summary>
    public int Line { get; }

    /// <summary>Column in the line, from 1, in UTF-16 units.</summary>
    public int Column { get; }
}
