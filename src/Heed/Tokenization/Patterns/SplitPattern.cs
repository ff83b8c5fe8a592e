using System.Collections.Concurrent;

namespace Heed.Tokenization;

/// <summary>In which dialect a split pattern is written.</summary>
public enum PatternSyntax
{
    /// <summary>Oniguruma's Ruby flavour, in which tokenizer.json files are written: ^ and $ are ends of lines, (?m) lets the dot take newlines.</summary>
    Oniguruma,

    /// <summary>Rust's fancy-regex, in which tiktoken's patterns are written: ^ and $ are ends of the text, {n,m}+ is possessive.</summary>
    Rust,
}

/// <summary>One match: the bytes Start .. End - 1 of the text.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends; the same as <paramref name="Start"/> for an empty match.</param>
public readonly record struct PatternMatch(int Start, int End);

/// <summary>
/// A regular expression over UTF-8 text, by code points: the "Regex" of tokenizer.json's Split and Replace, and tiktoken's patterns.
/// It takes ordered alternatives; greedy, lazy and possessive quantifiers; groups, flags (?i) (?m) (?s) (?x), atomic groups,
/// look-ahead and look-behind of fixed width; classes with ranges, nesting and intersection; general categories and the common
/// scripts; \s \d \w \h \R and the usual escapes; ^ $ \A \z \Z \b \B. Case-insensitivity is by simple case folding (one character
/// to one). Back-references, recursion and conditions are errors.
/// <para>
/// The patterns of GPT-2, GPT-4 (cl100k), GPT-4o (o200k), LLaMA-3 and Qwen2 run as hand-made scanners, others on a general engine.
/// The time to find all matches with <see cref="EnumerateMatches"/> is proportional to the length of the text for every pattern
/// and text. Immutable and thread-safe.
/// </para>
/// </summary>
public sealed class SplitPattern
{
    private readonly Lazy<PatternProgram> program;   // a pattern with a scanner compiles only when somebody asks
    private readonly ConcurrentBag<PatternMatcher> matchers = [];

    private SplitPattern(string regex, PatternSyntax syntax, SplitScanner? scanner)
    {
        Regex = regex;
        Syntax = syntax;
        Scanner = scanner;
        program = new(() => PatternCompiler.Compile(regex, syntax));
        if (scanner is null) _ = program.Value;
    }

    /// <summary>The pattern as it was given.</summary>
    public string Regex { get; }

    /// <summary>The dialect in which it was read.</summary>
    public PatternSyntax Syntax { get; }

    /// <summary>The hand-made scanner of the pattern; null for one that runs on the general engine.</summary>
    internal SplitScanner? Scanner { get; }

    internal PatternProgram Program => program.Value;

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="FormatException">The pattern is wrong or has a construct that is not supported; the message says what and where.</exception>
    public static SplitPattern Parse(string regex, PatternSyntax syntax = PatternSyntax.Oniguruma)
    {
        ArgumentNullException.ThrowIfNull(regex);
        return new(regex, syntax, SplitScanner.Find(regex, syntax));
    }

    /// <summary>A pattern that matches a text as it stands, character by character.</summary>
    public static SplitPattern Literal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c > 127 || c < ' ' ? c.ToString() : "\\" + c)));
    }

    /// <summary>The same pattern on the general engine, whatever scanner there is.</summary>
    internal static SplitPattern ParseGeneral(string regex, PatternSyntax syntax = PatternSyntax.Oniguruma) => new(regex, syntax, null);

    /// <summary>
    /// The leftmost match that begins at <paramref name="from"/> or later. To go through all matches of a text use
    /// <see cref="EnumerateMatches"/>, which steps over empty ones and stays linear.
    /// </summary>
    /// <param name="utf8">The text; what stands before <paramref name="from"/> is seen by look-behind and anchors.</param>
    /// <param name="from">A byte at which a character begins, or the length of the text.</param>
    /// <param name="start">The match's first byte.</param>
    /// <param name="end">The byte after it; equal to <paramref name="start"/> for an empty match.</param>
    /// <returns>False when there is no match.</returns>
    public bool Next(ReadOnlySpan<byte> utf8, int from, out int start, out int end)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)from, (uint)utf8.Length, nameof(from));
        using var matches = new PatternMatches(this, utf8, from);
        bool found = matches.MoveNext();
        (start, end) = matches.Current;
        return found;
    }

    /// <summary>All matches of the text from left to right, none overlapping another, and no empty one right behind another match.</summary>
    public PatternMatches EnumerateMatches(ReadOnlySpan<byte> utf8) => new(this, utf8, 0);

    internal PatternMatcher RentMatcher() => matchers.TryTake(out PatternMatcher? matcher) ? matcher : new PatternMatcher(Program);

    internal void Return(PatternMatcher matcher) => matchers.Add(matcher);
}
