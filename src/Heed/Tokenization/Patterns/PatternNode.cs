namespace Heed.Tokenization;

/// <summary>The tree of a pattern. Groups which capture are no more than groups here: a split needs only where matches begin and end.</summary>
internal abstract record PatternNode
{
    /// <summary>True when the node can match without taking a character.</summary>
    public abstract bool MatchesEmpty { get; }
}

/// <summary>One character of a set.</summary>
internal sealed record SetNode(CodePointSet Set) : PatternNode
{
    public override bool MatchesEmpty => false;
}

/// <summary>One after the other; of none: the empty match.</summary>
internal sealed record SequenceNode(IReadOnlyList<PatternNode> Items) : PatternNode
{
    public override bool MatchesEmpty { get; } = Items.All(item => item.MatchesEmpty);
}

/// <summary>The first alternative that leads to a match.</summary>
internal sealed record AlternationNode(IReadOnlyList<PatternNode> Choices) : PatternNode
{
    public override bool MatchesEmpty { get; } = Choices.Any(choice => choice.MatchesEmpty);
}

/// <summary>How a repetition chooses the number of rounds.</summary>
internal enum Greed
{
    /// <summary>As many as lead to a match.</summary>
    Greedy,

    /// <summary>As few as lead to a match.</summary>
    Lazy,

    /// <summary>As many as there are, whatever follows.</summary>
    Possessive,
}

/// <summary>Min to Max rounds (int.MaxValue: any number).</summary>
internal sealed record RepeatNode(PatternNode Item, int Min, int Max, Greed Greed) : PatternNode
{
    public override bool MatchesEmpty { get; } = Min == 0 || Item.MatchesEmpty;
}

/// <summary>(?>...): once matched, it does not try another way.</summary>
internal sealed record AtomicNode(PatternNode Item) : PatternNode
{
    public override bool MatchesEmpty { get; } = Item.MatchesEmpty;
}

/// <summary>(?=...) and (?!...).</summary>
internal sealed record LookaheadNode(PatternNode Item, bool Negative) : PatternNode
{
    public override bool MatchesEmpty => true;
}

/// <summary>(?&lt;=...) and (?&lt;!...): one of several rows of sets ends here.</summary>
internal sealed record LookbehindNode(IReadOnlyList<CodePointSet[]> Rows, bool Negative) : PatternNode
{
    public override bool MatchesEmpty => true;
}

/// <summary>A condition on the place alone.</summary>
internal enum Anchor : byte
{
    TextStart, TextEnd, TextEndOrLastLine, LineStart, LineEnd, WordBoundary, NoWordBoundary,
}

/// <summary>An anchor.</summary>
internal sealed record AnchorNode(Anchor Anchor) : PatternNode
{
    public override bool MatchesEmpty => true;
}
