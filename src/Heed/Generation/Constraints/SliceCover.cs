namespace Heed.Generation;

/// <summary>How long every text of a slice's characters can be read from a state, whatever the characters are.</summary>
internal sealed class SliceCover
{
    // States of UTF-8 (RFC 3629) between two bytes: a character may begin, or so many continuations follow, the first of them of a narrower range.
    private enum Within : byte { Begin, One, Two, Three, AfterE0, AfterED, AfterF0, AfterF4, None }

    private readonly Automaton automaton;

    // By kind of character and place within one: a byte of each way on. Bytes of one class that leave the same place behind are one way.
    private readonly (byte Value, Within After)[][][] ways;

    public SliceCover(Automaton automaton)
    {
        this.automaton = automaton;
        ways = [.. Enum.GetValues<SliceKind>().Select(kind => Enum.GetValues<Within>().Select(within => Ways(kind, within)).ToArray())];
    }

    /// <summary>The most bytes, up to a limit, of which every text of a kind's characters (also one that ends within a character) can be read.</summary>
    public int Length(AutomatonState start, SliceKind kind, int limit)
    {
        HashSet<(Within, AutomatonState)> seen = [(Within.Begin, start)];
        List<(Within Within, AutomatonState State)> level = [.. seen], next = [];
        // All texts at once, each pair of states one time: a pair that was met before has been met with more bytes left.
        for (int length = 0; length < limit; length++)
        {
            if (level.Count == 0) return limit;
            foreach ((Within within, AutomatonState state) in level)
                foreach ((byte value, Within after) in ways[(int)kind][(int)within])
                {
                    AutomatonState to = automaton.Step(state, value);
                    if (to.IsDead) return length;
                    if (seen.Add((after, to))) next.Add((after, to));
                }
            (level, next) = (next, level);
            next.Clear();
        }
        return limit;
    }

    private (byte, Within)[] Ways(SliceKind kind, Within within)
    {
        HashSet<(byte Class, Within After)> seen = [];
        List<(byte, Within)> found = [];
        for (int b = 0; b < 256; b++)
            if (TokenSlice.Has(kind, (byte)b) && Next(within, (byte)b) is var after and not Within.None && seen.Add((automaton.ClassOf[b], after))) found.Add(((byte)b, after));
        return [.. found];
    }

    private static Within Next(Within within, byte b) => within switch
    {
        Within.Begin => b switch
        {
            < 0x80 => Within.Begin,
            < 0xC2 => Within.None,
            < 0xE0 => Within.One,
            0xE0 => Within.AfterE0,
            0xED => Within.AfterED,
            < 0xF0 => Within.Two,
            0xF0 => Within.AfterF0,
            0xF4 => Within.AfterF4,
            < 0xF4 => Within.Three,
            _ => Within.None,
        },
        Within.One => b is >= 0x80 and < 0xC0 ? Within.Begin : Within.None,
        Within.Two => b is >= 0x80 and < 0xC0 ? Within.One : Within.None,
        Within.Three => b is >= 0x80 and < 0xC0 ? Within.Two : Within.None,
        Within.AfterE0 => b is >= 0xA0 and < 0xC0 ? Within.One : Within.None,
        Within.AfterED => b is >= 0x80 and < 0xA0 ? Within.One : Within.None,
        Within.AfterF0 => b is >= 0x90 and < 0xC0 ? Within.Two : Within.None,
        Within.AfterF4 => b is >= 0x80 and < 0x90 ? Within.Two : Within.None,
        _ => Within.None,
    };
}
