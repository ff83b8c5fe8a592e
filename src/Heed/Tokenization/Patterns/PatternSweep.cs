namespace Heed.Tokenization;

/// <summary>
/// All matches of a text in one sweep from its end to its beginning, in time proportional to program times text whatever the two
/// are. For each place and instruction, where the preferred match from there on ends depends only on the same question one
/// character later and at instructions before it in <see cref="PatternProgram.Order"/>; so two rows of answers suffice, besides the
/// answers at every place for what follows an atomic group. (After Barrière and Pit-Claudel, "Linear Matching of JavaScript Regular
/// Expressions", 2024, who sweep backwards for look-aheads.)
/// </summary>
internal static class PatternSweep
{
    /// <summary>For each place of the text from <paramref name="from"/> on, where the match that begins there ends, or -1; counted from <paramref name="from"/>.</summary>
    public static int[] Ends(PatternProgram program, ReadOnlySpan<byte> text, int from)
    {
        const int None = PatternMatcher.None;
        PatternInstruction[] instructions = program.Instructions;
        CharacterSets sets = program.Sets;
        var ends = new int[text.Length - from + 1];
        Array.Fill(ends, None);

        // What follows an atomic group is asked for at places further on.
        var afterAtomic = new Dictionary<int, int[]>();
        foreach (int number in program.Order)
            if (instructions[number].Op == PatternOp.Atomic)
                afterAtomic.TryAdd(instructions[number].Other, new int[text.Length - from + 1]);

        int[] here = new int[instructions.Length], next = new int[instructions.Length];
        for (int place = text.Length; ;)
        {
            bool atEnd = place == text.Length;
            int characterClass = atEnd ? 0 : sets.ClassAt(text, place, out _);
            foreach (int number in program.Order)
            {
                ref readonly PatternInstruction instruction = ref instructions[number];
                here[number] = instruction.Op switch
                {
                    PatternOp.Accept => place,
                    PatternOp.Set => !atEnd && sets.Contains(instruction.Argument, characterClass) ? next[instruction.Next] : None,
                    PatternOp.Run => !atEnd && sets.Contains(instruction.Argument, characterClass) && next[number] != None ? next[number] : here[instruction.Next],
                    PatternOp.PossessiveRun => !atEnd && sets.Contains(instruction.Argument, characterClass) ? next[number] : here[instruction.Next],
                    PatternOp.Split => here[instruction.Next] != None ? here[instruction.Next] : here[instruction.Other],
                    PatternOp.Ahead => here[instruction.Argument] != None ? here[instruction.Next] : None,
                    PatternOp.NotAhead => here[instruction.Argument] == None ? here[instruction.Next] : None,
                    PatternOp.Atomic when here[instruction.Argument] > place => afterAtomic[instruction.Other][here[instruction.Argument] - from],
                    PatternOp.Atomic => here[instruction.Argument] == place ? here[instruction.Next] : None,
                    _ => program.Holds(instruction, text, place) ? here[instruction.Next] : None,
                };
            }
            ends[place - from] = here[program.Entry];
            foreach ((int number, int[] answers) in afterAtomic) answers[place - from] = here[number];
            if (place <= from) return ends;
            (here, next) = (next, here);
            place = Utf8Text.PreviousStart(text, place);
        }
    }
}
