namespace Heed.Tokenization.Templates;

/// <summary>Going through values, and putting them in order.</summary>
internal static class Sequences
{
    /// <summary>The items of a value, each charged when it comes: characters of a string, keys of a dict.</summary>
    /// <exception cref="TemplateError">The value cannot be iterated.</exception>
    public static IEnumerable<TemplateValue> Iterate(TemplateValue value, Budget budget) =>
        Charged(value is StringValue ? 4 : 1, value.Items ?? throw new TemplateError($"a value of type '{value.TypeName}' cannot be iterated"), budget);

    private static IEnumerable<TemplateValue> Charged(int price, IEnumerable<TemplateValue> items, Budget budget)
    {
        foreach (TemplateValue item in items)
        {
            budget.Step(price);
            yield return item;
        }
    }

    public static TemplateValue[] ToArray(TemplateValue value, Budget budget) => [.. Iterate(value, budget)];

    /// <summary>Sorts stably by merging; equal items keep their order in either direction.</summary>
    /// <exception cref="TemplateError">Two keys have no order.</exception>
    public static TemplateValue[] Sort(TemplateValue[] items, Func<TemplateValue, TemplateValue> key, bool reverse, Budget budget)
    {
        var keyed = Array.ConvertAll(items, item => (Key: key(item), Item: item));
        if (reverse) Array.Reverse(keyed);
        var merged = new (TemplateValue Key, TemplateValue Item)[keyed.Length];
        for (int width = 1; width < keyed.Length; width *= 2)
        {
            for (int start = 0; start < keyed.Length; start += 2 * width)
            {
                int middle = Math.Min(start + width, keyed.Length), end = Math.Min(start + 2 * width, keyed.Length);
                for (int to = start, left = start, right = middle; to < end; to++)
                {
                    bool takeRight = left == middle || (right < end && Comparison.Order("<", keyed[right].Key, keyed[left].Key, budget) is < 0);
                    merged[to] = takeRight ? keyed[right++] : keyed[left++];
                }
            }
            (keyed, merged) = (merged, keyed);
        }
        if (reverse) Array.Reverse(keyed);
        return Array.ConvertAll(keyed, k => k.Item);
    }
}
