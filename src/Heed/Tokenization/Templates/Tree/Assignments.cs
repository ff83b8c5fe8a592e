namespace Heed.Tokenization.Templates;

/// <summary>What a value can be assigned to.</summary>
internal abstract class Target
{
    public abstract void Assign(Scope scope, TemplateValue value);
}

internal sealed class NameTarget(string name) : Target
{
    public string Name { get; } = name;

    public override void Assign(Scope scope, TemplateValue value) => scope.Set(Name, value);
}

/// <summary><c>a, b</c>: takes exactly as many items as it has parts.</summary>
internal sealed class TupleTarget(int position, Target[] parts) : Target
{
    public override void Assign(Scope scope, TemplateValue value)
    {
        scope.Rendering.At(position);
        int count = 0;
        foreach (TemplateValue item in Sequences.Iterate(value, scope.Rendering.Budget))
        {
            if (count == parts.Length) throw new TemplateError($"there are more values than the {parts.Length} names to unpack them into");
            parts[count++].Assign(scope, item);
        }
        if (count < parts.Length) throw new TemplateError($"{count} values cannot be unpacked into {parts.Length} names");
    }
}

/// <summary><c>ns.name</c>: the one way to change something outside of the present scope.</summary>
internal sealed class NamespaceTarget(int position, string name, string attribute) : Target
{
    public override void Assign(Scope scope, TemplateValue value)
    {
        scope.Rendering.At(position);
        if (scope.Find(name) is not NamespaceValue space)
            throw new TemplateError($"'{name}' is no namespace: only attributes of a namespace() can be assigned to");
        space.Set(attribute, value);
    }
}

internal sealed class SetStatement(int position, Target target, Expression value) : Statement(position)
{
    public override Flow Execute(Scope scope)
    {
        target.Assign(scope, value.Evaluate(scope));
        return Flow.Normal;
    }
}

/// <summary><c>{% set name | filter %}text{% endset %}</c></summary>
internal sealed class SetBlockStatement(int position, Target target, FilterChain? filters, Block body) : Statement(position)
{
    public override Flow Execute(Scope scope)
    {
        var inner = new Scope(scope);
        TemplateValue text = scope.Rendering.Capture(inner, body, out Flow flow);
        if (flow == Flow.Normal) target.Assign(scope, filters?.Apply(text, inner) ?? text);
        return flow;
    }
}

/// <summary><c>{% with a = 1, b = 2 %}</c>: names that hold inside only; each value is computed outside.</summary>
internal sealed class WithStatement(int position, (Target Target, Expression Value)[] values, Block body) : Statement(position)
{
    public override Flow Execute(Scope scope)
    {
        var inner = new Scope(scope);
        TemplateValue[] evaluated = Array.ConvertAll(values, v => v.Value.Evaluate(scope));
        for (int i = 0; i < values.Length; i++) values[i].Target.Assign(inner, evaluated[i]);
        return body.Execute(inner);
    }
}

/// <summary><c>{% filter upper %}text{% endfilter %}</c></summary>
internal sealed class FilterStatement(int position, FilterChain filters, Block body) : Statement(position)
{
    public override Flow Execute(Scope scope)
    {
        var inner = new Scope(scope);
        TemplateValue text = scope.Rendering.Capture(inner, body, out Flow flow);
        if (flow == Flow.Normal) scope.Rendering.Output.AppendValue(filters.Apply(text, inner));
        return flow;
    }
}
