using System.Globalization;
using System.Text.Json;

namespace Heed.Generation;

/// <summary>Follows <c>$ref</c> and <c>allOf</c>: what remains are schemas without either, all of which must hold.</summary>
internal sealed class SchemaReferences(JsonElement document)
{
    private const int MaxSteps = 2000;

    /// <summary>The schemas that stand behind some.</summary>
    /// <exception cref="FormatException">A reference leads nowhere, out of the document, or back to itself.</exception>
    public IReadOnlyList<SchemaPart> Flatten(IEnumerable<SchemaPart> parts)
    {
        List<SchemaPart> flat = [];
        HashSet<string> seen = [];
        int steps = 0;
        foreach (SchemaPart part in parts) Add(part, []);
        return flat;

        void Add(SchemaPart part, HashSet<string> open)
        {
            if (++steps > MaxSteps) throw new FormatException($"{part.Path}: more than {MaxSteps} references and allOf must be followed for one value");
            if (!open.Add(part.Key)) throw new FormatException($"{part.Path}: the reference leads back to itself");
            part.Check();
            JsonElement? reference = part.Find("$ref"), all = part.Find("allOf");
            SchemaPart rest = part;
            if (reference is not null) rest = rest.Less("$ref");
            if (all is not null) rest = rest.Less("allOf");
            // Schemas that say nothing else are no part of it.
            if (rest.SaysSomething && seen.Add(rest.Key)) flat.Add(rest);
            if (reference is { } r) Add(Target(part, r), open);
            if (all is { } a)
                foreach (SchemaPart member in part.List("allOf", a)) Add(member, open);
            open.Remove(part.Key);
        }
    }

    private SchemaPart Target(SchemaPart part, JsonElement reference)
    {
        string text = reference.ValueKind == JsonValueKind.String ? reference.GetString()! : throw part.Error("$ref", "it must be a string");
        if (text.Length == 0 || text[0] != '#' || (text.Length > 1 && text[1] != '/')) throw part.Error("$ref", $"only references within the document (#/...) are supported, given '{text}'");
        JsonElement at = document;
        foreach (string piece in text.Split('/').Skip(1))
        {
            string name = Uri.UnescapeDataString(piece).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out JsonElement member)) at = member;
            else if (at.ValueKind == JsonValueKind.Array && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int i) && i < at.GetArrayLength()) at = at[i];
            else throw part.Error("$ref", $"'{text}' leads nowhere: there is no '{name}'");
        }
        return new SchemaPart(at, text);
    }
}
