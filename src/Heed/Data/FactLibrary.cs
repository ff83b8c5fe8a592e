using System.Text;

namespace Heed.Data;

/// <summary>
/// Facts of one language and the ways to put each.
/// <para><c># relation: column column ...</c> begins a relation; each line of it is a fact with its columns separated by <c>|</c>;
/// "both ways" before the colon says that every fact also holds with its columns turned round. <c>- text</c> is a phrasing, in which
/// <c>{column}</c> is a part of the fact, <c>{name}</c>, <c>{he}</c>, <c>{his}</c> are anybody, <c>a/an</c> is the article that fits,
/// and <c>[...]</c> is a word that the rest of the sentence tells.</para>
/// </summary>
internal sealed class FactLibrary
{
    private const int Addends = 9; // a relation "sum" is made of 1 + 1 ... 9 + 9

    private sealed record Relation(string Name, string[] Columns, List<string[]> Facts, List<string> Phrasings);

    private readonly List<Relation> relations = [];
    private readonly (string Name, string He, string His)[] people;
    private readonly List<(Relation Relation, int Fact, int Phrasing)> training = [], heldOut = [];

    /// <summary>Reads the notation.</summary>
    /// <param name="text">Relations.</param>
    /// <param name="people">Who can be named, and how they are taken up.</param>
    /// <param name="number">The word for a number.</param>
    public FactLibrary(string text, (string Name, string He, string His)[] people, Func<int, string> number)
    {
        this.people = people;
        foreach (string line in text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)) Read(line, number);
        foreach (Relation relation in relations)
            for (int fact = 0; fact < relation.Facts.Count; fact++)
            {
                int kept = HeldOutPhrasing(relation, fact);
                for (int phrasing = 0; phrasing < relation.Phrasings.Count; phrasing++) (phrasing == kept ? heldOut : training).Add((relation, fact, phrasing));
            }
    }

    /// <summary>Facts times phrasings to learn from.</summary>
    public int TrainingCount => training.Count;

    /// <summary>Facts times phrasings kept back.</summary>
    public int HeldOutCount => heldOut.Count;

    /// <summary>Any one of the sentences to learn from.</summary>
    public string Tell(ref StoryRandom random) => Say(training[random.Below(training.Count)], ref random).Text;

    /// <summary>Sentence <paramref name="index"/> of those kept back (or of those to learn from), and the places of the words that the rest tells.</summary>
    public (string Text, List<(int Start, int Length)> Words) Say(int index, bool held, ref StoryRandom random) => Say((held ? heldOut : training)[index], ref random);

    // At most one phrasing of a fact is kept back: all the others tell it. Half of the facts keep one.
    private static int HeldOutPhrasing(Relation relation, int fact)
    {
        ulong hash = 14695981039346656037UL; // FNV-1a
        foreach (byte b in Encoding.UTF8.GetBytes($"{relation.Name}|{string.Join('|', relation.Facts[fact])}")) hash = (hash ^ b) * 1099511628211UL;
        return new StoryRandom(hash, 0).Below(2 * relation.Phrasings.Count);
    }

    private void Read(string line, Func<int, string> number)
    {
        if (line[0] == '#')
        {
            string[] head = line[2..].Split(": ");
            relations.Add(new Relation(head[0], head[1].Split(' '), [], []));
            if (head[0] != "sum") return;
            for (int a = 1; a <= Addends; a++)
                for (int b = 1; b <= Addends; b++) relations[^1].Facts.Add([number(a), number(b), number(a + b)]);
        }
        else if (line[0] == '-')
        {
            relations[^1].Phrasings.Add(line[2..]);
        }
        else
        {
            string[] fact = line.Split('|');
            Relation relation = relations[^1];
            if (fact.Length != relation.Columns.Length) throw new FormatException($"'{line}' of the relation '{relation.Name}' has {fact.Length} columns, not {relation.Columns.Length}");
            relation.Facts.Add(fact);
            if (relation.Name.EndsWith("both ways", StringComparison.Ordinal)) relation.Facts.Add([.. fact.Reverse()]);
        }
    }

    private (string Text, List<(int Start, int Length)> Words) Say((Relation Relation, int Fact, int Phrasing) which, ref StoryRandom random)
    {
        (Relation relation, string[] fact, string phrasing) = (which.Relation, which.Relation.Facts[which.Fact], which.Relation.Phrasings[which.Phrasing]);
        (string name, string he, string his) = people[random.Below(people.Length)];
        StringBuilder full = new(phrasing);
        for (int c = 0; c < fact.Length; c++) full.Replace($"{{{relation.Columns[c]}}}", fact[c]);
        string marked = WithArticles(full.Replace("{name}", name).Replace("{he}", he).Replace("{his}", his).ToString());
        StringBuilder text = new();
        List<(int Start, int Length)> words = [];
        int start = 0;
        foreach (char c in marked)
        {
            if (c == '[') start = text.Length;
            else if (c == ']') words.Add((start, text.Length - start));
            else text.Append(text.Length == 0 ? char.ToUpperInvariant(c) : c);
        }
        return (text.ToString(), words);
    }

    private static string WithArticles(string text)
    {
        const string Open = "/an ";
        for (int at; (at = text.IndexOf(Open, StringComparison.Ordinal)) >= 0;)
        {
            int next = at + Open.Length;
            bool vowel = "aeiou".Contains(text[text[next] == '[' ? next + 1 : next], StringComparison.Ordinal);
            text = text[..at] + (vowel ? "n " : " ") + text[next..];
        }
        return text;
    }
}
