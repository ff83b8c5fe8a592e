namespace Heed.Tokenization.Templates;

internal sealed record MacroParameter(string Name, Expression? Default);

/// <summary>A macro as it is written.</summary>
/// <param name="Name">Null for the body of a call block.</param>
/// <param name="Parameters">In order.</param>
/// <param name="Body">What a call renders.</param>
/// <param name="TakesCaller">The body mentions <c>caller</c>.</param>
/// <param name="TakesVarargs">The body mentions <c>varargs</c>, the positional arguments beyond the parameters.</param>
/// <param name="TakesKwargs">The body mentions <c>kwargs</c>, the named arguments beyond the parameters.</param>
internal sealed record MacroDefinition(string? Name, MacroParameter[] Parameters, Block Body, bool TakesCaller, bool TakesVarargs, bool TakesKwargs);

internal sealed class MacroStatement(int position, MacroDefinition macro) : Statement(position)
{
    public override Flow Execute(Scope scope)
    {
        scope.Set(macro.Name!, new MacroValue(macro, scope));
        return Flow.Normal;
    }
}

/// <summary><c>{% call(x) f(y) %} body {% endcall %}</c>: calls f, which may call the body as <c>caller(x)</c>.</summary>
internal sealed class CallStatement(int position, CallExpression call, MacroDefinition body) : Statement(position)
{
    public override Flow Execute(Scope scope)
    {
        scope.Rendering.Output.AppendValue(call.CallWith(scope, new MacroValue(body, scope)));
        return Flow.Normal;
    }
}
