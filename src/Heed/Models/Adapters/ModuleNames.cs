using System.Text.RegularExpressions;

namespace Heed.Models;

/// <summary>How the names of PEFT choose among the modules of a model.</summary>
internal static class ModuleNames
{
    private static readonly TimeSpan MatchTime = TimeSpan.FromSeconds(1); // expressions come with files of others

    /// <summary>A regular expression among names: it begins with ^.</summary>
    public static string Expression(string pattern) => pattern.StartsWith('^') ? pattern : $"^{pattern}";

    /// <summary>Whether a list names a module: by its whole name, by the end of it, or by an expression.</summary>
    /// <exception cref="ArgumentException">An expression is none, or takes too long.</exception>
    public static bool Contains(IEnumerable<string> names, string module) => names.Any(name =>
        name.StartsWith('^') ? Matches($"^(?:{name[1..]})$", module) : module == name || module.EndsWith("." + name, StringComparison.Ordinal));

    /// <summary>The value of the first pattern that a module's name ends with; the usual one where there is none.</summary>
    public static T Pattern<T>(IReadOnlyDictionary<string, T> patterns, string module, T usual)
    {
        foreach ((string pattern, T value) in patterns)
            if (Matches($@"^(.*\.)?({pattern})$", module)) return value;
        return usual;
    }

    /// <summary>The number of a module's block: the first number in its name that stands behind two words; null = it is in none.</summary>
    public static int? Block(string module) => Regex.Match(module, @"^.*?\.[^.]*\.(\d+)\.", RegexOptions.None, MatchTime) is { Success: true } match && int.TryParse(match.Groups[1].ValueSpan, out int block) ? block : null;

    private static bool Matches(string pattern, string module)
    {
        try
        {
            return Regex.IsMatch(module, pattern, RegexOptions.CultureInvariant, MatchTime);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new ArgumentException($"the expression {pattern} takes too long", e);
        }
    }
}
