using System.Text;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>An expression of a grammar: what every front end (choices, regular expression, GBNF, JSON Schema) is turned into.</summary>
internal abstract class GrammarNode
{
    /// <summary>The empty text.</summary>
    public static GrammarNode Empty { get; } = new SequenceOf([]);

    /// <summary>No text at all.</summary>
    public static GrammarNode Never { get; } = new ChoiceOf([]);

    /// <summary>One text.</summary>
    public static GrammarNode Text(string text) => text.Length == 0 ? Empty : Sequence([.. Runes(text).Select(Character)]);

    /// <summary>One character.</summary>
    public static GrammarNode Character(int codePoint) => new CharacterOf(CodePointSet.Range(codePoint, codePoint));

    /// <summary>One character of a set.</summary>
    public static GrammarNode Characters(CodePointSet set) => new CharacterOf(set);

    /// <summary>One after the other.</summary>
    public static GrammarNode Sequence(params GrammarNode[] items) => items.Length == 1 ? items[0] : new SequenceOf(items);

    /// <summary>One of several.</summary>
    public static GrammarNode Choice(params GrammarNode[] items) => items.Length == 1 ? items[0] : new ChoiceOf(items);

    /// <summary>As often as the bounds say; null = without end.</summary>
    public static GrammarNode Repeat(GrammarNode item, int least, int? most = null) => (least, most) switch
    {
        (1, 1) => item,
        (_, 0) => Empty,
        _ => new RepeatOf(item, least, most),
    };

    /// <summary>Once or not at all.</summary>
    public static GrammarNode Optional(GrammarNode item) => Repeat(item, 0, 1);

    /// <summary>One of many texts, as the tree of their beginnings.</summary>
    public static GrammarNode OneOf(IEnumerable<string> texts)
    {
        int[][] sorted = [.. texts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(t => Runes(t).ToArray())];
        return From(sorted, 0);

        static GrammarNode From(ReadOnlySpan<int[]> texts, int at)
        {
            List<GrammarNode> ways = [];
            while (texts.Length > 0)
            {
                if (texts[0].Length == at)
                {
                    ways.Add(Empty);
                    texts = texts[1..];
                    continue;
                }
                int count = 1;
                while (count < texts.Length && texts[count][at] == texts[0][at]) count++;
                // What all of them share stands once, so that the depth is that of the branches, not of the text.
                int end = at + 1;
                while (count == 1 ? end < texts[0].Length : end < texts[0].Length && end < texts[count - 1].Length && texts[0][end] == texts[count - 1][end]) end++;
                GrammarNode shared = Sequence([.. texts[0][at..end].Select(Character)]);
                ways.Add(count == 1 ? shared : Sequence(shared, From(texts[..count], end)));
                texts = texts[count..];
            }
            return Choice([.. ways]);
        }
    }

    /// <summary>The code points of a text; a lone surrogate counts as U+FFFD.</summary>
    public static IEnumerable<int> Runes(string text) => text.EnumerateRunes().Select(r => r.Value);
}

/// <summary>One character of a set, in UTF-8.</summary>
internal sealed class CharacterOf(CodePointSet set) : GrammarNode
{
    public CodePointSet Set { get; } = set;
}

/// <summary>One after the other.</summary>
internal sealed class SequenceOf(GrammarNode[] items) : GrammarNode
{
    public GrammarNode[] Items { get; } = items;
}

/// <summary>One of several.</summary>
internal sealed class ChoiceOf(GrammarNode[] items) : GrammarNode
{
    public GrammarNode[] Items { get; } = items;
}

/// <summary>Least to Most times; null = without end.</summary>
internal sealed class RepeatOf(GrammarNode item, int least, int? most) : GrammarNode
{
    public GrammarNode Item { get; } = item;
    public int Least { get; } = least;
    public int? Most { get; } = most;
}

/// <summary>What a rule stands for.</summary>
internal sealed class RuleOf(GrammarRule rule) : GrammarNode
{
    public GrammarRule Rule { get; } = rule;
}

/// <summary>A named expression, to which others refer.</summary>
internal sealed class GrammarRule(string name)
{
    /// <summary>Its name, for messages.</summary>
    public string Name { get; } = name;

    /// <summary>What it stands for; set once all rules are known.</summary>
    public GrammarNode Body { get; set; } = GrammarNode.Never;
}
