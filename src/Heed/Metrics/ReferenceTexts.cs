namespace Heed.Metrics;

/// <summary>What the figures of written texts have in common: for each text one reference or several.</summary>
internal static class ReferenceTexts
{
    /// <summary>Version that stands in signatures: figures of other programs are told apart by it.</summary>
    public static string Version { get; } = $"heed-{typeof(ReferenceTexts).Assembly.GetName().Version!.ToString(3)}";

    /// <summary>One reference for each text as a list of one.</summary>
    public static IReadOnlyList<string>[] OneEach(IReadOnlyList<string> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        return [.. references.Select(r => (IReadOnlyList<string>)[r])];
    }

    /// <summary>Demands texts, and one reference or more for each.</summary>
    /// <returns>References of each text; null where their number differs.</returns>
    /// <exception cref="ArgumentException">There are no texts, or not as many lists of references, or an empty one.</exception>
    public static int? Check(IReadOnlyList<string> texts, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(references);
        if (texts.Count == 0) throw new ArgumentException("there are no texts to judge");
        if (texts.Count != references.Count) throw new ArgumentException($"each text needs its references: given {texts.Count} texts and references of {references.Count}");
        for (int i = 0; i < references.Count; i++)
            if (references[i].Count == 0) throw new ArgumentException($"text {i} (counted from 0) has no reference");
        return references.All(r => r.Count == references[0].Count) ? references[0].Count : null;
    }
}
