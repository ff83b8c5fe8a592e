namespace Heed.Tokenization;

/// <summary>
/// Runs a program forwards, choice by choice, with a stack of the choices left. That is quick on ordinary text and can take
/// exponential time on other, so it has a limited number of steps, after which <see cref="PatternSweep"/> must take over.
/// </summary>
internal sealed class PatternMatcher(PatternProgram program)
{
    /// <summary>Returned by <see cref="Match(ReadOnlySpan{byte}, int)"/> when there is no match.</summary>
    public const int None = -1;

    private const int MaxChoices = 1 << 20;

    private struct Choice
    {
        public int Instruction;
        public int Place;
        public int Least;   // a run may be shortened down to here; -1 when the choice is no run
    }

    private Choice[] choices = new Choice[32];
    private int count;
    private long steps;

    /// <summary>True when the steps did not suffice; the last result then means nothing.</summary>
    public bool Exhausted => steps < 0;

    /// <summary>Begins anew with so many steps.</summary>
    public void Reset(long allowed) => steps = allowed;

    /// <summary>Gives more steps.</summary>
    public void Allow(long more) => steps += more;

    /// <summary>Where the match that begins at a place ends, or <see cref="None"/>.</summary>
    public int Match(ReadOnlySpan<byte> text, int place)
    {
        count = 0;
        return Match(text, place, program.Entry);
    }

    // Recursive to the depth to which look-aheads and atomic groups are nested in the pattern.
    private int Match(ReadOnlySpan<byte> text, int place, int number)
    {
        CharacterSets sets = program.Sets;
        PatternInstruction[] instructions = program.Instructions;
        int bottom = count;
        while (true)
        {
            if (--steps < 0) return None;
            ref readonly PatternInstruction instruction = ref instructions[number];
            bool holds = true;
            switch (instruction.Op)
            {
                case PatternOp.Accept:
                    count = bottom;
                    return place;
                case PatternOp.Set:
                    holds = place < text.Length && sets.Contains(instruction.Argument, sets.ClassAt(text, place, out int length)) && (place += length) > 0;
                    break;
                case PatternOp.Run:
                case PatternOp.PossessiveRun:
                    int least = place;
                    while (place < text.Length && sets.Contains(instruction.Argument, sets.ClassAt(text, place, out length)))
                    {
                        place += length;
                        steps--;
                    }
                    if (instruction.Op == PatternOp.Run && place > least) Push(number, place, least);
                    break;
                case PatternOp.Split:
                    Push(instruction.Other, place, -1);
                    break;
                case PatternOp.Ahead:
                case PatternOp.NotAhead:
                    holds = Match(text, place, instruction.Argument) != None == (instruction.Op == PatternOp.Ahead);
                    break;
                case PatternOp.Atomic:
                    int end = Match(text, place, instruction.Argument);
                    if (end > place)
                    {
                        (place, number) = (end, instruction.Other);
                        continue;
                    }
                    holds = end == place;
                    break;
                default:
                    holds = program.Holds(instruction, text, place);
                    break;
            }
            if (holds)
            {
                number = instruction.Next;
                continue;
            }
            if (count == bottom) return None;
            ref Choice choice = ref choices[count - 1];
            if (choice.Least < 0)
            {
                (number, place) = (choice.Instruction, choice.Place);
                count--;
            }
            else
            {
                place = choice.Place = Utf8Text.PreviousStart(text, choice.Place);
                number = instructions[choice.Instruction].Next;
                if (place == choice.Least) count--;
            }
        }
    }

    private void Push(int instruction, int place, int least)
    {
        if (count == choices.Length)
        {
            if (count >= MaxChoices)
            {
                steps = -1;
                return;
            }
            Array.Resize(ref choices, 2 * count);
        }
        choices[count++] = new Choice { Instruction = instruction, Place = place, Least = least };
    }
}
