using System.Text.RegularExpressions;

namespace Heed.Models;

/// <summary>In what two configurations differ, in words.</summary>
internal static partial class ConfigDifference
{
    /// <summary>What a file that is written for <paramref name="asked"/> would be read back as, where that is something else.</summary>
    /// <param name="asked">What the file should say.</param>
    /// <param name="back">What it says.</param>
    /// <returns>For example <c>Decoder.Scores.Scale = 1, which would be read back as 0.125</c>; several with semicolons between them.</returns>
    public static string Of(TransformerConfig asked, TransformerConfig back)
    {
        Dictionary<string, string> one = Values(asked.ToString()), two = Values(back.ToString());
        string[] names = [.. one.Keys.Union(two.Keys).Where(name => one.GetValueOrDefault(name) != two.GetValueOrDefault(name))];
        // Labels and windows are lists, which a record prints by their type.
        return names.Length == 0 ? "its lists (labels, windowed blocks, end tokens)"
            : string.Join("; ", names.Select(name => $"{name} = {Shown(one, name)}, which would be read back as {Shown(two, name)}"));

        static string Shown(Dictionary<string, string> values, string name) => values.GetValueOrDefault(name) is { Length: > 0 } value ? value : "nothing";
    }

    // The form in which records print themselves: Name { Member = value, Member = Name { ... } }.
    private static Dictionary<string, string> Values(string record)
    {
        Dictionary<string, string> values = [];
        Stack<string> path = new();
        foreach (Match match in Part().Matches(record))
        {
            if (match.Value == "}")
            {
                path.TryPop(out _);
                continue;
            }
            string name = string.Join('.', path.Reverse().Append(match.Groups["name"].Value));
            values[name] = (match.Groups["type"].Success ? match.Groups["type"] : match.Groups["value"]).Value.Trim();
            if (match.Groups["type"].Success) path.Push(match.Groups["name"].Value);
        }
        return values;
    }

    [GeneratedRegex(@"(?<name>\w+) = (?:(?<type>\w+) \{|(?<value>[^,{}]*))|\}")]
    private static partial Regex Part();
}
