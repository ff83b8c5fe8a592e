namespace Heed.Tokenization.Templates;

/// <summary>The arguments of one call.</summary>
internal sealed class Arguments(TemplateValue[] positional, (string Name, TemplateValue Value)[] named)
{
    public static readonly Arguments None = new([], []);

    public TemplateValue[] Positional { get; } = positional;

    public (string Name, TemplateValue Value)[] Named { get; } = named;

    /// <summary>Puts the arguments in the places of the parameters.</summary>
    /// <param name="callee">What is called, for errors.</param>
    /// <param name="parameters">Names in order; with a final ? such as may be left out.</param>
    /// <returns>One value for each parameter; null where it was left out.</returns>
    /// <exception cref="TemplateError">An argument is missing, is one too many, or has an unknown name.</exception>
    public TemplateValue?[] Bind(string callee, params ReadOnlySpan<string> parameters)
    {
        if (Positional.Length > parameters.Length) throw new TemplateError($"{callee} takes at most {parameters.Length} arguments, given {Positional.Length}");
        var values = new TemplateValue?[parameters.Length];
        Positional.CopyTo(values, 0);
        foreach ((string name, TemplateValue value) in Named)
        {
            int place = 0;
            while (place < parameters.Length && !parameters[place].AsSpan().TrimEnd('?').SequenceEqual(name)) place++;
            if (place == parameters.Length) throw new TemplateError($"{callee} has no argument '{name}'");
            if (values[place] is not null) throw new TemplateError($"{callee} is given its argument '{name}' twice");
            values[place] = value;
        }
        for (int i = 0; i < values.Length; i++)
            if (values[i] is null && !parameters[i].EndsWith('?'))
                throw new TemplateError($"{callee} needs the argument '{parameters[i]}'");
        return values;
    }

    public void RefuseNamed(string callee)
    {
        if (Named.Length > 0) throw new TemplateError($"{callee} has no argument '{Named[0].Name}'");
    }
}
