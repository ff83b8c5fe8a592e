namespace Heed.Tokenization;

/// <summary>A growing list of byte strings kept in one array: what a pre-tokenizer makes and a model reads.</summary>
public sealed class PieceBuffer
{
    private byte[] bytes = new byte[256];
    private int[] ends = new int[64];
    private int used;

    /// <summary>Number of pieces.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of piece <paramref name="index"/>; valid until the next <see cref="Add"/> or <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            int start = index == 0 ? 0 : ends[index - 1];
            return bytes.AsSpan(start, ends[index] - start);
        }
    }

    /// <summary>Appends one piece.</summary>
    public void Add(ReadOnlySpan<byte> piece)
    {
        int end = checked(used + piece.Length);
        if (end > bytes.Length) Grow(ref bytes, end);
        piece.CopyTo(bytes.AsSpan(used));
        used = end;
        if (Count == ends.Length) Grow(ref ends, Count + 1);
        ends[Count++] = end;
    }

    /// <summary>Removes all pieces and keeps the memory.</summary>
    public void Clear() => (Count, used) = (0, 0);

    private static void Grow<T>(ref T[] array, int needed) =>
        Array.Resize(ref array, (int)Math.Min(Math.Max(needed, 2L * array.Length), Array.MaxLength));
}
