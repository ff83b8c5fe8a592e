namespace Heed.Generation;

/// <summary>Whether a state can read every text of a slice's characters, as long as its longest token.</summary>
internal static class SliceCover
{
    // States of UTF-8 (RFC 3629) between two bytes: a character may begin, or so many continuations follow, the first of them of a narrower range.
    private enum Within : byte { Begin, One, Two, Three, AfterE0, AfterED, AfterF0, AfterF4, None }

    private static readonly Within[][] After = [.. Enum.GetValues<Within>().Select(w => Enumerable.Range(0, 256).Select(b => Next(w, (byte)b)).ToArray())];

    /// <summary>Follows all such texts through the automaton, each state once.</summary>
    public static bool Covers(Automaton automaton, AutomatonState start, TokenSlice slice)
    {
        if (slice.Kind == SliceKind.Other) return false;
        HashSet<(Within, AutomatonState)> seen = [(Within.Begin, start)];
        List<(Within Within, AutomatonState State)> level = [.. seen], next = [];
        // A state that was met before has been met with more bytes left.
        for (int left = slice.Trie.Depth; left > 0 && level.Count > 0; left--)
        {
            foreach ((Within within, AutomatonState state) in level)
            {
                if (state.Items.Length == 0) return false; // only the end is left
                Within[] after = After[(int)within];
                for (int b = 0; b < 256; b++)
                {
                    if (after[b] == Within.None || !TokenSlice.Has(slice.Kind, (byte)b)) continue;
                    AutomatonState to = automaton.Step(state, (byte)b);
                    if (to.IsDead) return false;
                    if (seen.Add((after[b], to))) next.Add((after[b], to));
                }
            }
            (level, next) = (next, level);
            next.Clear();
        }
        return true;
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
