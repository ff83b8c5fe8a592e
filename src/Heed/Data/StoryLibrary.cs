using System.Text;

namespace Heed.Data;

/// <summary>
/// The grammar of one language, and the two things which can be done with it: tell a story, and see whether a text is one.
/// <para>Words: one list a line, <c>list: attribute attribute ...</c>, and below it one entry a line with the attributes
/// separated by <c>|</c>; the first attribute is what <c>{role}</c> gives, the others are <c>{role.attribute}</c>.</para>
/// <para>Shapes: <c># name</c> begins a kind of story, <c>- text</c> its next passage, <c>? text</c> a passage that may be left out,
/// <c>/ text</c> another wording of the passage. In a text, <c>(a|b|)</c> is a choice and <c>{role}</c> a role. A role is cast when
/// it is first named and keeps its entry until the story ends; its list is its name without digits, and two roles of one list
/// differ, but for numbers. <c>{sum}</c> is a + b, and <c>{left}</c> is total - part.</para>
/// </summary>
internal sealed class StoryLibrary
{
    private const int FirstNumber = 2;   // the value of the first entry of the list of numbers

    private abstract record Node;

    private sealed record Text(string Value) : Node;

    private sealed record Role(string Name, string List, int Attribute) : Node;

    private sealed record Choice(Node[][] Ways) : Node;

    /// <summary>What is left to match after a list of nodes.</summary>
    private sealed record Rest(Node[] Nodes, int From, Rest? Next);

    private readonly Dictionary<string, string[]> attributes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string[]>> entries = new(StringComparer.Ordinal);
    private readonly List<Node[]> shapes = [];
    private readonly List<string> names = [];
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly string gap;

    private StoryLibrary(string gap) => this.gap = gap;

    public IReadOnlyList<string> ShapeNames => names;

    public IReadOnlySet<string> KnownWords => known;

    public static StoryLibrary Parse(string words, string shapes, string gap)
    {
        var library = new StoryLibrary(gap);
        library.ParseWords(words);
        library.ParseShapes(shapes);
        return library;
    }

    private void ParseWords(string text)
    {
        string list = "";
        foreach (string line in Lines(text))
        {
            int colon = line.IndexOf(':');
            if (colon >= 0)
            {
                list = line[..colon];
                attributes[list] = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                entries[list] = [];
                continue;
            }
            string[] entry = line.Split('|');
            if (entry.Length != attributes[list].Length) throw new FormatException($"'{line}' of the list '{list}' has {entry.Length} attributes, not {attributes[list].Length}.");
            entries[list].Add(entry);
            foreach (string part in entry) Learn(part);
        }
    }

    private void ParseShapes(string text)
    {
        var passages = new List<(bool Optional, List<Node[]> Ways)>();
        foreach (string line in Lines(text).Append("# end"))
        {
            string rest = line[2..];
            if (line[0] == '#')
            {
                if (passages.Count > 0) shapes.Add(Shape(passages));
                passages.Clear();
                names.Add(rest);
            }
            else
            {
                string spaced = passages.Count > (line[0] == '/' ? 1 : 0) ? gap + rest : rest;
                int at = 0;
                Node[] nodes = ParseNodes(spaced, ref at);
                if (at != spaced.Length) throw new FormatException($"'{line}' has a ')' or '|' of its own.");
                if (line[0] == '/') passages[^1].Ways.Add(nodes);
                else passages.Add((line[0] == '?', [nodes]));
            }
        }
        names.RemoveAt(names.Count - 1);
    }

    private static Node[] Shape(List<(bool Optional, List<Node[]> Ways)> passages) =>
        [.. passages.Select(p => new Choice([.. p.Ways.Select(w => p.Optional ? [new Choice([w, []])] : w)]))];

    private static IEnumerable<string> Lines(string text) =>
        text.Split('\n').Select(line => line.Trim('\r', ' ')).Where(line => line.Length > 0);

    private Node[] ParseNodes(string text, ref int at)
    {
        var nodes = new List<Node>();
        while (at < text.Length && text[at] is not ('|' or ')'))
        {
            if (text[at] == '(')
            {
                var ways = new List<Node[]>();
                do
                {
                    at++;
                    ways.Add(ParseNodes(text, ref at));
                }
                while (text[at] == '|');
                at++;
                nodes.Add(new Choice([.. ways]));
            }
            else if (text[at] == '{')
            {
                int end = text.IndexOf('}', at);
                string[] parts = text[(at + 1)..end].Split('.');
                string list = ListOf(parts[0]);
                int attribute = parts.Length == 1 ? 0 : Array.IndexOf(attributes[list], parts[1]);
                if (attribute < 0) throw new FormatException($"The list '{list}' has no attribute '{parts[1]}'.");
                nodes.Add(new Role(parts[0], list, attribute));
                at = end + 1;
            }
            else
            {
                int end = text.AsSpan(at).IndexOfAny("(){}|");
                end = end < 0 ? text.Length : at + end;
                nodes.Add(new Text(text[at..end]));
                Learn(text[at..end]);
                at = end;
            }
        }
        return [.. nodes];
    }

    private string ListOf(string role) => role switch
    {
        "a" or "b" or "sum" or "total" or "part" or "left" => "number",
        "hero" or "friend" => "child",
        "beast" or "mate" => "animal",
        _ => role.TrimEnd('1', '2', '3', '4'),
    };

    /// <summary>Range of the entries of a role. Numbers begin with two, and stay small enough for their sums: 2 .. 6, 2 .. 5, 7 .. 12.</summary>
    private (int From, int To) RangeOf(Role role) => role.Name switch
    {
        "a" or "b" => (0, 5),
        "part" => (0, 4),
        "total" => (5, 11),
        _ => (0, entries[role.List].Count),
    };

    // ---- telling

    public string Tell(ref StoryRandom random)
    {
        var text = new StringBuilder();
        Tell(shapes[random.Below(shapes.Count)], new(StringComparer.Ordinal), ref random, text);
        return text.ToString();
    }

    private void Tell(Node[] nodes, Dictionary<string, int> cast, ref StoryRandom random, StringBuilder text)
    {
        foreach (Node node in nodes)
        {
            switch (node)
            {
                case Text t:
                    text.Append(t.Value);
                    break;
                case Choice c:
                    Tell(c.Ways[random.Below(c.Ways.Length)], cast, ref random, text);
                    break;
                case Role r:
                    while (Entry(r, cast) < 0)
                    {
                        (int from, int to) = RangeOf(r);
                        int entry = from + random.Below(to - from);
                        if (Fits(r, entry, cast)) cast[r.Name] = entry;
                    }
                    text.Append(entries[r.List][Entry(r, cast)][r.Attribute]);
                    break;
            }
        }
    }

    /// <summary>The entry of a role, or -1 when it is not cast yet.</summary>
    private static int Entry(Role role, Dictionary<string, int> cast) => role.Name switch
    {
        "sum" => cast["a"] + cast["b"] + FirstNumber,
        "left" => cast["total"] - cast["part"] - FirstNumber,
        _ => cast.GetValueOrDefault(role.Name, -1),
    };

    /// <summary>Two roles of one list are two different people, places or things.</summary>
    private bool Fits(Role role, int entry, Dictionary<string, int> cast)
    {
        if (role.List == "number") return true;
        foreach ((string name, int other) in cast)
            if (other == entry && ListOf(name) == role.List)
                return false;
        return true;
    }

    // ---- checking

    /// <summary>The furthest place which any reading of the text came to, and what that reading expected there.</summary>
    private sealed class Furthest
    {
        public int At = -1;
        public readonly SortedSet<string> Expected = new(StringComparer.Ordinal);

        public bool Fail(int at, string expected)
        {
            if (at > At)
            {
                Expected.Clear();
                At = at;
            }
            if (at == At && Expected.Count < 50) Expected.Add(expected);
            return false;
        }
    }

    public bool Conforms(string story, out string? why)
    {
        why = null;
        if (story.Length == 0)
        {
            why = "The story is empty.";
            return false;
        }
        foreach ((string word, int at) in WordsOf(story))
            if (!known.Contains(word))
            {
                why = $"The word '{word}' at character {at} is not one of the grammar's.";
                return false;
            }

        if (MatchesAnyShape(story, out Furthest furthest)) return true;
        string given = furthest.At >= story.Length ? "the story ends" : $"'{Shorten(story[furthest.At..])}' stands";
        string[] expected = [.. furthest.Expected.Take(4)];
        why = $"After '{Tail(story[..furthest.At])}' {given}, where the grammar would have {string.Join(" or ", expected.Select(e => $"'{Shorten(e)}'"))}{(furthest.Expected.Count > 4 ? " or others" : "")}.";
        return false;
    }

    /// <summary>The part of a story, 0 to 1, before the first place that the grammar would not have written.</summary>
    public double Follows(string story) =>
        story.Length == 0 ? 0 : MatchesAnyShape(story, out Furthest furthest) ? 1 : (double)furthest.At / story.Length;

    private bool MatchesAnyShape(string story, out Furthest furthest)
    {
        furthest = new Furthest();
        foreach (Node[] shape in shapes)
            if (Match(story, 0, shape, 0, null, new(StringComparer.Ordinal), furthest))
                return true;
        return false;
    }

    private bool Match(string story, int at, Node[] nodes, int from, Rest? rest, Dictionary<string, int> cast, Furthest furthest)
    {
        while (from == nodes.Length)
        {
            if (rest is null) return at == story.Length || furthest.Fail(at, "the end");
            (nodes, from, rest) = (rest.Nodes, rest.From, rest.Next);
        }
        switch (nodes[from])
        {
            case Text t:
                int same = story.AsSpan(at).CommonPrefixLength(t.Value);
                return same == t.Value.Length
                    ? Match(story, at + same, nodes, from + 1, rest, cast, furthest)
                    : furthest.Fail(at + same, t.Value[same..]);
            case Choice c:
                var after = new Rest(nodes, from + 1, rest);
                foreach (Node[] way in c.Ways)
                    if (Match(story, at, way, 0, after, cast, furthest))
                        return true;
                return false;
            case Role r:
                if (Entry(r, cast) is int entry and >= 0) return MatchEntry(r, entry);
                (int first, int end) = RangeOf(r);
                for (int i = first; i < end; i++)
                {
                    if (!Fits(r, i, cast)) continue;
                    cast[r.Name] = i;
                    if (MatchEntry(r, i)) return true;
                    cast.Remove(r.Name);
                }
                return false;
            default:
                return false;
        }

        bool MatchEntry(Role role, int entry)
        {
            string word = entries[role.List][entry][role.Attribute];
            return story.AsSpan(at).StartsWith(word, StringComparison.Ordinal)
                ? Match(story, at + word.Length, nodes, from + 1, rest, cast, furthest)
                : furthest.Fail(at, word);
        }
    }

    private static string Shorten(string text) => text.Length <= 24 ? text : text[..24] + "…";

    private static string Tail(string text) => text.Length <= 24 ? text : "…" + text[^24..];

    private void Learn(string text)
    {
        foreach ((string word, _) in WordsOf(text)) known.Add(word);
    }

    /// <summary>English words with their apostrophes, as they are written; every other sign by itself.</summary>
    private static IEnumerable<(string Word, int At)> WordsOf(string text)
    {
        for (int i = 0; i < text.Length;)
        {
            int end = i;
            while (end < text.Length && (char.IsAsciiLetter(text[end]) || (text[end] == '\'' && end > i))) end++;
            if (end == i) end++;
            if (text[i] != ' ') yield return (text[i..end], i);
            i = end;
        }
    }
}
