using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>A tool that a model may call.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does, for the model; may be empty.</param>
/// <param name="Parameters">JSON Schema of its arguments; null = any object.</param>
public sealed record ToolDeclaration(string Name, string? Description = null, JsonElement? Parameters = null)
{
    private static readonly JsonSchemaOptions Natural = new() { Whitespace = JsonWhitespace.Flexible };

    // A schema that says nothing of what it describes would allow what is no object.
    private bool IsOpen => Parameters is not { ValueKind: JsonValueKind.Object } schema || !(schema.TryGetProperty("type", out _) || schema.TryGetProperty("properties", out _) || schema.TryGetProperty("$ref", out _));

    /// <summary>As chat templates know it: type and function, which has name, description and parameters.</summary>
    /// <exception cref="FormatException">The schema holds what is no valid text, or is nested too deep.</exception>
    public TemplateValue ToTemplate()
    {
        TemplateValue parameters = Parameters is { ValueKind: JsonValueKind.Object } schema ? TemplateValue.From(schema) : TemplateValue.Dict(("type", "object"), ("properties", TemplateValue.Dict()));
        return TemplateValue.Dict(("type", "function"), ("function", TemplateValue.Dict(("name", Name), ("description", Description ?? ""), ("parameters", parameters))));
    }

    /// <summary>Its calls: <c>{"name": "...", "arguments": {...}}</c>.</summary>
    /// <param name="key">The key of the arguments.</param>
    /// <exception cref="FormatException">The schema is impossible or not supported.</exception>
    internal GrammarNode Call(string key)
    {
        try
        {
            GrammarRule arguments = IsOpen ? new JsonTexts(Natural).AnyObject : SchemaGrammar.Compile(Parameters!.Value, Natural);
            return GrammarNode.Sequence(GrammarNode.Text($$"""{"name": {{JsonTexts.Quote(Name)}}, "{{key}}": """), new RuleOf(arguments), GrammarNode.Text("}"));
        }
        catch (FormatException e)
        {
            throw new FormatException($"the parameters of the tool {Name} cannot be demanded of a model: {e.Message}", e);
        }
    }
}
