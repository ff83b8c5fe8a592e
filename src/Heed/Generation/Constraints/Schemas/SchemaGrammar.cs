using System.Text.Json;

namespace Heed.Generation;

/// <summary>
/// Turns a JSON Schema into rules. What a value must fit is a conjunction of schemas: references and <c>allOf</c> add to it, <c>anyOf</c> and <c>oneOf</c>
/// make several of it. Each conjunction is one rule, so that recursion in the schema is recursion in the grammar.
/// </summary>
internal sealed partial class SchemaGrammar
{
    private const int MaxRules = 20_000, MaxParts = 200;

    private readonly JsonElement document;
    private readonly JsonSchemaOptions options;
    private readonly JsonTexts json;
    private readonly Dictionary<string, GrammarRule> rules = [];
    private readonly Queue<(GrammarRule Rule, SchemaPart[] Parts)> waiting = [];

    private SchemaGrammar(JsonElement document, JsonSchemaOptions options) => (this.document, this.options, json) = (document, options, new JsonTexts(options));

    /// <summary>The rule of a schema's values.</summary>
    /// <exception cref="FormatException">The schema is impossible or not supported; the message names the place.</exception>
    public static GrammarRule Compile(JsonElement schema, JsonSchemaOptions options)
    {
        SchemaGrammar grammar = new(schema, options);
        GrammarRule root = grammar.RuleFor([new SchemaPart(schema, "#")]);
        while (grammar.waiting.TryDequeue(out (GrammarRule Rule, SchemaPart[] Parts) next)) next.Rule.Body = grammar.ValueOf(next.Parts);
        return root;
    }

    private GrammarNode Node(params SchemaPart[] parts) => new RuleOf(RuleFor(parts));

    private GrammarRule RuleFor(SchemaPart[] parts)
    {
        SchemaPart[] flat = [.. new SchemaReferences(document).Flatten(parts)];
        string key = string.Join('&', flat.Select(p => p.Key));
        if (rules.TryGetValue(key, out GrammarRule? known)) return known;
        if (rules.Count >= MaxRules) throw new FormatException($"{parts[0].Path}: the schema unfolds to more than {MaxRules} rules");
        if (flat.Length > MaxParts) throw new FormatException($"{parts[0].Path}: more than {MaxParts} schemas must hold at once");
        GrammarRule rule = rules[key] = new GrammarRule(flat.Length > 0 ? flat[0].Path : parts[0].Path);
        waiting.Enqueue((rule, flat));
        return rule;
    }

    private GrammarNode ValueOf(SchemaPart[] parts)
    {
        if (parts.Any(p => p.Element.ValueKind == JsonValueKind.False)) return GrammarNode.Never;
        for (int i = 0; i < parts.Length; i++)
            foreach (string keyword in (string[])["anyOf", "oneOf"])
            {
                if (parts[i].Find(keyword) is not { } list) continue;
                SchemaPart[] rest = [.. parts];
                rest[i] = parts[i].Less(keyword);
                SchemaPart[] ways = [.. parts[i].List(keyword, list)];
                if (keyword == "oneOf") new SchemaExclusion(document, options).Demand(parts[i], rest, ways);
                return GrammarNode.Choice([.. ways.Select(way => Node([.. rest, way]))]);
            }
        JsonTypes types = SchemaTypes.Allowed(parts);
        if (SchemaTypes.Values(parts) is { } values) return Listed(parts, types, values);
        if (types == JsonTypes.Any) return json.Value;
        if (types == JsonTypes.None) throw new FormatException($"{parts[0].Path}: no type fits all that the schema says");
        return GrammarNode.Choice([.. Ways(parts, types)]);
    }

    private IEnumerable<GrammarNode> Ways(SchemaPart[] parts, JsonTypes types)
    {
        if (types.HasFlag(JsonTypes.Null)) yield return GrammarNode.Text("null");
        if (types.HasFlag(JsonTypes.Boolean)) yield return JsonTexts.Boolean;
        if ((types & JsonTypes.Number) != 0) yield return NumberOf(parts, integers: !types.HasFlag(JsonTypes.Fraction));
        if (types.HasFlag(JsonTypes.String)) yield return StringOf(parts);
        if (types.HasFlag(JsonTypes.Array)) yield return ArrayOf(parts);
        if (types.HasFlag(JsonTypes.Object)) yield return ObjectOf(parts);
    }

    private static GrammarNode Listed(SchemaPart[] parts, JsonTypes types, IReadOnlyList<JsonElement> values)
    {
        foreach (SchemaPart part in parts)
            if (part.Keywords.FirstOrDefault(k => k is not ("enum" or "const" or "type")) is { } keyword) throw part.Error(keyword, "beside enum or const only type is supported");
        JsonElement[] fitting = [.. values.Where(v => (SchemaTypes.Of(v) & types) != 0)];
        if (fitting.Length == 0) throw new FormatException($"{parts[0].Path}: none of the values that enum or const lists fits");
        return GrammarNode.Choice([.. fitting.Select(JsonTexts.Literal)]);
    }

    private static GrammarNode NumberOf(SchemaPart[] parts, bool integers)
    {
        NumberRange.Bound? low = null, high = null;
        foreach (SchemaPart part in parts)
        {
            if (part.Number("minimum") is { } least) Raise(new(least, true));
            if (part.Number("exclusiveMinimum") is { } above) Raise(new(above, false));
            if (part.Number("maximum") is { } most) Lower(new(most, true));
            if (part.Number("exclusiveMaximum") is { } below) Lower(new(below, false));
        }
        if (low is null && high is null) return integers ? JsonTexts.Integer : JsonTexts.Number;
        GrammarNode range = NumberRange.Of(low, high, integers);
        if (range is ChoiceOf { Items.Length: 0 }) throw new FormatException($"{parts[0].Path}: there is no {(integers ? "whole " : "")}number from {low?.Value} to {high?.Value}{(low is { Included: false } || high is { Included: false } ? " (bounds excluded)" : "")}");
        return range;

        void Raise(NumberRange.Bound b)
        {
            if (low is not { } l || b.Value > l.Value || (b.Value == l.Value && !b.Included)) low = b;
        }

        void Lower(NumberRange.Bound b)
        {
            if (high is not { } h || b.Value < h.Value || (b.Value == h.Value && !b.Included)) high = b;
        }
    }

    private GrammarNode StringOf(SchemaPart[] parts)
    {
        int least = parts.Max(p => p.Count("minLength") ?? 0), most = parts.Min(p => p.Count("maxLength") ?? int.MaxValue);
        (SchemaPart Part, string Keyword, string Text)[] kinds =
            [.. parts.SelectMany(p => new[] { "pattern", "format" }.Select(k => (Part: p, Keyword: k, Text: p.Text(k)))).Where(k => k.Text is not null).Select(k => (k.Part, k.Keyword, k.Text!)).DistinctBy(k => (k.Keyword, k.Item3))];
        if (least > most) throw new FormatException($"{parts[0].Path}: minLength {least} is more than maxLength {most}");
        bool bounded = least > 0 || most < int.MaxValue;
        if (kinds.Length > 1 || (kinds.Length == 1 && bounded)) throw kinds[0].Part.Error(kinds[0].Keyword, "only one of pattern, format, and bounds of length is supported for a string");
        if (kinds.Length == 0) return bounded ? JsonTexts.Quoted(GrammarNode.Repeat(JsonTexts.AnyCharacter, least, most == int.MaxValue ? null : most)) : json.String;
        (SchemaPart part, string keyword, string text) = kinds[0];
        try
        {
            GrammarNode characters = keyword == "format"
                ? StringFormats.Find(text) ?? throw new FormatException($"the format '{text}' is not known; known are {string.Join(", ", StringFormats.Names)}")
                : RegexGrammar.ParseSearch(text, GrammarNode.Repeat(GrammarNode.Characters(Tokenization.CodePointSet.All), 0));
            return JsonTexts.Quoted(JsonTexts.Spelled(characters));
        }
        catch (FormatException e)
        {
            throw part.Error(keyword, e.Message);
        }
    }

    private GrammarNode ArrayOf(SchemaPart[] parts)
    {
        int least = parts.Max(p => p.Count("minItems") ?? 0), most = parts.Min(p => p.Count("maxItems") ?? int.MaxValue);
        int tuple = parts.Max(p => p.Find("prefixItems") is { } list ? p.List("prefixItems", list).Count() : 0);
        bool bounded = parts.Any(p => p.Find("minItems") is not null);
        if (least > most) throw new FormatException($"{parts[0].Path}: minItems {least} is more than maxItems {most}");
        foreach (SchemaPart part in parts)
        {
            int own = part.Find("prefixItems") is { } list ? list.GetArrayLength() : -1;
            // A tuple ends with what it names, unless items speaks of more.
            if (part.Find("items") is { ValueKind: JsonValueKind.False } || (own >= 0 && part.Find("items") is null)) most = Math.Min(most, Math.Max(0, own));
        }
        if (least > most) throw new FormatException($"{parts[0].Path}: minItems {least} is more than the {most} items that there may be");
        if (tuple > 0 && !bounded) least = Math.Min(tuple, most);
        return json.Array(From(0));

        GrammarNode From(int at)
        {
            if (at == most) return GrammarNode.Empty;
            GrammarNode item = at == 0 ? ItemAt(at) : GrammarNode.Sequence(json.Comma, ItemAt(at));
            if (at > 0 && at >= tuple) return GrammarNode.Repeat(item, Math.Max(0, least - at), most == int.MaxValue ? null : most - at);
            GrammarNode rest = GrammarNode.Sequence(item, From(at + 1));
            return at < least ? rest : GrammarNode.Optional(rest);
        }

        GrammarNode ItemAt(int at)
        {
            List<SchemaPart> own = [];
            foreach (SchemaPart part in parts)
            {
                SchemaPart[] prefix = part.Find("prefixItems") is { } list ? [.. part.List("prefixItems", list)] : [];
                if (at < prefix.Length) own.Add(prefix[at]);
                else if (part.Find("items") is { } items) own.Add(part.Within("items", items));
            }
            return own.Count == 0 ? json.Value : Node([.. own]);
        }
    }
}
