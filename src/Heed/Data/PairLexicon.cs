namespace Heed.Data;

/// <summary>
/// The words of the English-Chinese sentences, read from <see cref="PairWords"/>: nouns by sort, adjectives by what they are said of,
/// verbs by who does them, and phrases of time and place.
/// </summary>
internal static class PairLexicon
{
    private static readonly Dictionary<string, string[][]> Tables = Parse(PairWords.Nouns, PairWords.Adjectives, PairWords.Verbs, PairWords.Phrases);
    private static readonly Dictionary<string, Noun[]> NounsBySort = Tables.Where(t => t.Key.StartsWith("noun ", StringComparison.Ordinal)).ToDictionary(t => t.Key[5..], t => t.Value.Select(entry => MakeNoun(entry, t.Key[5..])).ToArray(), StringComparer.Ordinal);
    private static readonly Dictionary<string, Adjective> AllAdjectives = Tables["adjectives"].ToDictionary(e => e[0], e => new Adjective(e[1], e[2], e[3], e[4], e[2].Length == 0), StringComparer.Ordinal);
    private static readonly Dictionary<string, Adjective[]> Predicates = AdjectivesOf("predicates"), Attributes = AdjectivesOf("attributes"), Comparables = AdjectivesOf("comparables");
    private static readonly Dictionary<string, Verb[]> VerbsByDoer = Tables.Where(t => t.Key.StartsWith("verb ", StringComparison.Ordinal)).ToDictionary(t => t.Key[5..], t => t.Value.Select(MakeVerb).ToArray(), StringComparer.Ordinal);
    private static readonly Dictionary<string, Wording[]> Wordings = Tables.Where(t => t.Key.StartsWith("phrase ", StringComparison.Ordinal)).ToDictionary(t => t.Key[7..], t => t.Value.Select(e => new Wording(e[0], e[1])).ToArray(), StringComparer.Ordinal);

    /// <summary>I, you, he, she, we, they.</summary>
    public static Pronoun[] Pronouns { get; } = [.. Tables["pronouns"].Select(e => new Pronoun(e[0], e[1], e[2], e[3], Enum.Parse<Agreement>(e[4])))];

    /// <summary>Names of people, with the pronoun that takes up each.</summary>
    public static (Named Name, Pronoun Pronoun)[] Names { get; } = [.. Tables["names"].Select(e => (new Named(e[0], e[1]), PronounOf(e[2])))];

    /// <summary>Mother, little brother ..., with the pronoun that takes up each.</summary>
    public static (Noun Noun, Pronoun Pronoun)[] Family { get; } = [.. Tables["family"].Select(e => (new Noun(e[0], e[0] + "s", e[1], "个", "", "", NounKind.Count, "kin"), PronounOf(e[2])))];

    /// <summary>The question for a time.</summary>
    public static Wording When { get; } = new("when", "什么时候");

    /// <summary>The question for a place.</summary>
    public static Asked Where { get; } = new("where", "哪里");

    /// <summary>The question for a thing.</summary>
    public static Asked What { get; } = new("what", "什么");

    /// <summary>The question for a person.</summary>
    public static Asked Who { get; } = new("who", "谁");

    /// <summary>Nouns of a sort: "animal", "fruit", "drink" ....</summary>
    public static Noun[] Nouns(string sort) => NounsBySort[sort];

    /// <summary>What can be said of a sort: this cat is very big.</summary>
    public static Adjective[] PredicatesOf(string sort) => Predicates[sort];

    /// <summary>What can stand before a noun of a sort, perhaps nothing: a big cat.</summary>
    public static Adjective[] AttributesOf(string sort) => Attributes.GetValueOrDefault(sort, []);

    /// <summary>In what two of a sort can be compared.</summary>
    public static Adjective[] ComparablesOf(string sort) => Comparables[sort];

    /// <summary>Verbs by doer and kind: "person", "animal", "activity" ....</summary>
    public static Verb[] Verbs(string doer) => VerbsByDoer[doer];

    /// <summary>Times, places and other fixed phrases by their list.</summary>
    public static Wording[] Phrases(string list) => Wordings[list];

    /// <summary>An adjective by its name.</summary>
    public static Adjective Adjective(string name) => AllAdjectives[name];

    private static Pronoun PronounOf(string subject) => Pronouns.First(p => p.Subject == subject);

    private static Dictionary<string, Adjective[]> AdjectivesOf(string table) => Tables[table].ToDictionary(e => e[0], e => e[1].Split(' ').Select(name => AllAdjectives[name]).ToArray(), StringComparer.Ordinal);

    // english|plural|chinese|measure, or for a mass or a plural: english|-|chinese|measure|portion|portions ("=" instead of "-" for a plural).
    private static Noun MakeNoun(string[] e, string sort) => new(e[0], e[1], e[2], e[3], e.Length > 4 ? e[4] : "", e.Length > 4 ? e[5] : "", e[1] switch { "-" => NounKind.Mass, "=" => NounKind.Plural, _ => NounKind.Count }, sort);

    // base third ing past|tail|chinese|complement|objects|places|aspects
    private static Verb MakeVerb(string[] e)
    {
        string[] forms = e[0].Split(' ');
        return new(forms[0], forms[1], forms[2], forms[3], e[1], e[2], e[3], Words(e[4]), Words(e[5]), [.. e[6].Select(c => "NPFHWLCS".IndexOf(c, StringComparison.Ordinal)).Select(i => (Aspect)i)]);
    }

    private static string[] Words(string list) => list.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Dictionary<string, string[][]> Parse(params string[] texts)
    {
        Dictionary<string, List<string[]>> tables = new(StringComparer.Ordinal);
        string name = "";
        foreach (string line in texts.SelectMany(t => t.Split('\n')).Select(l => l.Trim()).Where(l => l.Length > 0))
        {
            if (line[^1] == ':') tables[name = line[..^1]] = [];
            else tables[name].Add(line.Split('|'));
        }
        return tables.ToDictionary(t => t.Key, t => t.Value.ToArray(), StringComparer.Ordinal);
    }
}
