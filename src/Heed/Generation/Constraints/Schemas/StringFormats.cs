namespace Heed.Generation;

/// <summary>The values of the keyword <c>format</c> that have a regular expression.</summary>
internal static class StringFormats
{
    private const string Days = @"(?:\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))|(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)";
    private const string Clock = @"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)";
    private const string Hours = @"T(?:\d{1,9}H(?:\d{1,9}M(?:\d{1,9}S)?)?|\d{1,9}M(?:\d{1,9}S)?|\d{1,9}S)";
    private const string Label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private const string Atom = @"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,32}";
    private const string Octet = @"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)";
    private const string Group = "[0-9a-fA-F]{1,4}";

    private static readonly Dictionary<string, string> Patterns = new()
    {
        ["date"] = Days, // with the right number of days in each month (RFC 3339)
        ["time"] = Clock,
        ["date-time"] = Days + "T" + Clock,
        ["duration"] = $@"P(?:\d{{1,9}}W|(?:\d{{1,9}}Y(?:\d{{1,9}}M(?:\d{{1,9}}D)?)?|\d{{1,9}}M(?:\d{{1,9}}D)?|\d{{1,9}}D)(?:{Hours})?|{Hours})",
        ["uuid"] = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        ["email"] = $@"{Atom}(?:\.{Atom})?@(?:{Label}\.){{1,3}}[A-Za-z]{{2,18}}",
        ["hostname"] = $@"(?:{Label}\.){{0,3}}{Label}",
        ["ipv4"] = $@"{Octet}(?:\.{Octet}){{3}}",
        ["ipv6"] = $"(?:{Group}:){{7}}{Group}|(?:{Group}:){{1,7}}:|(?:{Group}:){{1,6}}:{Group}|(?:{Group}:){{1,5}}(?::{Group}){{1,2}}|(?:{Group}:){{1,4}}(?::{Group}){{1,3}}"
            + $"|(?:{Group}:){{1,3}}(?::{Group}){{1,4}}|(?:{Group}:){{1,2}}(?::{Group}){{1,5}}|{Group}:(?::{Group}){{1,6}}|:(?:(?::{Group}){{1,7}}|:)",
    };

    /// <summary>The names that are known.</summary>
    public static IEnumerable<string> Names => Patterns.Keys;

    /// <summary>The texts of a format; null when it is not known.</summary>
    public static GrammarNode? Find(string name) => Patterns.TryGetValue(name, out string? pattern) ? RegexGrammar.Parse(pattern) : null;
}
