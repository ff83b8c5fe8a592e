namespace Heed.Tests.Generation;

/// <summary>Whether counts are as probabilities say (Pearson 1900). The seeds of tests are fixed, so a verdict holds always.</summary>
internal static class ChiSquare
{
    /// <summary>Five deviations above the mean are refused, and whatever has probability 0.</summary>
    public static void Require(IReadOnlyList<int> counts, IReadOnlyList<double> expected)
    {
        int draws = counts.Sum(), freedom = -1;
        double statistic = 0;
        Assert.Equal(1, expected.Sum(), 1e-4);
        for (int i = 0; i < counts.Count; i++)
        {
            if (expected[i] == 0)
            {
                Assert.Equal(0, counts[i]);
                continue;
            }
            freedom++;
            statistic += Math.Pow(counts[i] - draws * expected[i], 2) / (draws * expected[i]);
        }
        Assert.True(statistic <= freedom + 5 * Math.Sqrt(2 * freedom) + 1e-9, $"chi-square {statistic} with {freedom} degrees of freedom: {string.Join(", ", counts)}");
    }
}
