namespace Heed.Tokenization.Templates;

/// <summary>A rendering cannot go on; the facade adds the place and makes a <see cref="ChatTemplateException"/> of it.</summary>
/// <param name="message">The cause.</param>
/// <param name="raised">The template itself called <c>raise_exception</c>.</param>
internal sealed class TemplateError(string message, bool raised = false) : Exception(message)
{
    public bool IsRaised { get; } = raised;
}
