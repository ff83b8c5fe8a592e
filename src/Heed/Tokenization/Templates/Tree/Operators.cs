namespace Heed.Tokenization.Templates;

/// <summary>A further operand of a chain such as a - b + c.</summary>
internal readonly record struct ArithmeticLink(string Operator, int Position, Expression Operand);

/// <summary>Operators of one precedence, from left to right.</summary>
internal sealed class ArithmeticExpression(int position, Expression first, ArithmeticLink[] rest) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope)
    {
        TemplateValue value = first.Evaluate(scope);
        foreach (ArithmeticLink link in rest)
        {
            TemplateValue operand = link.Operand.Evaluate(scope);
            scope.Rendering.At(link.Position);
            value = Arithmetic.Apply(link.Operator, value, operand, scope.Rendering);
        }
        return value;
    }
}

/// <summary><c>a ~ b</c>: both as text, joined.</summary>
internal sealed class ConcatenationExpression(int position, Expression[] parts) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope)
    {
        var text = new TextBuilder(scope.Rendering.Budget);
        foreach (Expression part in parts) text.AppendValue(part.Evaluate(scope));
        return text.ToValue();
    }
}

internal sealed class SignExpression(int position, Expression operand, bool negative) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope)
    {
        TemplateValue value = operand.Evaluate(scope);
        scope.Rendering.At(Position);
        return negative ? Arithmetic.Negate(value) : Arithmetic.Plus(value);
    }
}

internal sealed class NotExpression(int position, Expression operand) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope) => BooleanValue.Of(!operand.Evaluate(scope).IsTrue);
}

/// <summary><c>a or b</c>, <c>a and b</c>: the value of the operand that decides, not just true or false.</summary>
internal sealed class LogicExpression(int position, Expression[] operands, bool untilTrue) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope)
    {
        TemplateValue value = operands[0].Evaluate(scope);
        for (int i = 1; i < operands.Length && value.IsTrue != untilTrue; i++) value = operands[i].Evaluate(scope);
        return value;
    }
}

/// <summary><c>a &lt; b &lt;= c</c>: true when each neighbouring pair is; b is evaluated once, c only if needed.</summary>
internal sealed class ComparisonExpression(int position, Expression first, (string Operator, Expression Operand)[] rest) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope)
    {
        TemplateValue left = first.Evaluate(scope);
        foreach ((string op, Expression operand) in rest)
        {
            TemplateValue right = operand.Evaluate(scope);
            scope.Rendering.At(Position);
            if (!Comparison.Holds(op, left, right, scope.Rendering.Budget)) return BooleanValue.False;
            left = right;
        }
        return BooleanValue.True;
    }
}

/// <summary><c>a if condition else b</c></summary>
internal sealed class ConditionalExpression(int position, Expression condition, Expression value, Expression? otherwise) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope) =>
        condition.Evaluate(scope).IsTrue ? value.Evaluate(scope)
        : otherwise?.Evaluate(scope) ?? new UndefinedValue("the 'if' expression is false and has no 'else'");
}
