namespace Heed.Data;

/// <summary>Phrases as sequences of token ids, to be found in texts: names, idioms, terms; in Chinese words, where a token is a character.</summary>
public sealed class PhraseSet
{
    private readonly Dictionary<(int Node, int Id), int> next = [];
    private readonly HashSet<int> ends = [];

    /// <summary>Makes a set.</summary>
    /// <param name="phrases">Token ids of each; those of one token tell nothing and are left out.</param>
    public PhraseSet(IEnumerable<IReadOnlyList<int>> phrases)
    {
        int nodes = 0;
        foreach (IReadOnlyList<int> phrase in phrases)
        {
            if (phrase.Count < 2) continue;
            int node = 0;
            foreach (int id in phrase)
            {
                if (!next.TryGetValue((node, id), out int child)) next[(node, id)] = child = ++nodes;
                node = child;
            }
            if (ends.Add(node)) Count++;
        }
    }

    /// <summary>Phrases in the set.</summary>
    public int Count { get; }

    /// <summary>Where the longest phrase ends that begins at a place; the place itself where none does.</summary>
    /// <param name="ids">The text.</param>
    /// <param name="from">The place.</param>
    /// <param name="mayEnd">Whether a phrase may end before a place: not within a word.</param>
    public int End(ReadOnlySpan<int> ids, int from, Func<int, bool> mayEnd)
    {
        int best = from, node = 0;
        for (int at = from; at < ids.Length && next.TryGetValue((node, ids[at]), out node); at++)
            if (ends.Contains(node) && mayEnd(at + 1)) best = at + 1;
        return best;
    }

    /// <summary>
    /// Finds phrases in texts: neighbours that stand together more often than by chance. Two units are joined where they do so at least
    /// <paramref name="least"/> times and their normalised pointwise mutual information (Bouma 2009) reaches <paramref name="cohesion"/>; done twice,
    /// so that phrases of up to four words are found (the passes of Mikolov et al. 2013, https://arxiv.org/abs/1310.4546).
    /// </summary>
    /// <param name="texts">The words of each text, each as its token ids.</param>
    /// <param name="least">Occurrences.</param>
    /// <param name="cohesion">-1 to 1: 0 for chance, 1 for words that never stand apart.</param>
    public static PhraseSet Find(IEnumerable<IEnumerable<int[]>> texts, int least = 5, double cohesion = 0.5)
    {
        Units units = new();
        int[][] known = [.. texts.Select(words => words.Select(units.Of).ToArray())];
        HashSet<int> phrases = [];
        for (int pass = 0; pass < 2; pass++)
        {
            Dictionary<int, int> single = [];
            Dictionary<(int, int), int> pairs = [];
            foreach (int[] text in known)
                for (int i = 0; i < text.Length; i++)
                {
                    single[text[i]] = single.GetValueOrDefault(text[i]) + 1;
                    if (i > 0) pairs[(text[i - 1], text[i])] = pairs.GetValueOrDefault((text[i - 1], text[i])) + 1;
                }
            double total = single.Values.Sum(c => (double)c);
            HashSet<(int, int)> joined = [.. pairs.Where(p => p.Value >= least && Cohesion(p.Value, single[p.Key.Item1], single[p.Key.Item2], total) >= cohesion).Select(p => p.Key)];
            for (int t = 0; t < known.Length; t++) known[t] = Join(known[t], joined, units, phrases);
        }
        return new PhraseSet(phrases.Select(units.Tokens));
    }

    private static double Cohesion(int together, int first, int second, double total)
    {
        double p = together / total;
        return p >= 1 ? 1 : Math.Log(p * total * total / ((double)first * second)) / -Math.Log(p);
    }

    private static int[] Join(int[] text, HashSet<(int, int)> joined, Units units, HashSet<int> phrases)
    {
        List<int> result = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 == text.Length || !joined.Contains((text[i], text[i + 1])))
            {
                result.Add(text[i]);
                continue;
            }
            int phrase = units.Of([.. units.Tokens(text[i]), .. units.Tokens(text[i + 1])]);
            phrases.Add(phrase);
            result.Add(phrase);
            i++;
        }
        return [.. result];
    }

    // Numbers for sequences of tokens.
    private sealed class Units
    {
        private readonly Dictionary<string, int> numbers = [];
        private readonly List<int[]> tokens = [];

        public int Of(int[] ids)
        {
            string key = string.Join(' ', ids);
            if (numbers.TryGetValue(key, out int number)) return number;
            tokens.Add(ids);
            return numbers[key] = tokens.Count - 1;
        }

        public int[] Tokens(int number) => tokens[number];
    }
}
