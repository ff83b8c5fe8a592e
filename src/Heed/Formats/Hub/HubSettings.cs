using System.Text;

namespace Heed.Formats;

/// <summary>Options whose gaps are filled from the environment, checked.</summary>
internal sealed class HubSettings
{
    private const string DefaultEndpoint = "https://huggingface.co";

    private HubSettings(HubOptions options, Uri endpoint, string? token, string cache, bool offline, bool symlinks) =>
        (Options, Endpoint, Token, CacheFolder, Offline, Symlinks) = (options, endpoint, token, cache, offline, symlinks);

    public HubOptions Options { get; }

    /// <summary>Ends with a slash.</summary>
    public Uri Endpoint { get; }

    public string? Token { get; }

    public string CacheFolder { get; }

    public bool Offline { get; }

    public bool Symlinks { get; }

    /// <summary>Fills the gaps of options from the environment of this process.</summary>
    public static HubSettings From(HubOptions? options) => From(options, Environment.GetEnvironmentVariable);

    /// <summary>Fills the gaps of options.</summary>
    /// <exception cref="ArgumentException">An option or a variable is out of its range.</exception>
    public static HubSettings From(HubOptions? options, Func<string, string?> environment)
    {
        options ??= new HubOptions();
        if (options.Parallel is < 1 or > 64) throw new ArgumentException($"files at once must be 1 to 64, given {options.Parallel}.");
        if (options.Attempts < 1) throw new ArgumentException($"attempts must be 1 or more, given {options.Attempts}.");
        if (options.Timeout <= TimeSpan.Zero || options.RetryDelay < TimeSpan.Zero) throw new ArgumentException("the timeout must be more than 0 and the delay not negative.");
        HubName.CheckRevision(options.Revision);
        string home = Folder("HF_HOME") ?? Path.Combine(Folder("XDG_CACHE_HOME") ?? Path.Combine(UserFolder(environment), ".cache"), "huggingface");
        string cache = options.CacheFolder ?? Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub");
        bool offline = options.Offline ?? (IsTrue("HF_HUB_OFFLINE") || IsTrue("TRANSFORMERS_OFFLINE"));
        return new HubSettings(options, Address(options.Endpoint ?? Value("HF_ENDPOINT") ?? DefaultEndpoint), Token(), Path.GetFullPath(cache), offline, options.Symlinks ?? !IsTrue("HF_HUB_DISABLE_SYMLINKS"));

        string? Value(string name) => environment(name) is { Length: > 0 } value ? value : null;

        string? Folder(string name) => Value(name) is { } value ? Expand(value, environment) : null;

        bool IsTrue(string name) => Value(name)?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

        string? Token()
        {
            if (options.Token is { } given) return CleanToken(given, "the token");
            if (IsTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return null;
            if ((Value("HF_TOKEN") ?? Value("HUGGING_FACE_HUB_TOKEN")) is { } set) return CleanToken(set, "HF_TOKEN");
            string file = Folder("HF_TOKEN_PATH") ?? Path.Combine(home, "token");
            return File.Exists(file) ? CleanToken(ReadToken(file), file) : null;
        }
    }

    private static string ReadToken(string file)
    {
        const int Longest = 1 << 16;
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (stream.Length > Longest) throw new ArgumentException($"{file} has {stream.Length} bytes, expected a token.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    // A token goes into a header: line ends at its border come from files and shells, inside it is none. It is never shown.
    private static string? CleanToken(string text, string where)
    {
        string token = text.Trim();
        if (token.Any(c => c is <= ' ' or > '~')) throw new ArgumentException($"{where} holds no token: it has spaces or characters that a token cannot have.");
        return token.Length == 0 ? null : token;
    }

    private static Uri Address(string text)
    {
        if (!Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
            throw new ArgumentException($"the hub's address (HF_ENDPOINT) is {WeightFormatException.Quote(text)}, expected one such as {DefaultEndpoint}.");
        return address;
    }

    // ~ and $NAME or ${NAME}, as a shell would have it; an unknown name stays as it is.
    private static string Expand(string path, Func<string, string?> environment)
    {
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith("~\\", StringComparison.Ordinal)) path = UserFolder(environment) + path[1..];
        StringBuilder expanded = new();
        for (int i = 0; i < path.Length;)
        {
            bool braces = path.AsSpan(i).StartsWith("${");
            int start = i + (braces ? 2 : 1), end = start;
            while (path[i] == '$' && end < path.Length && (char.IsAsciiLetterOrDigit(path[end]) || path[end] == '_')) end++;
            bool whole = end > start && (!braces || (end < path.Length && path[end] == '}'));
            string? value = whole ? environment(path[start..end]) : null;
            if (value is null) expanded.Append(path[i++]);
            else
            {
                expanded.Append(value);
                i = end + (braces ? 1 : 0);
            }
        }
        return expanded.ToString();
    }

    private static string UserFolder(Func<string, string?> environment) =>
        (OperatingSystem.IsWindows() ? null : environment("HOME")) is { Length: > 0 } home ? home : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
}
