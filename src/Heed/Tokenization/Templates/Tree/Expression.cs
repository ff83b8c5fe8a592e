namespace Heed.Tokenization.Templates;

/// <summary>A node of the tree that has a value.</summary>
internal abstract class Expression(int position)
{
    /// <summary>Where it starts in the source.</summary>
    public int Position { get; } = position;

    /// <exception cref="TemplateError">The value cannot be computed.</exception>
    public TemplateValue Evaluate(Scope scope)
    {
        scope.Rendering.Step(Position);
        return Compute(scope);
    }

    protected abstract TemplateValue Compute(Scope scope);
}
