using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>Objects: their properties in the schema's order, then others where they may be.</summary>
internal sealed partial class SchemaGrammar
{
    private GrammarNode ObjectOf(SchemaPart[] parts)
    {
        ObjectShape shape = ObjectShape.Of(parts, options);
        (string Name, GrammarNode Member, bool Required)[] members =
            [.. shape.Names.Select(name => (name, GrammarNode.Sequence(GrammarNode.Text(JsonTexts.Quote(name)), json.Colon, PropertyOf(parts, name)), shape.Required.Contains(name)))];
        GrammarNode? other = null;
        if (!shape.IsClosed)
        {
            GrammarNode value = ConjunctionOf([.. parts.SelectMany(AdditionalOf)]);
            other = GrammarNode.Sequence(members.Length == 0 ? json.String : JsonTexts.Quoted(Except([.. shape.Names.Select(n => GrammarNode.Runes(n).ToArray())], 0)), json.Colon, value);
        }
        string path = parts[0].Path;
        // From the last to the first, each twice: with a member before it, and as the first that is written. As rules, they share their ends.
        GrammarNode first = other is null ? GrammarNode.Empty : json.List(other);
        GrammarNode next = other is null ? GrammarNode.Empty : GrammarNode.Repeat(GrammarNode.Sequence(json.Comma, other), 0);
        for (int i = members.Length - 1; i >= 0; i--)
        {
            (_, GrammarNode member, bool required) = members[i];
            GrammarNode firstHere = GrammarNode.Sequence(member, next), nextHere = GrammarNode.Sequence(json.Comma, member, next);
            first = new RuleOf(new GrammarRule(path) { Body = required ? firstHere : GrammarNode.Choice(firstHere, first) });
            next = new RuleOf(new GrammarRule(path) { Body = required ? nextHere : GrammarNode.Choice(nextHere, next) });
        }
        return json.Object(first);
    }

    private GrammarNode PropertyOf(SchemaPart[] parts, string name)
    {
        List<SchemaPart> own = [];
        foreach (SchemaPart part in parts)
            if (part.Find("properties") is { } properties && properties.TryGetProperty(name, out JsonElement schema)) own.Add(part.Within("properties/" + SchemaPart.Escape(name), schema));
            else own.AddRange(AdditionalOf(part));
        return ConjunctionOf([.. own]);
    }

    private static IEnumerable<SchemaPart> AdditionalOf(SchemaPart part) => part.Find("additionalProperties") is { } schema ? [part.Within("additionalProperties", schema)] : [];

    private GrammarNode ConjunctionOf(SchemaPart[] parts) => parts.Length == 0 ? json.Value : Node(parts);

    // The characters of a string that is none of the names.
    private static GrammarNode Except(int[][] names, int at)
    {
        List<GrammarNode> ways = [];
        if (!names.Any(n => n.Length == at)) ways.Add(GrammarNode.Empty);
        IGrouping<int, int[]>[] going = [.. names.Where(n => n.Length > at).GroupBy(n => n[at])];
        foreach (IGrouping<int, int[]> group in going)
            ways.Add(GrammarNode.Sequence(JsonTexts.Spelled(CodePointSet.Range(group.Key, group.Key)), Except([.. group], at + 1)));
        CodePointSet others = CodePointSet.Of(going.Select(g => (g.Key, g.Key))).Complement();
        ways.Add(GrammarNode.Sequence(JsonTexts.Spelled(others), GrammarNode.Repeat(JsonTexts.Spelled(CodePointSet.All), 0)));
        return GrammarNode.Choice([.. ways]);
    }
}

/// <summary>Which properties objects of a conjunction have.</summary>
/// <param name="Names">Those with a name, in the schema's order.</param>
/// <param name="Required">Those that must be there.</param>
/// <param name="IsClosed">Whether no others are written.</param>
internal sealed record ObjectShape(IReadOnlyList<string> Names, IReadOnlySet<string> Required, bool IsClosed)
{
    /// <exception cref="FormatException">A keyword has a value of the wrong kind.</exception>
    public static ObjectShape Of(IReadOnlyList<SchemaPart> parts, JsonSchemaOptions options)
    {
        List<string> names = [];
        HashSet<string> required = [];
        bool named = false, open = true;
        foreach (SchemaPart part in parts)
        {
            if (part.Find("properties") is { } properties)
            {
                if (properties.ValueKind != JsonValueKind.Object) throw part.Error("properties", "it must be an object");
                named = true;
                names.AddRange(properties.EnumerateObject().Select(p => p.Name));
            }
            if (part.Find("required") is not { } list) continue;
            if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(n => n.ValueKind != JsonValueKind.String)) throw part.Error("required", "it must be a list of names");
            required.UnionWith(list.EnumerateArray().Select(n => n.GetString()!));
        }
        names.AddRange(required.Where(r => !names.Contains(r)));
        JsonElement[] additional = [.. parts.Select(p => p.Find("additionalProperties")).OfType<JsonElement>()];
        if (additional.Any(a => a.ValueKind == JsonValueKind.False)) open = false;
        else if (additional.Length == 0 && named && !options.OpenObjects) open = false;
        return new ObjectShape([.. names.Distinct()], required, !open);
    }
}
