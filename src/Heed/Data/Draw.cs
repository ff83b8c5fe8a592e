using Heed.Tensors;

namespace Heed.Data;

/// <summary>Draws that the objectives share.</summary>
internal static class Draw
{
    /// <summary><paramref name="count"/> different numbers from 0 to <paramref name="bound"/> - 1, rising; each choice is as likely as any other (Floyd's algorithm; Bentley and Floyd 1987).</summary>
    public static int[] Of(int count, int bound, ref RandomSource random)
    {
        SortedSet<int> chosen = [];
        for (int i = bound - count; i < bound; i++)
        {
            int number = random.Next(i + 1);
            if (!chosen.Add(number)) chosen.Add(i);
        }
        return [.. chosen];
    }

    /// <summary>All of some items in a random order.</summary>
    public static void Shuffle<T>(Span<T> items, ref RandomSource random)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = random.Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>A number from the Poisson distribution (Knuth's product of uniform numbers, for small means).</summary>
    public static int Poisson(double mean, ref RandomSource random)
    {
        double limit = Math.Exp(-mean), product = 1;
        int count = -1;
        do
        {
            product *= random.NextDouble();
            count++;
        }
        while (product > limit);
        return count;
    }

    /// <summary>A number from the geometric distribution over 1, 2, 3, ... with this mean.</summary>
    public static int Geometric(double mean, ref RandomSource random) =>
        mean <= 1 ? 1 : 1 + (int)Math.Min(1 << 20, Math.Log(1 - random.NextDouble()) / Math.Log(1 - 1 / mean));
}
