namespace Heed.Tokenization.Templates;

/// <summary>The source breaks the grammar at a position; the facade turns it into a <see cref="ChatTemplateException"/>.</summary>
internal sealed class SyntaxError(string message, int position) : Exception(message)
{
    public int Position { get; } = position;
}
