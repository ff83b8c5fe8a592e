namespace Heed.Tokenization;

/// <summary>Goes through the matches of a <see cref="SplitPattern"/> in a text: <c>foreach (PatternMatch match in pattern.EnumerateMatches(utf8))</c>.</summary>
public ref struct PatternMatches : IDisposable
{
    // The forward matcher may take this many steps, and as many more for each byte of the text that is done with. Beyond, all the
    // rest of the text is swept once.
    private const int FreeSteps = 1 << 14, StepsOfByte = 64;

    private readonly SplitPattern pattern;
    private readonly ReadOnlySpan<byte> text;
    private PatternMatcher? matcher;
    private int[]? ends;          // of the sweep
    private int swept;            // where it begins
    private int from, paid, lastEnd = -1;

    internal PatternMatches(SplitPattern pattern, ReadOnlySpan<byte> text, int from)
    {
        this.pattern = pattern;
        this.text = text;
        this.from = paid = from;
        if (pattern.Scanner is not null) return;
        matcher = pattern.RentMatcher();
        matcher.Reset(FreeSteps);
    }

    /// <summary>The match that was found last.</summary>
    public PatternMatch Current { get; private set; }

    /// <summary>This.</summary>
    public readonly PatternMatches GetEnumerator() => this;

    /// <summary>Goes to the next match; false when there is none.</summary>
    public bool MoveNext()
    {
        if (pattern.Scanner is { } scanner)
        {
            if (from >= text.Length) return false;
            int end = scanner.NextEnd(text, from);
            Current = new(from, end);
            from = end;
            return true;
        }
        while (from <= text.Length && Search(out int start, out int end))
        {
            bool again = start == end && end == lastEnd;
            from = again ? Step(end) : end;
            if (again) continue;
            lastEnd = end;
            Current = new(start, end);
            return true;
        }
        from = text.Length + 1;
        return false;
    }

    private readonly int Step(int place)
    {
        int length = 1;
        if (place < text.Length) Utf8Text.CodePoint(text, place, out length);
        return place + length;
    }

    private bool Search(out int start, out int end)
    {
        PatternProgram program = pattern.Program;
        for (start = from; start <= text.Length; start = Step(start))
        {
            if (ends is not null)
            {
                end = ends[start - swept];
                if (end >= 0) return true;
                continue;
            }
            if (!program.MatchesEmpty && (start == text.Length || !program.FirstBytes[text[start]])) continue;
            if (start > paid)
            {
                matcher!.Allow((long)StepsOfByte * (start - paid));
                paid = start;
            }
            end = matcher!.Match(text, start);
            if (matcher.Exhausted)
            {
                ends = PatternSweep.Ends(program, text, start);
                swept = start;
                end = ends[0];
            }
            if (end >= 0) return true;
        }
        end = start;
        return false;
    }

    /// <summary>Gives back what the search used.</summary>
    public void Dispose()
    {
        if (matcher is not null) pattern.Return(matcher);
        matcher = null;
    }
}
