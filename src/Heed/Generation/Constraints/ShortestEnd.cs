using System.Text;

namespace Heed.Generation;

/// <summary>Finds what an unfinished text still needs.</summary>
internal static class ShortestEnd
{
    private const int MostBytes = 4096;

    /// <summary>The status of a state: the shortest text to its end, and the rules that are open on that way.</summary>
    public static ConstraintStatus Of(Automaton automaton, AutomatonState state)
    {
        if (state.Ends) return new ConstraintStatus(true, "", []);
        if (state.IsDead) return new ConstraintStatus(false, null, []);
        Item nearest = state.Items.MinBy(Distance);
        List<string> open = [nearest.Position.Rule.Name];
        for (Frame? frame = nearest.Frame; frame is not null; frame = frame.Parent) open.Add(frame.Return.Rule.Name);
        List<byte> missing = [];
        // Each byte brings the nearest item one byte nearer to its end.
        while (!state.Ends && missing.Count < MostBytes)
        {
            (Item item, ByteEdge edge) = state.Items.SelectMany(i => i.Position.Edges!.Select(e => (Item: i, Edge: e))).MinBy(p => Distance(p.Item with { Position = p.Edge.Target }));
            missing.Add(edge.First);
            state = automaton.Step(state, edge.First);
        }
        // Bytes that complete half a character are no text of their own.
        int begin = missing.TakeWhile(b => (b & 0xC0) == 0x80).Count();
        return new ConstraintStatus(false, Encoding.UTF8.GetString([.. missing[begin..]]), open);
    }

    /// <summary>Fewest bytes to the end of a text.</summary>
    public static long Bytes(AutomatonState state) => state.Ends ? 0 : state.Items.Min(Distance);

    private static long Distance(Item item)
    {
        long sum = item.Position.Distance;
        for (Frame? frame = item.Frame; frame is not null; frame = frame.Parent) sum += frame.Return.Distance;
        return sum;
    }
}
