namespace Heed.Metrics;

/// <summary>How often runs of n tokens, or of n characters, stand in a text.</summary>
internal static class NGrams
{
    /// <summary>Counts of runs of <paramref name="order"/> tokens; a key is the tokens with a space between.</summary>
    public static Dictionary<string, int> OfTokens(string[] tokens, int order)
    {
        Dictionary<string, int> counts = [];
        for (int i = 0; i + order <= tokens.Length; i++) Add(counts, string.Join(' ', tokens, i, order));
        return counts;
    }

    /// <summary>Counts of runs of <paramref name="order"/> characters (code points).</summary>
    public static Dictionary<string, int> OfCharacters(string text, int order)
    {
        Dictionary<string, int> counts = [];
        int begin = 0, end = 0, held = 0;
        while (end < text.Length)
        {
            end += MetricText.LengthAt(text, end);
            if (++held < order) continue;
            Add(counts, text[begin..end]);
            begin += MetricText.LengthAt(text, begin);
        }
        return counts;
    }

    /// <summary>How many of one text's runs the other has too, each counted as often as in the one that has it less.</summary>
    public static long Shared(Dictionary<string, int> some, Dictionary<string, int> others)
    {
        long shared = 0;
        foreach ((string gram, int count) in some)
            if (others.TryGetValue(gram, out int other)) shared += Math.Min(count, other);
        return shared;
    }

    /// <summary>How many runs there are.</summary>
    public static long Total(Dictionary<string, int> counts) => counts.Values.Sum(c => (long)c);

    private static void Add(Dictionary<string, int> counts, string gram) => System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, gram, out _)++;
}
