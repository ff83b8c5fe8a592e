namespace Heed.Tokenization.Templates;

internal sealed class LiteralExpression(int position, TemplateValue value) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope) => value;
}

internal sealed class NameExpression(int position, string name) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope) => scope.Find(name) ?? Globals.Find(name) ?? new UndefinedValue($"'{name}' is undefined");
}

internal sealed class ListExpression(int position, Expression[] items) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope) => new ListValue(Array.ConvertAll(items, item => item.Evaluate(scope)));
}

internal sealed class TupleExpression(int position, Expression[] items) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope) => new TupleValue(Array.ConvertAll(items, item => item.Evaluate(scope)));
}

internal sealed class DictExpression(int position, (Expression Key, Expression Value)[] pairs) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope)
    {
        var dict = new DictBuilder(scope.Rendering.Budget);
        foreach ((Expression key, Expression value) in pairs)
        {
            TemplateValue evaluated = key.Evaluate(scope);
            dict.Set(evaluated, value.Evaluate(scope));
        }
        return dict.Build();
    }
}
