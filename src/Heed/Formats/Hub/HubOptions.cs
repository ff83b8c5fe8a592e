namespace Heed.Formats;

/// <summary>What to pull and how. A value that is null comes from the environment, by the names that other tools of the hub use.</summary>
public sealed class HubOptions
{
    /// <summary>A branch, a tag, or a commit of 40 hexadecimal digits.</summary>
    public string Revision { get; init; } = "main";

    /// <summary>Address of the hub, http or https. Null: <c>HF_ENDPOINT</c>, or https://huggingface.co.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Token of the user; goes to the hub alone, never to another host. Empty: none. Null: <c>HF_TOKEN</c>, or else the file that <c>HF_TOKEN_PATH</c> names, or <c>$HF_HOME/token</c>.</summary>
    public string? Token { get; init; }

    /// <summary>The cache that tools of the hub share. Null: <c>HF_HUB_CACHE</c>, or <c>$HF_HOME/hub</c>, or <c>~/.cache/huggingface/hub</c>.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>A plain folder to put the files into instead of the cache, or null.</summary>
    public string? LocalFolder { get; init; }

    /// <summary>Patterns of the files to take instead of those that a model needs; empty: what a model needs. * and ? match / too, as the hub's own tools have it.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns of files to leave out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Files downloaded at once, 1 to 64.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Failures in a row, without a byte of progress between them, after which a request is given up; 1 or more.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The wait before the second attempt; doubles with each further one, up to 30 seconds.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a server may be silent before the connection counts as cut.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Use only what the cache holds. Null: <c>HF_HUB_OFFLINE</c>.</summary>
    public bool? Offline { get; init; }

    /// <summary>Put symbolic links into snapshots where the system can; otherwise files. Null: unless <c>HF_HUB_DISABLE_SYMLINKS</c> is set.</summary>
    public bool? Symlinks { get; init; }
}
