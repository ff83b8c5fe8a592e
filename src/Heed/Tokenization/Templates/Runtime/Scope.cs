namespace Heed.Tokenization.Templates;

/// <summary>
/// The names of a part of the template, and beyond them those around it. Loops, macros and captured blocks have a scope of their
/// own, <c>if</c> has none: what is set inside a loop is forgotten at the end of each round.
/// </summary>
internal sealed class Scope
{
    private readonly Scope? outer;
    private Dictionary<string, TemplateValue>? names;

    public Scope(Rendering rendering) => Rendering = rendering;

    public Scope(Scope outer) => (this.outer, Rendering) = (outer, outer.Rendering);

    public Rendering Rendering { get; }

    public TemplateValue? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.outer)
            if (scope.names is not null && scope.names.TryGetValue(name, out TemplateValue? value))
                return value;
        return null;
    }

    /// <summary>The name in this scope alone.</summary>
    public TemplateValue? FindOwn(string name) => names?.GetValueOrDefault(name);

    public void Set(string name, TemplateValue value) => (names ??= new(StringComparer.Ordinal))[name] = value;
}
