namespace Heed.Training;

/// <summary>One key of a recipe with the values that it shall have in turn, such as <c>algorithm.optimizer.learning_rate=1e-4,3e-4</c>.</summary>
/// <param name="Key">The key.</param>
/// <param name="Values">The values, as <c>--set</c> takes them.</param>
public sealed record Sweep(string Key, IReadOnlyList<string> Values)
{
    /// <summary>Reads KEY=VALUE,VALUE,...; commas within quotes and brackets do not part.</summary>
    /// <exception cref="RecipeException">There is no key, or no value between two commas.</exception>
    public static Sweep Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string[] values = equals > 0 ? [.. Split(text[(equals + 1)..]).Select(v => v.Trim())] : [];
        if (values.Length == 0 || values.Any(v => v.Length == 0)) throw new RecipeException($"sweep '{RecipeNode.Shorten(text)}': expected KEY=VALUE,VALUE,..., such as algorithm.optimizer.learning_rate=1e-4,3e-4.");
        if (values.Distinct().Count() < values.Length) throw new RecipeException($"sweep '{RecipeNode.Shorten(text)}': a value stands there twice.");
        return new Sweep(text[..equals].Trim(), values);
    }

    private static IEnumerable<string> Split(string text)
    {
        int from = 0, depth = 0;
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted && c == '\\') i++;
            else if (c == '"') quoted = !quoted;
            else if (!quoted && c is '[' or '{') depth++;
            else if (!quoted && c is ']' or '}') depth--;
            else if (!quoted && depth == 0 && c == ',')
            {
                yield return text[from..i];
                from = i + 1;
            }
        }
        yield return text[from..];
    }
}
