using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Heed.Tests.Formats;

/// <summary>A request as it came.</summary>
internal sealed record HubRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    public string? Authorization => Headers.GetValueOrDefault("authorization");

    public string? Range => Headers.GetValueOrDefault("range");
}

/// <summary>An answer. <paramref name="CutAfter"/>: the connection ends after so many bytes of the body.</summary>
internal sealed record HubReply(int Status, byte[] Body, int? CutAfter = null, params (string Name, string Value)[] Headers)
{
    public static HubReply Text(int status, string text, params (string Name, string Value)[] headers) => new(status, Encoding.UTF8.GetBytes(text), null, headers);

    /// <summary>Leaves the length out: the end of the connection is the end of the body.</summary>
    public bool WithoutLength { get; init; }

    /// <summary>Sends the body in pieces of 4 KiB with this pause between them.</summary>
    public int PauseMilliseconds { get; init; }
}

/// <summary>
/// A small hub on a socket of this machine: the API's description and tree (in pages), files under resolve, and large files under /cdn of another
/// host name, with the headers of the real one. A test changes any answer through <see cref="Intercept"/>.
/// </summary>
internal sealed class HubServer : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly SortedDictionary<string, (byte[] Bytes, bool Large)> files = new(StringComparer.Ordinal);
    private int running;

    public HubServer(string repository = "owner/model")
    {
        Repository = repository;
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        CdnHost = $"localhost:{Port}";
        _ = AcceptAsync();
    }

    public string Repository { get; }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>Where large files are sent to.</summary>
    public string CdnHost { get; set; }

    /// <summary>Entries of a page of the tree.</summary>
    public int PageSize { get; set; } = 1000;

    public bool KnowsRanges { get; set; } = true;

    public bool HasTree { get; set; } = true;

    public bool HasDescription { get; set; } = true;

    /// <summary>Answers instead of the hub where it gives an answer.</summary>
    public Func<HubRequest, HubReply?>? Intercept { get; set; }

    public ConcurrentQueue<HubRequest> Requests { get; } = new();

    /// <summary>The most file requests that ran at once.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Requests for contents: GET under resolve that is not sent on, or under /cdn.</summary>
    public HubRequest[] Downloads => [.. Requests.Where(r => r.Method == "GET" && (r.Target.StartsWith("/cdn/", StringComparison.Ordinal) || r.Target.Contains("/resolve/", StringComparison.Ordinal)))];

    public HubServer Add(string path, string text) => Add(path, Encoding.UTF8.GetBytes(text), false);

    public HubServer Add(string path, byte[] bytes, bool large)
    {
        files[path] = (bytes, large);
        return this;
    }

    /// <summary>The files of a tiny model, and one large file of random bytes.</summary>
    public HubServer AddModel(int weights = 300_000)
    {
        byte[] bytes = new byte[weights];
        new Random(weights).NextBytes(bytes);
        return Add("config.json", "{ \"model_type\": \"gpt2\" }").Add("tokenizer.json", "{}").Add("README.md", "# A model\n").Add(".gitattributes", "x").Add("training/log.txt", "log").Add("model.safetensors", bytes, large: true);
    }

    public byte[] this[string path] => files[path].Bytes;

    /// <summary>The hash by which the hub names a file.</summary>
    public string Hash(string path) => files[path].Large ? Sha256(files[path].Bytes) : GitHash(files[path].Bytes);

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string GitHash(byte[] bytes) => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));

    public void Dispose() => listener.Stop();

    /// <summary>The answer of the hub itself.</summary>
    public HubReply Answer(HubRequest request)
    {
        string path = request.Target.Split('?')[0];
        string api = $"/api/models/{Repository}/", resolve = $"/{Repository}/resolve/";
        if (path.StartsWith("/cdn/", StringComparison.Ordinal)) return Content(request, files.Values.First(f => Sha256(f.Bytes) == path[5..]).Bytes, ("ETag", "\"of-the-cdn\""));
        if (path.StartsWith(api, StringComparison.Ordinal))
        {
            string[] parts = path[api.Length..].Split('/');
            if (parts[1] is not ("main" or Commit or "refs%2Fpr%2F1")) return HubReply.Text(404, "{}", ("X-Error-Code", "RevisionNotFound"));
            if (parts[0] == "revision" && HasDescription) return HubReply.Text(200, JsonSerializer.Serialize(new { id = Repository, sha = Commit, siblings = files.Keys.Select(name => new { rfilename = name }) }));
            if (parts[0] == "tree" && HasTree) return Tree(request);
            return HubReply.Text(404, "no such page");
        }
        if (path.StartsWith(resolve, StringComparison.Ordinal))
        {
            string[] parts = path[resolve.Length..].Split('/', 2);
            string name = Uri.UnescapeDataString(parts[1]);
            if (!files.TryGetValue(name, out (byte[] Bytes, bool Large) file)) return HubReply.Text(404, "", ("X-Error-Code", "EntryNotFound"), ("X-Repo-Commit", Commit));
            if (!file.Large) return Content(request, file.Bytes, ("ETag", $"\"{GitHash(file.Bytes)}\""), ("X-Repo-Commit", Commit));
            string hash = Sha256(file.Bytes);
            return HubReply.Text(302, "", ("Location", $"http://{CdnHost}/cdn/{hash}?signature=x"), ("X-Linked-Etag", $"\"{hash}\""), ("X-Linked-Size", $"{file.Bytes.Length}"), ("X-Repo-Commit", Commit), ("ETag", "\"x\""));
        }
        return HubReply.Text(401, "{}", ("X-Error-Code", "RepoNotFound"), ("X-Error-Message", "Repository not found"));
    }

    private HubReply Tree(HubRequest request)
    {
        int from = request.Target.Split("cursor=") is [_, var cursor] ? int.Parse(cursor, CultureInfo.InvariantCulture) : 0;
        string[] names = [.. files.Keys.Skip(from).Take(PageSize)];
        string entries = string.Join(",", names.Select(name => files[name] is var file && file.Large
            ? $"{{\"type\":\"file\",\"oid\":\"{new string('a', 40)}\",\"size\":{file.Bytes.Length},\"lfs\":{{\"oid\":\"{Sha256(file.Bytes)}\",\"size\":{file.Bytes.Length},\"pointerSize\":130}},\"path\":{JsonSerializer.Serialize(name)}}}"
            : $"{{\"type\":\"file\",\"oid\":\"{GitHash(files[name].Bytes)}\",\"size\":{files[name].Bytes.Length},\"path\":{JsonSerializer.Serialize(name)}}}"));
        string folder = "{\"type\":\"directory\",\"oid\":\"" + new string('b', 40) + "\",\"size\":0,\"path\":\"training\"}";
        string body = from == 0 ? $"[{folder}{(entries.Length > 0 ? "," : "")}{entries}]" : $"[{entries}]";
        return from + names.Length < files.Count
            ? HubReply.Text(200, body, ("Link", $"<{Address}{request.Target.Split("&cursor=")[0]}&cursor={from + names.Length}>; rel=\"next\""))
            : HubReply.Text(200, body);
    }

    private HubReply Content(HubRequest request, byte[] bytes, params (string, string)[] headers)
    {
        if (request.Range is not { } range || !KnowsRanges) return new HubReply(200, bytes, null, headers);
        int from = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        return from >= bytes.Length ? HubReply.Text(416, "") : new HubReply(206, bytes[from..], null, [.. headers, ("Content-Range", $"bytes {from}-{bytes.Length - 1}/{bytes.Length}")]);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener was stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            client.NoDelay = true; // head and body are two writes
            try
            {
                using StreamReader reader = new(client.GetStream(), Encoding.Latin1);
                while (await reader.ReadLineAsync() is { Length: > 0 } line)
                {
                    string[] words = line.Split(' ');
                    Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
                    while (await reader.ReadLineAsync() is { Length: > 0 } header) headers[header.Split(':')[0]] = header.Split(':', 2)[1].Trim();
                    HubRequest request = new(words[0], words[1], headers);
                    Requests.Enqueue(request);
                    lock (files) MostAtOnce = Math.Max(MostAtOnce, ++running);
                    try
                    {
                        HubReply reply = Intercept?.Invoke(request) ?? Answer(request);
                        if (!await SendAsync(client.GetStream(), request, reply)) return;
                    }
                    finally
                    {
                        lock (files) running--;
                    }
                }
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // The other side went away.
            }
        }
    }

    // False: the connection ends.
    private static async Task<bool> SendAsync(NetworkStream stream, HubRequest request, HubReply reply)
    {
        StringBuilder head = new($"HTTP/1.1 {reply.Status} Status\r\n");
        foreach ((string name, string value) in reply.Headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (reply.WithoutLength) head.Append("Connection: close\r\n");
        else head.Append(CultureInfo.InvariantCulture, $"Content-Length: {reply.Body.Length}\r\n");
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()));
        if (request.Method == "HEAD") return true;
        ReadOnlyMemory<byte> body = reply.Body.AsMemory(0, Math.Min(reply.CutAfter ?? int.MaxValue, reply.Body.Length));
        if (reply.PauseMilliseconds == 0) await stream.WriteAsync(body);
        for (; reply.PauseMilliseconds > 0 && body.Length > 0; body = body[Math.Min(4096, body.Length)..])
        {
            await stream.WriteAsync(body[..Math.Min(4096, body.Length)]);
            await Task.Delay(reply.PauseMilliseconds);
        }
        return reply.CutAfter is null && !reply.WithoutLength;
    }
}
