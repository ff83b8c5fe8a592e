using System.Text.Json;

namespace Heed.Generation;

/// <summary>
/// Whether the alternatives of a <c>oneOf</c> plainly exclude each other: by type, by listed values, by a property whose listed values differ, or because each
/// demands a property that the other's objects do not get. Otherwise a value might fit two of them, which the keyword forbids.
/// </summary>
internal sealed class SchemaExclusion(JsonElement document, JsonSchemaOptions options)
{
    /// <exception cref="FormatException">Two alternatives may hold at once.</exception>
    public void Demand(SchemaPart owner, SchemaPart[] rest, SchemaPart[] ways)
    {
        SchemaPart[][] all = [.. ways.Select(way => new SchemaReferences(document).Flatten([.. rest, way]).ToArray())];
        for (int i = 0; i < all.Length; i++)
            for (int j = 0; j < i; j++)
                if (!Exclude(all[i], all[j])) throw owner.Error("oneOf", $"a value may fit the alternatives {j} and {i} at once, which cannot be ruled out while it is written; use anyOf");
    }

    private bool Exclude(SchemaPart[] a, SchemaPart[] b, bool deep = true)
    {
        if (IsFalse(a) || IsFalse(b)) return true;
        // What alternatives of alternatives allow is not looked into.
        if (a.Concat(b).Any(p => p.Find("anyOf") is not null || p.Find("oneOf") is not null)) return false;
        JsonTypes typesA = SchemaTypes.Allowed(a), typesB = SchemaTypes.Allowed(b);
        IReadOnlyList<JsonElement>? valuesA = SchemaTypes.Values(a), valuesB = SchemaTypes.Values(b);
        if (valuesA is not null) typesA &= Types(valuesA);
        if (valuesB is not null) typesB &= Types(valuesB);
        if ((typesA & typesB) == 0) return true;
        if (valuesA is not null && valuesB is not null) return !valuesA.Any(v => valuesB.Any(o => JsonElement.DeepEquals(v, o)));
        if (!deep || (typesA & typesB) != JsonTypes.Object) return false;
        ObjectShape shapeA = ObjectShape.Of(a, options), shapeB = ObjectShape.Of(b, options);
        return (Lacks(shapeA, shapeB) && Lacks(shapeB, shapeA))
            || shapeA.Required.Intersect(shapeB.Required).Any(name => Exclude(Property(a, name), Property(b, name), deep: false));
    }

    // Whether objects of the first kind lack something that the second demands.
    private static bool Lacks(ObjectShape objects, ObjectShape other) => objects.IsClosed && other.Required.Any(name => !objects.Names.Contains(name));

    private SchemaPart[] Property(SchemaPart[] parts, string name) =>
        [.. new SchemaReferences(document).Flatten(parts.Where(p => p.Find("properties") is { } properties && properties.TryGetProperty(name, out _)).Select(p => p.Within("properties/" + SchemaPart.Escape(name), p.Find("properties")!.Value.GetProperty(name))))];

    private static bool IsFalse(SchemaPart[] parts) => parts.Any(p => p.Element.ValueKind == JsonValueKind.False);

    private static JsonTypes Types(IReadOnlyList<JsonElement> values) => values.Aggregate(JsonTypes.None, (all, v) => all | SchemaTypes.Of(v));
}
