namespace Heed.Formats;

/// <summary>Names that come from users and servers and end as paths on the disk: all are checked before they are used.</summary>
internal static class HubName
{
    private const int LongestName = 96;
    private const int LongestRevision = 255;
    private const int LongestPath = 1024;
    private const int LongestSegment = 200; // bytes of UTF-8; file systems take 255, and endings are added

    /// <summary>Whether a text names a repository: <c>OWNER/NAME</c>, or <c>NAME</c> as the oldest models have it.</summary>
    public static bool IsRepository(string? name)
    {
        if (name is null || name.Length == 0) return false;
        string[] parts = name.Split('/');
        return parts.Length <= 2 && parts.All(IsPart)
            && !name.Contains("--", StringComparison.Ordinal) && !name.Contains("..", StringComparison.Ordinal) && !name.EndsWith(".git", StringComparison.Ordinal);

        static bool IsPart(string part) => part.Length is > 0 and <= LongestName && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && part[0] is not ('-' or '.') && part[^1] is not ('-' or '.');
    }

    /// <summary>Demands the name of a repository.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static string CheckRepository(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return IsRepository(name) ? name : throw new ArgumentException($"{WeightFormatException.Quote(name)} is no model of the hub, expected OWNER/NAME of letters, digits, '-', '_' and '.'.");
    }

    /// <summary>Demands a branch, tag or commit whose name is also a safe path.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static string CheckRevision(string revision)
    {
        ArgumentNullException.ThrowIfNull(revision);
        return revision.Length <= LongestRevision && Problem(revision) is null && revision[0] != '-' ? revision
            : throw new ArgumentException($"{WeightFormatException.Quote(revision)} is no revision, expected a branch, a tag or a commit.");
    }

    /// <summary>Whether a text is a commit: 40 hexadecimal digits, lower case.</summary>
    public static bool IsCommit(string? text) => text is { Length: 40 } && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Whether a text is the hash of a file: SHA-1 of a git blob or SHA-256, lower case.</summary>
    public static bool IsHash(string? text) => text is { Length: 40 or 64 } && text.All(char.IsAsciiHexDigitLower);

    /// <summary>What is wrong with a path that a server names, or null: it must be relative, stay in its folder and be a name on every system.</summary>
    public static string? Problem(string path)
    {
        if (path.Length is 0 or > LongestPath) return $"it has {path.Length} characters, expected 1 to {LongestPath}";
        if (path.Any(c => char.IsControl(c) || c == '\uFFFD') || path.AsSpan().IndexOfAny("\\:*?\"<>|") >= 0) return "it has a character that a file name cannot have on every system";
        foreach (string part in path.Split('/'))
        {
            if (part.Length == 0) return "it is absolute or has an empty part";
            if (part is "." or "..") return "it has a part that leaves the folder";
            if (part[^1] is ' ' or '.') return "it has a part that ends with a space or a dot";
            if (System.Text.Encoding.UTF8.GetByteCount(part) > LongestSegment) return $"it has a part of more than {LongestSegment} bytes";
            if (IsDevice(part)) return "it names a device of Windows";
        }
        return null;
    }

    /// <summary>The folder of a repository in the cache.</summary>
    public static string CacheFolder(string repository) => "models--" + repository.Replace("/", "--", StringComparison.Ordinal);

    // CON, NUL, COM1 and the like, with any ending.
    private static bool IsDevice(string part)
    {
        string stem = part.Split('.')[0].TrimEnd(' ').ToUpperInvariant();
        return stem is "CON" or "PRN" or "AUX" or "NUL" || (stem.Length == 4 && stem[..3] is "COM" or "LPT" && char.IsAsciiDigit(stem[3]));
    }
}
