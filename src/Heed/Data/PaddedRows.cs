using Heed.Tensors;

namespace Heed.Data;

/// <summary>Rows of ids of different lengths as one tensor, and the checks that all padded batches share.</summary>
internal static class PaddedRows
{
    /// <summary>The chosen rows side by side, padded on the right to the longest: (rows, longest).</summary>
    public static Tensor Ids(int[][] rows, ReadOnlySpan<int> chosen, int padding)
    {
        Tensor tensor = Filled(rows, chosen, padding);
        for (int r = 0; r < chosen.Length; r++) rows[chosen[r]].CopyTo(tensor.Ints[(r * tensor.Columns)..]);
        return tensor;
    }

    /// <summary>1 where a chosen row has a token, 0 where it is padded: (rows, longest).</summary>
    public static Tensor Mask(int[][] rows, ReadOnlySpan<int> chosen)
    {
        Tensor tensor = Filled(rows, chosen, 0);
        for (int r = 0; r < chosen.Length; r++) tensor.Ints.Slice(r * tensor.Columns, rows[chosen[r]].Length).Fill(1);
        return tensor;
    }

    /// <summary>A tensor as wide as the longest chosen row, full of one value.</summary>
    public static Tensor Filled(int[][] rows, ReadOnlySpan<int> chosen, int value)
    {
        int longest = 0;
        foreach (int row in chosen) longest = Math.Max(longest, rows[row].Length);
        Tensor tensor = Tensor.Empty(new Shape(chosen.Length, longest), DType.I32);
        tensor.Ints.Fill(value);
        return tensor;
    }

    /// <summary>Refuses what no batch can be made of, and gives the lengths of the rest.</summary>
    /// <exception cref="InvalidDataException">There are no sequences, or one is empty or has a negative id.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A batch of no sequences, or a negative id for padding.</exception>
    public static int[] Check(IReadOnlyList<int[]> sequences, int batch, int padding, string what)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        if (sequences.Count == 0) throw new InvalidDataException($"the {what} have no sequence; at least one is needed");
        int[] lengths = new int[sequences.Count];
        for (int i = 0; i < lengths.Length; i++)
        {
            int[] sequence = sequences[i];
            lengths[i] = sequence.Length;
            if (sequence.Length == 0) throw new InvalidDataException($"sequence {i} of the {what} is empty; at least one token is needed");
            foreach (int id in sequence)
                if (id < 0) throw new InvalidDataException($"sequence {i} of the {what} has the id {id}; ids start at 0");
        }
        return lengths;
    }

    /// <summary>The numbers first .. first + count - 1, checked against the sequences there are.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not among the sequences.</exception>
    public static int[] Range(int first, int count, int sequences)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, sequences - first);
        return [.. Enumerable.Range(first, count)];
    }
}
