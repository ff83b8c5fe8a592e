namespace Heed.Formats;

/// <summary>File patterns as the hub's own tools read them (Python's fnmatch): * and ? match any character, / too; [abc], [a-z] and [!a] are sets; a pattern that ends with / means all below it.</summary>
internal static class HubGlob
{
    /// <summary>Whether a pattern matches the whole of a path; upper and lower case differ.</summary>
    public static bool Matches(string pattern, string path)
    {
        pattern = pattern.Replace('\\', '/');
        if (pattern.EndsWith('/')) pattern += "*";
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < path.Length)
        {
            if (p < pattern.Length && pattern[p] == '*') (star, mark) = (p++, t);
            else if (p < pattern.Length && One(pattern, p, path[t]) is > 0 and var length) (p, t) = (p + length, t + 1);
            else if (star >= 0) (p, t) = (star + 1, ++mark); // the last star takes one character more
            else return false;
        }
        return p == pattern.Length || pattern.AsSpan(p).Trim('*').IsEmpty;
    }

    // Length of the part of the pattern at p if it matches one character, otherwise 0.
    private static int One(string pattern, int p, char c)
    {
        if (pattern[p] == '?') return 1;
        bool not = pattern[p] == '[' && p + 1 < pattern.Length && pattern[p + 1] == '!';
        int first = p + (not ? 2 : 1);
        int end = pattern[p] == '[' && first < pattern.Length ? pattern.IndexOf(']', first + 1) : -1; // a ] that comes first is itself
        if (end < 0) return pattern[p] == c ? 1 : 0;
        bool found = false;
        for (int i = first; i < end; i++)
        {
            bool range = i + 2 < end && pattern[i + 1] == '-';
            found |= range ? c >= pattern[i] && c <= pattern[i + 2] : c == pattern[i];
            if (range) i += 2;
        }
        return found != not ? end + 1 - p : 0;
    }
}
