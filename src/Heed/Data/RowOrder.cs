using Heed.Tensors;

namespace Heed.Data;

/// <summary>Orders in which rows are taken.</summary>
public static class RowOrder
{
    /// <summary>The numbers below a count in a drawn order (Fisher and Yates 1938).</summary>
    public static int[] Draw(int count, RandomSource random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = random.Next(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }
}
