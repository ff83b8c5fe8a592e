namespace Heed.Generation;

/// <summary>
/// How many tokens to guess: more after guesses that were all right, fewer after ones that were mostly wrong. When even single guesses are wrong it
/// pauses, each time for longer, so that guessing in vain costs little.
/// </summary>
internal sealed class SpeculativeLength(int most)
{
    private const int LongestPause = 16;

    private int length = Math.Min(most, 4), pause, waiting;

    /// <summary>The number for the next pass; 0 = none.</summary>
    public int Next()
    {
        if (waiting == 0) return length;
        waiting--;
        return 0;
    }

    /// <summary>Learns how many of the guesses of a pass were right.</summary>
    public void Learn(int guesses, int accepted)
    {
        if (guesses == 0) return;
        if (accepted == guesses) length = Math.Min(most, Math.Max(length, guesses + 2));
        else if (2 * accepted < guesses) length = Math.Max(1, Math.Min(length, guesses) - 1);
        if (accepted > 0) pause = 0;
        else if (guesses == 1) waiting = pause = Math.Min(LongestPause, Math.Max(1, 2 * pause));
    }
}
