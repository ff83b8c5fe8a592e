using System.Globalization;
using System.Text;

namespace Heed.Tokenization;

/// <summary>The sets of characters which patterns name: \p{...}, \s, \d, \w, and case-insensitive closures.</summary>
internal static class UnicodeSets
{
    private static readonly (string Short, string Long, UnicodeCategory Category)[] Categories =
    [
        ("lu", "uppercaseletter", UnicodeCategory.UppercaseLetter), ("ll", "lowercaseletter", UnicodeCategory.LowercaseLetter),
        ("lt", "titlecaseletter", UnicodeCategory.TitlecaseLetter), ("lm", "modifierletter", UnicodeCategory.ModifierLetter),
        ("lo", "otherletter", UnicodeCategory.OtherLetter), ("mn", "nonspacingmark", UnicodeCategory.NonSpacingMark),
        ("mc", "spacingmark", UnicodeCategory.SpacingCombiningMark), ("me", "enclosingmark", UnicodeCategory.EnclosingMark),
        ("nd", "decimalnumber", UnicodeCategory.DecimalDigitNumber), ("nl", "letternumber", UnicodeCategory.LetterNumber),
        ("no", "othernumber", UnicodeCategory.OtherNumber), ("zs", "spaceseparator", UnicodeCategory.SpaceSeparator),
        ("zl", "lineseparator", UnicodeCategory.LineSeparator), ("zp", "paragraphseparator", UnicodeCategory.ParagraphSeparator),
        ("cc", "control", UnicodeCategory.Control), ("cf", "format", UnicodeCategory.Format),
        ("cs", "surrogate", UnicodeCategory.Surrogate), ("co", "privateuse", UnicodeCategory.PrivateUse),
        ("pc", "connectorpunctuation", UnicodeCategory.ConnectorPunctuation), ("pd", "dashpunctuation", UnicodeCategory.DashPunctuation),
        ("ps", "openpunctuation", UnicodeCategory.OpenPunctuation), ("pe", "closepunctuation", UnicodeCategory.ClosePunctuation),
        ("pi", "initialpunctuation", UnicodeCategory.InitialQuotePunctuation), ("pf", "finalpunctuation", UnicodeCategory.FinalQuotePunctuation),
        ("po", "otherpunctuation", UnicodeCategory.OtherPunctuation), ("sm", "mathsymbol", UnicodeCategory.MathSymbol),
        ("sc", "currencysymbol", UnicodeCategory.CurrencySymbol), ("sk", "modifiersymbol", UnicodeCategory.ModifierSymbol),
        ("so", "othersymbol", UnicodeCategory.OtherSymbol), ("cn", "unassigned", UnicodeCategory.OtherNotAssigned),
    ];

    private static readonly (string Short, string Long)[] Majors =
    [
        ("l", "letter"), ("m", "mark"), ("n", "number"), ("z", "separator"), ("c", "other"), ("p", "punctuation"), ("s", "symbol"),
    ];

    private static readonly Lazy<CodePointSet[]> ByCategory = new(MakeCategories);
    private static readonly Lazy<Dictionary<int, int[]>> Variants = new(MakeVariants);

    /// <summary>\s: the property White_Space.</summary>
    public static CodePointSet Space { get; } =
        CodePointSet.Of([(9, 13), (' ', ' '), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
            (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)]);

    /// <summary>\d: decimal digits.</summary>
    public static CodePointSet Digit => Category("nd")!;

    /// <summary>
    /// \w in Oniguruma: letters, marks, decimal digits, letter numbers, connectors, and the circled and squared letters, which are
    /// alphabetic though symbols by category (Unicode Technical Standard 18, annex C, without its join controls).
    /// </summary>
    public static CodePointSet Word => field ??= Union("l", "m", "nd", "nl", "pc")
        .Union(CodePointSet.Of([(0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)]));

    /// <summary>\w in Rust: the same and the join controls.</summary>
    public static CodePointSet RustWord => field ??= Word.Union(CodePointSet.Range(0x200C, 0x200D));

    /// <summary>A set by the name within \p{...}; null when there is no such name here.</summary>
    public static CodePointSet? Find(string name)
    {
        string key = new([.. name.Where(c => c is not (' ' or '_' or '-')).Select(char.ToLowerInvariant)]);
        int equals = key.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0)
            return key[..equals] switch
            {
                "script" or "sc" => UnicodeScripts.Find(key[(equals + 1)..]),
                "generalcategory" or "gc" => Category(key[(equals + 1)..]),
                _ => null,
            };
        return Named(key) ?? Category(key) ?? UnicodeScripts.Find(key);
    }

    private static CodePointSet? Named(string key) => key switch
    {
        "any" => CodePointSet.All,
        "assigned" => Category("cn")!.Complement(),
        "ascii" => CodePointSet.Range(0, 127),
        "word" or "w" => Word,
        "space" or "whitespace" or "wspace" => Space,
        "digit" => Digit,
        "blank" => Category("zs")!.Union(CodePointSet.Range('\t', '\t')),
        "cntrl" => Category("cc"),
        "xdigit" or "asciihexdigit" or "ahex" => CodePointSet.Of([('0', '9'), ('A', 'F'), ('a', 'f')]),
        "punct" => Category("p")!.Union(CodePointSet.Of("$+<=>^`|~".Select(c => ((int)c, (int)c)))),   // as POSIX has it
        "graph" => Space.Union(Union("cc", "cs", "cn")).Complement(),
        "print" => Space.Union(Union("cc", "cs", "cn")).Complement().Union(Category("zs")!),
        "lc" or "casedletter" => Union("lu", "ll", "lt"),
        _ => null,
    };

    private static CodePointSet? Category(string key)
    {
        foreach ((string name, string full) in Majors)
            if (key == name || key == full)
                return Union([.. Categories.Where(c => c.Short[0] == name[0]).Select(c => c.Short)]);
        foreach ((string name, string full, UnicodeCategory category) in Categories)
            if (key == name || key == full)
                return ByCategory.Value[(int)category];
        return null;
    }

    private static CodePointSet Union(params string[] categories) =>
        CodePointSet.Of(categories.SelectMany(c => Category(c)!.Ranges.ToArray()));

    private static CodePointSet[] MakeCategories()
    {
        var ranges = new List<(int, int)>[30];
        for (int i = 0; i < ranges.Length; i++) ranges[i] = [];
        int first = 0;
        for (int c = 1; c <= CodePointSet.Last + 1; c++)
        {
            UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(first);
            if (c <= CodePointSet.Last && CharUnicodeInfo.GetUnicodeCategory(c) == category) continue;
            ranges[(int)category].Add((first, c - 1));
            first = c;
        }
        return [.. ranges.Select(CodePointSet.Of)];
    }

    /// <summary>The set with every character which differs from one of its own only in case, by simple case folding (one character to one).</summary>
    public static CodePointSet IgnoreCase(CodePointSet set)
    {
        var closed = new List<(int, int)>([.. set.Ranges]);
        foreach ((int character, int[] variants) in Variants.Value)
            if (set.Contains(character))
                closed.AddRange(variants.Select(v => (v, v)));
        return CodePointSet.Of(closed);
    }

    /// <summary>Characters which have a case: all that fold to the same one.</summary>
    private static Dictionary<int, int[]> MakeVariants()
    {
        var groups = new Dictionary<int, List<int>>();
        foreach ((int first, int last) in Union("l", "m", "n", "so").Ranges)
            for (int c = first; c <= last; c++)
            {
                int folded = Fold(c);
                if (folded == c) continue;
                if (!groups.TryGetValue(folded, out List<int>? group)) groups[folded] = group = [folded];
                group.Add(c);
            }
        return groups.Values.SelectMany(group => group.Select(c => (c, group))).ToDictionary(p => p.c, p => p.group.ToArray());
    }

    private static int Fold(int c) => c switch
    {
        0x017F => 's',            // the long s; the runtime's mappings keep characters from becoming ASCII
        0x212A => 'k',            // the Kelvin sign
        0x0130 or 0x0131 => c,    // Turkish i: folds only in Turkic languages
        _ => Rune.ToLowerInvariant(Rune.ToUpperInvariant(new Rune(c))).Value,
    };
}
