namespace Heed.Tokenization;

/// <summary>A text and the pieces that it is cut into: what pre-tokenizers refine and a model reads.</summary>
/// <remarks>
/// A pre-tokenizer that only cuts calls <see cref="BeginCut"/>, then <see cref="Cut"/> for each new piece, then <see cref="EndCut"/>.
/// One that also rewrites brackets this with <see cref="AlignedText.Begin"/> and <see cref="AlignedText.Commit"/>.
/// </remarks>
public sealed class PieceBuffer
{
    private (int Start, int End)[] pieces = new (int, int)[64], next = new (int, int)[64];
    private int nextCount;

    /// <summary>The text.</summary>
    public AlignedText Text { get; } = new();

    /// <summary>Number of pieces.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of piece <paramref name="index"/>; valid until the text changes.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            (int start, int end) = RangeOf(index);
            return Text.Bytes[start..end];
        }
    }

    /// <summary>Where piece <paramref name="index"/> stands in the text, in bytes.</summary>
    public (int Start, int End) RangeOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return pieces[index];
    }

    /// <summary>Takes a text, which is one piece.</summary>
    public void Set(ReadOnlySpan<byte> utf8)
    {
        Text.Set(utf8);
        Whole();
    }

    /// <summary>Removes all pieces and keeps the memory.</summary>
    public void Clear() => Count = 0;

    /// <summary>Makes one piece of the whole text.</summary>
    public void Whole()
    {
        Count = 0;
        if (Text.Length > 0) pieces[Count++] = (0, Text.Length);
    }

    /// <summary>Begins a list of new pieces.</summary>
    public void BeginCut() => nextCount = 0;

    /// <summary>Appends a new piece, after all earlier ones; an empty one is left out.</summary>
    public void Cut(int start, int end)
    {
        if (start >= end) return;
        if (nextCount == next.Length) Array.Resize(ref next, checked(2 * nextCount));
        next[nextCount++] = (start, end);
    }

    /// <summary>Moves the end of the newest piece.</summary>
    internal void Extend(int end) => next[nextCount - 1].End = end;

    /// <summary>Replaces the pieces with the new ones.</summary>
    public void EndCut()
    {
        (pieces, next) = (next, pieces);
        Count = nextCount;
    }
}
