namespace Heed.Metrics;

/// <summary>Longest common subsequences and substrings of tokens, by the usual table.</summary>
internal static class CommonSubsequence
{
    /// <summary>Tokens of the longest sequence that both have in this order, perhaps with others between.</summary>
    public static int Length(ReadOnlySpan<string> first, ReadOnlySpan<string> second)
    {
        int[] row = new int[second.Length + 1];
        foreach (string token in first)
            for (int j = 0, corner = 0; j < second.Length; j++)
            {
                int above = row[j + 1];
                row[j + 1] = token == second[j] ? corner + 1 : Math.Max(above, row[j]);
                corner = above;
            }
        return row[^1];
    }

    /// <summary>The places in <paramref name="first"/> of one such sequence, the last first. Of several it is the one that ROUGE-1.5.5 takes.</summary>
    public static List<int> Places(string[] first, string[] second)
    {
        int[,] table = new int[first.Length + 1, second.Length + 1];
        for (int r = 1; r <= first.Length; r++)
            for (int c = 1; c <= second.Length; c++)
                table[r, c] = first[r - 1] == second[c - 1] ? table[r - 1, c - 1] + 1 : Math.Max(table[r - 1, c], table[r, c - 1]);
        List<int> places = [];
        for (int r = first.Length, c = second.Length; r > 0 && c > 0;)
            if (first[r - 1] == second[c - 1])
            {
                places.Add(--r);
                c--;
            }
            else if (table[r, c - 1] > table[r - 1, c]) c--;
            else r--;
        return places;
    }

    /// <summary>Tokens of the longest run that both have.</summary>
    public static int LongestRun(ReadOnlySpan<string> first, ReadOnlySpan<string> second)
    {
        int[] row = new int[second.Length + 1];
        int longest = 0;
        foreach (string token in first)
            for (int j = second.Length; j > 0; j--)
            {
                row[j] = token == second[j - 1] ? row[j - 1] + 1 : 0;
                longest = Math.Max(longest, row[j]);
            }
        return longest;
    }
}
