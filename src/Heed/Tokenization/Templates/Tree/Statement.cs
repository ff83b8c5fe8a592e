namespace Heed.Tokenization.Templates;

/// <summary>How a statement ended.</summary>
internal enum Flow
{
    Normal,

    /// <summary>The loop around it is left.</summary>
    Break,

    /// <summary>The loop around it goes on with its next item.</summary>
    Continue,
}

/// <summary>A node of the tree that does something.</summary>
internal abstract class Statement(int position)
{
    public int Position { get; } = position;

    /// <exception cref="TemplateError">It cannot be carried out.</exception>
    public abstract Flow Execute(Scope scope);
}

/// <summary>Statements one after the other.</summary>
internal sealed class Block(Statement[] statements)
{
    public Flow Execute(Scope scope)
    {
        foreach (Statement statement in statements)
        {
            scope.Rendering.Step(statement.Position);
            Flow flow = statement.Execute(scope);
            if (flow != Flow.Normal) return flow;
        }
        return Flow.Normal;
    }
}

/// <summary>Text outside of tags.</summary>
internal sealed class TextStatement(int position, string text) : Statement(position)
{
    public override Flow Execute(Scope scope)
    {
        scope.Rendering.Output.Append(text);
        return Flow.Normal;
    }
}

/// <summary><c>{{ value }}</c></summary>
internal sealed class OutputStatement(int position, params Expression[] values) : Statement(position)
{
    public override Flow Execute(Scope scope)
    {
        foreach (Expression value in values) scope.Rendering.Output.AppendValue(value.Evaluate(scope));
        return Flow.Normal;
    }
}

/// <summary><c>{% break %}</c>, <c>{% continue %}</c></summary>
internal sealed class JumpStatement(int position, Flow flow) : Statement(position)
{
    public override Flow Execute(Scope scope) => flow;
}

internal sealed class IfStatement(int position, (Expression Condition, Block Body)[] branches, Block? otherwise) : Statement(position)
{
    public override Flow Execute(Scope scope)
    {
        foreach ((Expression condition, Block body) in branches)
            if (condition.Evaluate(scope).IsTrue)
                return body.Execute(scope);
        return otherwise?.Execute(scope) ?? Flow.Normal;
    }
}

/// <summary><c>{% generation %}</c>: what is written inside is what the model is to learn; its place is reported.</summary>
internal sealed class GenerationStatement(int position, Block body) : Statement(position)
{
    public override Flow Execute(Scope scope)
    {
        TextBuilder output = scope.Rendering.Output;
        int start = output.Length;
        body.Execute(new Scope(scope));
        output.MarkGeneration(start);
        return Flow.Normal;
    }
}
