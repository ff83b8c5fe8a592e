namespace Heed.Tokenization.Templates;

/// <summary><c>a.name</c>: an attribute or method; failing that, the item with that key.</summary>
internal sealed class AttributeExpression(int position, Expression of, string name) : Expression(position)
{
    private readonly StringValue key = new(name);

    protected override TemplateValue Compute(Scope scope)
    {
        TemplateValue value = of.Evaluate(scope);
        scope.Rendering.At(Position);
        return Members.Attribute(value, key, scope.Rendering.Budget);
    }
}

/// <summary><c>a[key]</c>: an item; failing that, the attribute or method of that name.</summary>
internal sealed class ItemExpression(int position, Expression of, Expression key) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope)
    {
        TemplateValue value = of.Evaluate(scope), index = key.Evaluate(scope);
        scope.Rendering.At(Position);
        return Members.Item(value, index, scope.Rendering.Budget);
    }
}

/// <summary><c>a[start:stop:step]</c>; a missing bound is null.</summary>
internal sealed class SliceExpression(int position, Expression of, Expression? start, Expression? stop, Expression? step) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope)
    {
        TemplateValue value = of.Evaluate(scope);
        TemplateValue? from = start?.Evaluate(scope), to = stop?.Evaluate(scope), by = step?.Evaluate(scope);
        scope.Rendering.At(Position);
        return Slicing.Slice(value, from, to, by, scope.Rendering.Budget);
    }
}

/// <summary><c>f(a, name=b, *list, **dict)</c></summary>
internal sealed class CallExpression(int position, Expression callee, ArgumentList arguments) : Expression(position)
{
    protected override TemplateValue Compute(Scope scope) => CallWith(scope, null);

    /// <summary>The call, with the body of a call block as the argument <c>caller</c>.</summary>
    public TemplateValue CallWith(Scope scope, MacroValue? caller)
    {
        TemplateValue function = callee.Evaluate(scope);
        Arguments given = arguments.Evaluate(scope, caller);
        Rendering rendering = scope.Rendering;
        rendering.At(Position);
        rendering.Budget.Enter();
        TemplateValue result = function.Call(rendering, given);
        rendering.Budget.Leave();
        rendering.At(Position);
        return result;
    }
}

/// <summary>The arguments of a call as they are written.</summary>
internal sealed class ArgumentList(Expression[] positional, (string Name, Expression Value)[] named, Expression? extraPositional, Expression? extraNamed)
{
    public static readonly ArgumentList Empty = new([], [], null, null);

    public static ArgumentList Of(Expression only) => new([only], [], null, null);

    public Arguments Evaluate(Scope scope, MacroValue? caller = null)
    {
        if (ReferenceEquals(this, Empty) && caller is null) return Arguments.None;
        var values = new List<TemplateValue>(positional.Length);
        foreach (Expression value in positional) values.Add(value.Evaluate(scope));
        var names = new List<(string Name, TemplateValue Value)>(named.Length);
        foreach ((string name, Expression value) in named) names.Add((name, value.Evaluate(scope)));
        if (caller is not null) names.Add(("caller", caller));
        if (extraPositional is not null) values.AddRange(Sequences.Iterate(extraPositional.Evaluate(scope), scope.Rendering.Budget));
        if (extraNamed is not null)
        {
            if (extraNamed.Evaluate(scope) is not DictValue more) throw new TemplateError("the argument after ** must be a dict");
            foreach ((TemplateValue key, TemplateValue value) in more.Pairs)
            {
                string name = key is StringValue text ? text.Text : throw new TemplateError("the names of arguments must be strings");
                if (names.Exists(n => n.Name == name)) throw new TemplateError($"the argument '{name}' is given twice");
                names.Add((name, value));
            }
        }
        return new Arguments([.. values], [.. names]);
    }
}
