using System.Text.Json;

namespace Heed.Generation;

/// <summary>
/// A set of texts: choices, a regular expression, a GBNF grammar or the values of a JSON Schema. It knows no tokenizer;
/// <see cref="TokenConstraint"/> holds a model to it.
/// </summary>
public sealed class Grammar
{
    /// <summary>Longest source that is read, in UTF-16 units.</summary>
    internal const int MaxLength = 1 << 20;

    internal Grammar(GrammarNode body, string name = "root") => Root = new GrammarRule(name) { Body = body };

    internal Grammar(GrammarRule root) => Root = root;

    internal GrammarRule Root { get; }

    /// <summary>One of several texts.</summary>
    /// <exception cref="FormatException">There is none, or one is empty.</exception>
    public static Grammar Choices(IEnumerable<string> texts)
    {
        string[] all = [.. texts];
        if (all.Length == 0) throw new FormatException("there are no choices: give at least one text");
        if (all.Any(string.IsNullOrEmpty)) throw new FormatException("a choice must not be empty");
        return new Grammar(GrammarNode.OneOf(all), "choices");
    }

    /// <summary>The texts that a regular expression matches as a whole; ^ and $ at its ends change nothing.</summary>
    /// <param name="pattern">
    /// Characters, <c>.</c>, classes, <c>\d \w \s</c> (of ASCII digits and letters as in ECMA-262), <c>\p{...}</c>, groups, <c>|</c>, quantifiers, <c>(?i)</c>.
    /// Look-around, word boundaries and references to groups are refused: what they mean is no set that grows byte by byte.
    /// </param>
    /// <exception cref="FormatException">The expression is wrong or not supported; the message says where.</exception>
    public static Grammar Regex(string pattern) => new(RegexGrammar.Parse(pattern), "regex");

    /// <summary>A grammar in the GBNF notation of llama.cpp; its texts are those of the rule <c>root</c>.</summary>
    /// <exception cref="FormatException">The grammar is wrong; the message names line and column, or the rule.</exception>
    public static Grammar Gbnf(string grammar) => new(new GbnfGrammar(grammar).Parse());

    /// <summary>The JSON texts that a JSON Schema (draft 2020-12) describes: see <see cref="JsonSchemaOptions"/> for what is left out.</summary>
    /// <exception cref="FormatException">The schema is no JSON, impossible, or uses what is not supported; the message names the keyword and its path.</exception>
    public static Grammar JsonSchema(string schema, JsonSchemaOptions? options = null)
    {
        if (schema.Length > MaxLength) throw new FormatException($"the schema has {schema.Length} characters; at most {MaxLength} are read");
        try
        {
            using JsonDocument document = JsonDocument.Parse(schema, new JsonDocumentOptions { MaxDepth = 128 });
            return JsonSchema(document.RootElement, options);
        }
        catch (JsonException e)
        {
            throw new FormatException($"the schema is no JSON: {e.Message}", e);
        }
    }

    /// <inheritdoc cref="JsonSchema(string, JsonSchemaOptions?)"/>
    public static Grammar JsonSchema(JsonElement schema, JsonSchemaOptions? options = null) => new(SchemaGrammar.Compile(schema, options ?? new JsonSchemaOptions()));

    /// <summary>Any JSON object ("json_object" of servers).</summary>
    public static Grammar JsonObject(JsonSchemaOptions? options = null) => new(new RuleOf(new JsonTexts(options ?? new JsonSchemaOptions()).AnyObject), "json object");

    /// <summary>The texts of any of several grammars.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static Grammar AnyOf(params IEnumerable<Grammar> grammars)
    {
        GrammarNode[] all = [.. grammars.Select(g => new RuleOf(g.Root))];
        return all.Length > 0 ? new Grammar(GrammarNode.Choice(all)) : throw new FormatException("there are no grammars to choose from: give at least one");
    }

    /// <summary>This grammar's texts behind a fixed one.</summary>
    internal Grammar Behind(string text) => text.Length == 0 ? this : new(GrammarNode.Sequence(GrammarNode.Text(text), new RuleOf(Root)), Root.Name);
}
