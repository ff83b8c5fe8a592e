namespace Heed.Tokenization.Templates;

/// <summary>The part <c>name(arguments)</c> of <c>value|name(arguments)</c>.</summary>
internal sealed class FilterCall(int position, string name, ArgumentList arguments)
{
    public int Position { get; } = position;

    public TemplateValue Apply(TemplateValue subject, Scope scope)
    {
        Arguments given = arguments.Evaluate(scope);
        scope.Rendering.At(Position);
        return FilterTable.Apply(name, scope.Rendering, subject, given);
    }
}

/// <summary>Filters one after the other.</summary>
internal sealed class FilterChain(FilterCall[] filters)
{
    public TemplateValue Apply(TemplateValue subject, Scope scope)
    {
        foreach (FilterCall filter in filters) subject = filter.Apply(subject, scope);
        return subject;
    }
}

internal sealed class FilterExpression(Expression subject, FilterCall filter) : Expression(filter.Position)
{
    protected override TemplateValue Compute(Scope scope) => filter.Apply(subject.Evaluate(scope), scope);
}

/// <summary><c>value is name(arguments)</c></summary>
internal sealed class TestExpression(int position, Expression subject, string name, ArgumentList arguments) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope)
    {
        TemplateValue value = subject.Evaluate(scope);
        Arguments given = arguments.Evaluate(scope);
        scope.Rendering.At(Position);
        return BooleanValue.Of(TestTable.Holds(name, scope.Rendering, value, given));
    }
}
