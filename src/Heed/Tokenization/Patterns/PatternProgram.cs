namespace Heed.Tokenization;

/// <summary>What an instruction of a compiled pattern does.</summary>
internal enum PatternOp : byte
{
    /// <summary>The pattern, or the inner pattern of a look-ahead or atomic group, has matched.</summary>
    Accept,

    /// <summary>Takes one character of the set Argument and goes to Next.</summary>
    Set,

    /// <summary>Takes all characters of the set Argument, or fewer if what follows needs them, and goes to Next.</summary>
    Run,

    /// <summary>Takes all characters of the set Argument and goes to Next.</summary>
    PossessiveRun,

    /// <summary>Goes to Next or, if that fails, to Other.</summary>
    Split,

    /// <summary>Goes to Next if the inner pattern that begins at Argument matches here.</summary>
    Ahead,

    /// <summary>Goes to Next if the inner pattern that begins at Argument does not match here.</summary>
    NotAhead,

    /// <summary>Matches the inner pattern that begins at Argument and goes to Next if that took nothing, else to Other.</summary>
    Atomic,

    /// <summary>Goes to Next if one of the rows of look-behind Argument ends here.</summary>
    Behind,

    /// <summary>Goes to Next if none of the rows of look-behind Argument ends here.</summary>
    NotBehind,

    /// <summary>Goes to Next if the <see cref="Anchor"/> Argument holds here.</summary>
    Anchor,
}

/// <summary>One instruction; Next and Other are numbers of instructions.</summary>
internal readonly record struct PatternInstruction(PatternOp Op, int Argument, int Next, int Other);

/// <summary>
/// A compiled pattern: a graph of instructions in which every cycle takes at least one character.
/// Whether and where it matches from an instruction and a place on depends on nothing but the two.
/// </summary>
internal sealed class PatternProgram
{
    public required PatternInstruction[] Instructions { get; init; }

    public required int Entry { get; init; }

    public required CharacterSets Sets { get; init; }

    /// <summary>Rows of sets, for each look-behind.</summary>
    public required int[][][] Behinds { get; init; }

    /// <summary>The set of word characters, for \b.</summary>
    public required int Word { get; init; }

    /// <summary>The instructions that can be reached, each after those which it may go to without taking a character.</summary>
    public required int[] Order { get; init; }

    /// <summary>For each first byte of a character: whether a match can begin with it.</summary>
    public required bool[] FirstBytes { get; init; }

    /// <summary>True when a match may take nothing.</summary>
    public required bool MatchesEmpty { get; init; }

    /// <summary>Whether the condition of an instruction that looks neither ahead nor takes anything holds at a place.</summary>
    public bool Holds(in PatternInstruction instruction, ReadOnlySpan<byte> text, int place) => instruction.Op switch
    {
        PatternOp.Behind => EndsRow(Behinds[instruction.Argument], text, place),
        PatternOp.NotBehind => !EndsRow(Behinds[instruction.Argument], text, place),
        _ => Holds((Anchor)instruction.Argument, text, place),
    };

    private bool Holds(Anchor anchor, ReadOnlySpan<byte> text, int place) => anchor switch
    {
        Anchor.TextStart => place == 0,
        Anchor.TextEnd => place == text.Length,
        Anchor.TextEndOrLastLine => place == text.Length || (place == text.Length - 1 && text[place] == '\n'),
        Anchor.LineStart => place == 0 || (text[place - 1] == '\n' && place < text.Length),
        Anchor.LineEnd => place == text.Length || text[place] == '\n',
        _ => (WordEndsAt(text, place) != WordBeginsAt(text, place)) == (anchor == Anchor.WordBoundary),
    };

    private bool WordBeginsAt(ReadOnlySpan<byte> text, int place) => place < text.Length && Sets.Contains(Word, Sets.ClassAt(text, place, out _));

    private bool WordEndsAt(ReadOnlySpan<byte> text, int place) => place > 0 && WordBeginsAt(text, Utf8Text.PreviousStart(text, place));

    private bool EndsRow(int[][] rows, ReadOnlySpan<byte> text, int end)
    {
        foreach (int[] row in rows)
        {
            int place = end, i = row.Length;
            for (; i > 0 && place > 0; i--)
            {
                place = Utf8Text.PreviousStart(text, place);
                if (!Sets.Contains(row[i - 1], Sets.ClassAt(text, place, out _))) break;
            }
            if (i == 0) return true;
        }
        return false;
    }
}
