namespace Heed.Tokenization.Templates;

/// <summary>A macro together with the scope in which it was defined.</summary>
internal sealed class MacroValue(MacroDefinition macro, Scope closure) : TemplateValue
{
    internal override string TypeName => "Macro";

    internal override bool IsCallable => true;

    internal override TemplateValue? Attribute(string name) => name switch
    {
        "name" => macro.Name is { } own ? new StringValue(own) : NoneValue.Instance,
        "arguments" => new ListValue(Array.ConvertAll(macro.Parameters, p => (TemplateValue)new StringValue(p.Name))),
        "catch_kwargs" => BooleanValue.Of(macro.TakesKwargs),
        "catch_varargs" => BooleanValue.Of(macro.TakesVarargs),
        "caller" => BooleanValue.Of(macro.TakesCaller),
        _ => null,
    };

    /// <returns>What the body writes.</returns>
    internal override TemplateValue Call(Rendering rendering, Arguments arguments)
    {
        var scope = new Scope(closure);
        var named = new DictBuilder(rendering.Budget);
        bool implicitCaller = macro.TakesCaller && !IsParameter("caller", 0);
        foreach ((string name, TemplateValue value) in arguments.Named)
        {
            if (IsParameter(name, arguments.Positional.Length) || (name == "caller" && implicitCaller)) scope.Set(name, value);
            else if (macro.TakesKwargs) named.Set(new StringValue(name), value);
            else throw new TemplateError($"{Described} has no argument '{name}'");
        }
        if (macro.TakesKwargs) scope.Set("kwargs", named.Build());
        if (implicitCaller && scope.FindOwn("caller") is null) scope.Set("caller", new UndefinedValue("'caller' is undefined: the macro was not called by a call block"));

        int count = Math.Min(arguments.Positional.Length, macro.Parameters.Length);
        if (macro.TakesVarargs) scope.Set("varargs", new TupleValue(arguments.Positional[count..]));
        else if (count < arguments.Positional.Length) throw new TemplateError($"{Described} takes at most {macro.Parameters.Length} arguments, given {arguments.Positional.Length}");
        for (int i = 0; i < macro.Parameters.Length; i++)
        {
            MacroParameter parameter = macro.Parameters[i];
            if (i < count) scope.Set(parameter.Name, arguments.Positional[i]);
            else if (scope.FindOwn(parameter.Name) is null)
                scope.Set(parameter.Name, parameter.Default?.Evaluate(scope) ?? new UndefinedValue($"the parameter '{parameter.Name}' was not given"));
        }
        return rendering.Capture(scope, macro.Body, out _);
    }

    private string Described => macro.Name is null ? "the body of the call block" : $"the macro '{macro.Name}'";

    // A parameter that the positional arguments have not filled.
    private bool IsParameter(string name, int filled)
    {
        for (int i = filled; i < macro.Parameters.Length; i++)
            if (macro.Parameters[i].Name == name)
                return true;
        return false;
    }

    internal override void WriteRepr(TextBuilder text)
    {
        if (macro.Name is null) text.Append("<Macro anonymous>");
        else text.Append("<Macro ").Append(PythonText.Quote(macro.Name)).Append(">");
    }
}
