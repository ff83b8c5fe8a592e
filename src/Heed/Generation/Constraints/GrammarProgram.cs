namespace Heed.Generation;

/// <summary>A place in a grammar: between two bytes, with the ways on.</summary>
internal sealed class Position(CompiledRule rule, int number)
{
    /// <summary>Not reachable: no text ends from here.</summary>
    public const int NoEnd = int.MaxValue;

    public CompiledRule Rule { get; } = rule;

    public int Number { get; } = number;

    /// <summary>Ways on over one byte.</summary>
    public List<ByteEdge>? Edges { get; set; }

    /// <summary>Ways on over nothing.</summary>
    public List<Position>? Jumps { get; set; }

    /// <summary>The rule that is read before going on at <see cref="Return"/>.</summary>
    public CompiledRule? Call { get; set; }

    public Position? Return { get; set; }

    /// <summary>Fewest bytes from here to the end of the rule.</summary>
    public int Distance { get; set; } = NoEnd;
}

/// <summary>A step over one byte of a range.</summary>
internal readonly record struct ByteEdge(byte First, byte Last, Position Target);

/// <summary>A rule as positions.</summary>
internal sealed class CompiledRule(string name)
{
    public string Name { get; } = name;

    public Position Start { get; set; } = null!;

    public Position End { get; set; } = null!;
}
