namespace Heed.Generation;

/// <summary>Finds rules that begin with themselves: reading them would never get to a byte.</summary>
internal static class LeftRecursion
{
    /// <exception cref="FormatException">A rule begins with itself; the message names it and the way.</exception>
    public static void Refuse(IEnumerable<CompiledRule> rules)
    {
        Dictionary<CompiledRule, CompiledRule[]> beginnings = rules.ToDictionary(r => r, r => Beginnings(r).ToArray());
        HashSet<CompiledRule> done = [];
        foreach (CompiledRule rule in beginnings.Keys) Walk(rule);

        void Walk(CompiledRule start)
        {
            if (!done.Add(start)) return;
            // An explicit stack: a grammar may have very many rules.
            List<(CompiledRule Rule, int Next)> path = [(start, 0)];
            HashSet<CompiledRule> open = [start];
            while (path.Count > 0)
            {
                (CompiledRule rule, int next) = path[^1];
                if (next == beginnings[rule].Length)
                {
                    open.Remove(rule);
                    path.RemoveAt(path.Count - 1);
                    continue;
                }
                path[^1] = (rule, next + 1);
                CompiledRule begin = beginnings[rule][next];
                if (open.Contains(begin))
                {
                    string way = string.Join(" -> ", path.SkipWhile(p => p.Rule != begin).Select(p => p.Rule.Name).Append(begin.Name));
                    throw new FormatException($"the rule {begin.Name} begins with itself ({way}): left recursion is not supported");
                }
                if (!done.Add(begin)) continue;
                open.Add(begin);
                path.Add((begin, 0));
            }
        }
    }

    // The rules with which a rule can begin, before any byte.
    private static HashSet<CompiledRule> Beginnings(CompiledRule rule)
    {
        HashSet<CompiledRule> found = [];
        HashSet<Position> seen = [rule.Start];
        Stack<Position> waiting = new(seen);
        while (waiting.TryPop(out Position? p))
        {
            IEnumerable<Position> next = p.Jumps ?? [];
            if (p.Call is { } call)
            {
                found.Add(call);
                if (call.Start.Distance == 0) next = next.Append(p.Return!);
            }
            foreach (Position to in next)
                if (seen.Add(to)) waiting.Push(to);
        }
        return found;
    }
}
