using System.Net;
using System.Net.Http.Headers;

namespace Heed.Formats;

/// <summary>Requests to the hub and to the hosts that it sends to.</summary>
/// <remarks>
/// Redirects are followed here and not by the handler, for two reasons: the token may go to the hub's own origin alone (scheme, host and
/// port), and the hub's answer says what the file must be (<c>X-Repo-Commit</c>, <c>X-Linked-Etag</c>, <c>X-Linked-Size</c>) before another
/// host delivers it.
/// </remarks>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 10;

    private readonly HubSettings settings;
    private readonly HttpClient http;
    private readonly string revisionPath;
    private volatile bool reached; // an answer came: what fails from now on may pass

    public HubClient(HubSettings settings, string repository)
    {
        (this.settings, Repository) = (settings, repository);
        revisionPath = Uri.EscapeDataString(settings.Options.Revision);
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None, ConnectTimeout = settings.Options.Timeout })
        {
            Timeout = Timeout.InfiniteTimeSpan, // silence ends a request, not its length
        };
        string version = typeof(HubClient).Assembly.GetName().Version?.ToString(3) ?? "0";
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("heed", version));
    }

    public string Repository { get; }

    public TimeSpan Silence => settings.Options.Timeout;

    /// <summary>The hub's description of a revision.</summary>
    public Uri RevisionAddress => new(settings.Endpoint, $"api/models/{Repository}/revision/{revisionPath}");

    /// <summary>The list of a revision's or commit's files.</summary>
    public Uri TreeAddress(string? commit) => new(settings.Endpoint, $"api/models/{Repository}/tree/{commit ?? revisionPath}?recursive=true");

    /// <summary>The content of a file.</summary>
    public Uri FileAddress(string? commit, string path) => new(settings.Endpoint, $"{Repository}/resolve/{commit ?? revisionPath}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    /// <summary>Whether an address is the hub's own: the same scheme, host and port.</summary>
    public bool IsHub(Uri address) => address.Scheme == settings.Endpoint.Scheme && address.Port == settings.Endpoint.Port && string.Equals(address.IdnHost, settings.Endpoint.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>Sends a request and follows redirects.</summary>
    /// <param name="method">GET, or HEAD: that stays with the hub and asks what a file is.</param>
    /// <param name="address">Where to.</param>
    /// <param name="from">The first byte that is wanted.</param>
    /// <param name="what">What is asked for, in messages.</param>
    /// <param name="cancellation">Ends the request.</param>
    /// <param name="check">Looks at what the hub says about the file, before another host is asked for it.</param>
    /// <exception cref="HubException">No answer, or one that is no success.</exception>
    public async Task<HubResponse> SendAsync(HttpMethod method, Uri address, long from, string what, CancellationToken cancellation, Action<HubFacts>? check = null)
    {
        HubFacts facts = default;
        for (int hop = 0; hop <= MostRedirects; hop++)
        {
            HttpResponseMessage response = await SendOnceAsync(method, address, from, what, cancellation).ConfigureAwait(false);
            bool given = false;
            try
            {
                if (IsHub(address)) facts = facts.With(response);
                bool redirects = (int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is not null;
                if (!redirects)
                {
                    if (!response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable) throw HubRefusal.For(response, Repository, settings, address, what);
                    check?.Invoke(facts);
                    given = true;
                    return new HubResponse(response, facts, address);
                }
                check?.Invoke(facts);
                Uri next = new(address, response.Headers.Location!);
                if (method == HttpMethod.Head && !IsHub(next))
                {
                    given = true;
                    return new HubResponse(response, facts, address);
                }
                if (next.Scheme is not ("https" or "http") || (address.Scheme == "https" && next.Scheme == "http"))
                    throw new HubException($"{address.Host} sends from {address.Scheme} to {next.Scheme} for {what}: such a redirect is not followed.", response.StatusCode);
                address = next;
            }
            finally
            {
                if (!given) response.Dispose();
            }
        }
        throw new HubException($"{address.Host} redirects more than {MostRedirects} times for {what}.");
    }

    /// <summary>Reads the whole of an answer.</summary>
    /// <exception cref="HubException">It is longer than <paramref name="most"/> bytes, or does not arrive.</exception>
    public async Task<byte[]> ReadAllAsync(HubResponse response, long most, string what, CancellationToken cancellation)
    {
        using MemoryStream bytes = new();
        await ReadAsync(response, what, part =>
        {
            if (bytes.Length + part.Length > most) throw new HubException($"{what} of {Repository} has more than {most} bytes, which is more than any should have.");
            bytes.Write(part.Span);
        }, cancellation).ConfigureAwait(false);
        return bytes.ToArray();
    }

    /// <summary>Reads an answer part by part. Failures of the network are told as passing ones; those of <paramref name="take"/> go through as they are.</summary>
    /// <returns>Bytes that were read.</returns>
    public async Task<long> ReadAsync(HubResponse response, string what, Action<ReadOnlyMemory<byte>> take, CancellationToken cancellation)
    {
        if (response.Message.Content.Headers.ContentEncoding.Any(e => !e.Equals("identity", StringComparison.OrdinalIgnoreCase)))
            throw new HubException($"{response.Address.Host} sends {what} compressed, though it was asked not to.", response.Message.StatusCode);
        byte[] buffer = new byte[1 << 17];
        long total = 0;
        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        while (true)
        {
            int read;
            try
            {
                silence.CancelAfter(Silence);
                Stream stream = await response.Message.Content.ReadAsStreamAsync(silence.Token).ConfigureAwait(false);
                read = await stream.ReadAsync(buffer, silence.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                throw Cut(e, response.Address, what);
            }
            if (read == 0) return total;
            total += read;
            take(buffer.AsMemory(0, read));
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri address, long from, string what, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, address);
        if (settings.Token is { } token && IsHub(address)) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.AcceptEncoding.ParseAdd("identity"); // lengths and ranges are those of the file itself
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(Silence);
        try
        {
            HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
            reached = true;
            return response;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw Cut(e, address, what);
        }
    }

    private HubException Cut(Exception e, Uri address, string what)
    {
        HttpRequestError error = e is HttpRequestException request ? request.HttpRequestError : HttpRequestError.Unknown;
        string why = error switch
        {
            HttpRequestError.NameResolutionError => "the name is not known: is there a network?",
            HttpRequestError.ConnectionError => "no connection: " + e.Message,
            HttpRequestError.SecureConnectionError => "no secure connection: " + (e.InnerException?.Message ?? e.Message),
            HttpRequestError.ProxyTunnelError => "the proxy refuses: " + e.Message,
            _ when e is OperationCanceledException => $"silent for {Silence.TotalSeconds:0.#} s",
            _ => "the connection was cut",
        };
        bool certificate = error is HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;
        // Without any answer so far there is most likely no network, and waiting would only hide that.
        return new HubException($"{address.Authority} did not deliver {what}: {why}", null, e) { Reason = why, Passing = !certificate && (reached || error is not (HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError)) };
    }
}
