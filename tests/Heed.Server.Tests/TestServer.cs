using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Heed.Server.Tests;

/// <summary>A real server on a free port of this machine, and a client.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private TestServer(WebApplication app)
    {
        this.app = app;
        Url = new Uri(app.Urls.Single());
        Client = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero }) { BaseAddress = Url }; // who goes away goes at once
    }

    public Uri Url { get; }

    public HttpClient Client { get; }

    public ModelRegistry Registry => app.Services.GetRequiredService<ModelRegistry>();

    /// <summary>The engine's view of a model that is in memory.</summary>
    public Generation.EngineStatistics Statistics(string model) => ((DecoderWriter)Registry.Loaded.Single(l => l.Model.Source.Name == model).Model.Writer!).Statistics;

    public static async Task<TestServer> Start(IEnumerable<string> models, Func<ServerOptions, ServerOptions>? change = null, Action<WebApplicationBuilder>? configure = null)
    {
        ServerOptions options = new() { Models = [.. models.Select(m => ModelSource.Read(m))], Port = 0, Parallel = 8 };
        WebApplication app = HeedServer.Build(change?.Invoke(options) ?? options, configure);
        await app.StartAsync();
        return new TestServer(app);
    }

    public Task Stop() => app.StopAsync();

    public async Task<JsonElement> Get(string path) => await Read(await Client.GetAsync(path), 200);

    public async Task<JsonElement> Post(string path, object body, int status = 200) => await Read(await Client.PostAsync(path, Json(body)), status);

    /// <summary>Expects an error in OpenAI's form.</summary>
    public async Task<string> Refused(string path, object body, int status, string? parameter)
    {
        JsonElement error = (await Post(path, body, status)).GetProperty("error");
        Assert.Equal(parameter, error.GetProperty("param").GetString());
        Assert.False(string.IsNullOrEmpty(error.GetProperty("type").GetString()));
        return error.GetProperty("message").GetString()!;
    }

    /// <summary>The data of a stream's events.</summary>
    public async Task<List<JsonElement>> Events(string path, object body)
    {
        using HttpResponseMessage response = await Client.SendAsync(new(HttpMethod.Post, path) { Content = Json(body) }, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        string text = await response.Content.ReadAsStringAsync();
        string[] events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", events[^1]);
        return [.. events[..^1].Select(e => JsonDocument.Parse(e["data: ".Length..]).RootElement)];
    }

    /// <summary>Opens a stream and reads its first events; it goes on until the answer is disposed.</summary>
    public async Task<HttpResponseMessage> Open(string path, object body, int events = 2)
    {
        HttpResponseMessage response = await Client.SendAsync(new(HttpMethod.Post, path) { Content = Json(body) }, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Stream stream = await response.Content.ReadAsStreamAsync();
        byte[] part = new byte[1];
        for (int ends = 0; ends < 2 * events;)
        {
            Assert.Equal(1, await stream.ReadAsync(part));
            if (part[0] == '\n') ends++;
        }
        return response;
    }

    public static StringContent Json(object body) => new(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    public static async Task<JsonElement> Read(HttpResponseMessage response, int status)
    {
        using (response)
        {
            string text = await response.Content.ReadAsStringAsync();
            Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode}, expected {status}: {text}");
            return JsonDocument.Parse(text).RootElement;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
    }
}

/// <summary>Waits for what happens soon.</summary>
internal static class Soon
{
    public static async Task Holds(Func<bool> condition, string what)
    {
        for (int i = 0; i < 500; i++)
        {
            if (condition()) return;
            await Task.Delay(10);
        }
        Assert.Fail($"not within 5 seconds: {what}");
    }
}
