namespace Heed.Tokenization;

/// <summary>What becomes of the delimiters that a text is cut at; the examples cut "the-final--countdown" at "-".</summary>
public enum SplitBehavior
{
    /// <summary>They are left out: the, final, countdown.</summary>
    Removed,

    /// <summary>Each is a piece: the, -, final, -, -, countdown.</summary>
    Isolated,

    /// <summary>Each goes to the piece before it: the-, final-, -, countdown.</summary>
    MergedWithPrevious,

    /// <summary>Each goes to the piece after it: the, -final, -, -countdown.</summary>
    MergedWithNext,

    /// <summary>Neighbours are one piece: the, -, final, --, countdown.</summary>
    Contiguous,
}

/// <summary>Makes the pieces of one text, whose parts come one after another: delimiters and what lies between them.</summary>
internal struct DelimiterCutter(PieceBuffer pieces, SplitBehavior behavior, bool invert)
{
    private int done;                 // the text up to here has been dealt with
    private bool any, afterDelimiter;

    /// <summary>Begins with the piece that starts here.</summary>
    public void Begin(int start) => (done, any, afterDelimiter) = (start, false, false);

    /// <summary>The next delimiter.</summary>
    public void Delimiter(int start, int end)
    {
        if (start > done) Part(done, start, invert);
        if (end > start) Part(start, end, !invert);
        done = end;
    }

    /// <summary>Ends the piece.</summary>
    public void End(int end)
    {
        if (end > done) Part(done, end, invert);
    }

    private void Part(int start, int end, bool delimiter)
    {
        bool joins = behavior switch
        {
            SplitBehavior.MergedWithPrevious => delimiter && !afterDelimiter,
            SplitBehavior.MergedWithNext => !delimiter && afterDelimiter,
            SplitBehavior.Contiguous => delimiter == afterDelimiter,
            _ => false,
        };
        if (joins && any) pieces.Extend(end);
        else if (behavior != SplitBehavior.Removed || !delimiter)
        {
            pieces.Cut(start, end);
            any = true;
        }
        afterDelimiter = delimiter;
    }
}
