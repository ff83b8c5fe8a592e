namespace Heed.Tokenization.Templates;

/// <summary><c>{% for target in items if condition recursive %} body {% else %} otherwise {% endfor %}</c></summary>
internal sealed class ForStatement(int position, Target target, Expression items, Expression? condition, bool recursive, Block body, Block? otherwise) : Statement(position)
{
    public override Flow Execute(Scope scope) => Run(scope, items.Evaluate(scope), depth: 0);

    private Flow Run(Scope scope, TemplateValue value, int depth)
    {
        Rendering rendering = scope.Rendering;
        rendering.At(Position);
        IEnumerable<TemplateValue> visited = Sequences.Iterate(value, rendering.Budget);
        LoopValue loop = condition is null
            ? new LoopValue(visited, value.Count, depth, Recursion(scope, depth), rendering.Budget)
            : new LoopValue(Filtered(visited, scope), null, depth, Recursion(scope, depth), rendering.Budget);
        bool completed = false;
        while (loop.MoveNext())
        {
            rendering.Step(Position);
            var inner = new Scope(scope);
            target.Assign(inner, loop.Current);
            inner.Set("loop", loop);
            Flow flow = body.Execute(inner);
            if (flow == Flow.Break) break;
            // As in Jinja, 'else' runs unless some round came to the end of the body.
            completed |= flow == Flow.Normal;
        }
        // A 'break' in there is about the loop around this one.
        return completed ? Flow.Normal : otherwise?.Execute(new Scope(scope)) ?? Flow.Normal;
    }

    // Lazily: the condition may look at a namespace which the body changes.
    private IEnumerable<TemplateValue> Filtered(IEnumerable<TemplateValue> visited, Scope scope)
    {
        foreach (TemplateValue item in visited)
        {
            var inner = new Scope(scope);
            target.Assign(inner, item);
            if (condition!.Evaluate(inner).IsTrue) yield return item;
        }
    }

    private Func<TemplateValue, TemplateValue>? Recursion(Scope scope, int depth) => !recursive ? null : value =>
        scope.Rendering.Capture(() => Run(scope, value, depth + 1));
}
