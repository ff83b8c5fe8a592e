using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Heed.Generation;
using Microsoft.Extensions.Logging;

namespace Heed.Server.Tests;

/// <summary>Many callers, callers who go away, and too many of them.</summary>
[Collection("server")]
public sealed class OperationTests(SmallModels models)
{
    private const string Route = "/v1/completions";

    [Fact]
    public async Task Callers_at_the_same_time_do_not_mix()
    {
        LanguageModel model = LanguageModel.Load(models.Writer);
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(async i =>
            string.Concat((await models.Server.Events(Route, Body(i, true))).Select(e => e.GetProperty("choices")[0].GetProperty("text").GetString()))));
        for (int i = 0; i < answers.Length; i++) Assert.Equal(model.Complete($"text {i}: ", new() { Seed = (ulong)i, MaxTokens = 10 + i }), answers[i]);

        static object Body(int i, bool stream) => new { model = "chat", prompt = $"text {i}: ", seed = i, max_tokens = 10 + i, stream };
    }

    [Fact]
    public async Task Who_goes_away_frees_the_place_at_once()
    {
        await using TestServer server = await TestServer.Start([models.Endless]);
        HttpResponseMessage[] open = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => server.Open(Route, Forever(i, true))));
        Assert.Equal(3, server.Statistics("endless").Running);
        using CancellationTokenSource impatient = new();
        Task<HttpResponseMessage> whole = server.Client.PostAsync(Route, TestServer.Json(Forever(9, false)), impatient.Token);
        await Soon.Holds(() => server.Statistics("endless").Running == 4, "the fourth runs");
        impatient.Cancel();
        foreach (HttpResponseMessage response in open) response.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => whole);
        await Soon.Holds(() => server.Statistics("endless") is { Running: 0, Waiting: 0 } s && s.PagesInUse == s.PagesKept, "all places are free");
        Assert.Equal(4, server.Statistics("endless").Cancelled);
        await Soon.Holds(() => server.Registry.Loaded.Single().Leases == 0, "the model is given back");
    }

    [Fact]
    public async Task A_full_queue_says_when_to_come_again()
    {
        await using TestServer server = await TestServer.Start([models.Endless], o => o with { Parallel = 1, QueueLimit = 1 });
        using HttpResponseMessage first = await server.Open(Route, Forever(1, true));
        Task<HttpResponseMessage> second = server.Client.SendAsync(new(HttpMethod.Post, Route) { Content = TestServer.Json(Forever(2, true)) }, HttpCompletionOption.ResponseHeadersRead);
        await Soon.Holds(() => server.Statistics("endless").Waiting == 1, "the second waits");
        using HttpResponseMessage third = await server.Client.PostAsync(Route, TestServer.Json(Forever(3, true)));
        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.InRange(third.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal("queue_full", (await TestServer.Read(third, 429)).GetProperty("error").GetProperty("code").GetString());
        first.Dispose();
        (await second).Dispose();
        await Soon.Holds(() => server.Statistics("endless") is { Running: 0, Waiting: 0 }, "all places are free");
        await server.Post(Route, new { model = "endless", prompt = "a", max_tokens = 2 });
    }

    [Fact]
    public async Task A_text_ends_as_it_is_when_its_time_is_over()
    {
        await using TestServer server = await TestServer.Start([models.Endless], o => o with { RequestTimeout = TimeSpan.FromMilliseconds(300) });
        JsonElement answer = await server.Post(Route, Forever(1, false));
        Assert.Equal("length", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.InRange(answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32(), 1, 9_999);
    }

    [Fact]
    public async Task An_ending_server_finishes_its_answers()
    {
        await using TestServer server = await TestServer.Start([models.Endless]);
        Task<HttpResponseMessage> writing = server.Client.SendAsync(new(HttpMethod.Post, Route) { Content = TestServer.Json(new { model = "endless", prompt = "a", max_tokens = 1500, logit_bias = NoEnd, stream = true }) }, HttpCompletionOption.ResponseHeadersRead);
        using HttpResponseMessage response = await writing;
        Task stop = server.Stop();
        string text = await response.Content.ReadAsStringAsync();
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"length\"", text, StringComparison.Ordinal);
        await stop;
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => server.Client.GetAsync("/health"));
    }

    [Fact]
    public async Task An_ending_server_does_not_wait_for_ever()
    {
        await using TestServer server = await TestServer.Start([models.Endless], o => o with { ShutdownTimeout = TimeSpan.FromMilliseconds(200) });
        using HttpResponseMessage response = await server.Open(Route, Forever(1, true));
        await server.Stop().WaitAsync(TimeSpan.FromSeconds(4));
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync());
    }

    /// <summary>There is room for one of the models: who was not used for the longest time goes, but not while it works.</summary>
    [Fact]
    public async Task Models_come_when_asked_for_and_go_when_memory_is_short()
    {
        await using TestServer server = await TestServer.Start([models.Endless, models.Writer, models.Classifier], o => o with { CacheLimit = 8 << 20, MemoryLimit = 10 << 20 });
        Assert.Empty(Loaded());
        await server.Post(Route, new { model = "chat", prompt = "a", max_tokens = 2 });
        await server.Post("/v1/classify", new { model = "bert-classify", input = "a cat" });
        Assert.Equal(["bert-classify", "chat"], Loaded());
        using (HttpResponseMessage busy = await server.Open(Route, Forever(1, true)))
        {
            Assert.Equal(["bert-classify", "endless"], Loaded()); // the classifier is small enough to stay
            using HttpResponseMessage refused = await server.Client.PostAsync(Route, TestServer.Json(new { model = "chat", prompt = "a" }));
            Assert.NotNull(refused.Headers.RetryAfter);
            Assert.Equal("no_memory", (await TestServer.Read(refused, 503)).GetProperty("error").GetProperty("code").GetString());
        }
        await Soon.Holds(() => server.Registry.Loaded.All(l => l.Leases == 0), "the models are given back");
        await server.Post(Route, new { model = "chat", prompt = "a", max_tokens = 2 });
        Assert.Equal(["chat"], Loaded()); // the classifier was the oldest, and did not make room enough
        JsonElement[] listed = [.. (await server.Get("/v1/models")).GetProperty("data").EnumerateArray()];
        Assert.Equal([("bert-classify", false), ("chat", true), ("endless", false)], listed.Select(m => (m.GetProperty("id").GetString(), m.GetProperty("loaded").GetBoolean())));

        string[] Loaded() => [.. server.Registry.Loaded.Select(l => l.Model.Source.Name).Order()];
    }

    [Fact]
    public async Task A_damaged_model_is_an_error_that_tells_no_path()
    {
        string broken = Path.Combine(Path.GetDirectoryName(models.Writer)!, "broken");
        Directory.CreateDirectory(broken);
        foreach (string file in Directory.GetFiles(models.Writer)) File.Copy(file, Path.Combine(broken, Path.GetFileName(file)), overwrite: true);
        File.WriteAllText(Path.Combine(broken, "model.safetensors"), "no weights");
        await using TestServer server = await TestServer.Start([broken]);
        string message = await server.Refused(Route, new { prompt = "a" }, 500, "model");
        Assert.DoesNotContain("safetensors", message, StringComparison.Ordinal);
        Assert.DoesNotContain(Path.GetTempPath(), message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_holds_no_prompt_unless_asked()
    {
        foreach (bool asked in (bool[])[false, true])
        {
            Lines lines = new();
            await using TestServer server = await TestServer.Start([models.Writer], o => o with { LogPrompts = asked }, b => b.Logging.AddProvider(lines));
            await server.Post(Route, new { prompt = "a secret\n", max_tokens = 1 });
            await server.Post("/v1/chat/completions", new { messages = new[] { new { role = "user", content = "a secret" } }, max_tokens = 1 });
            await server.Post(Route + "?key=a+secret", new { prompt = "a", top_p = 7 }, 400);
            Assert.Equal(asked ? 2 : 0, lines.All.Count(l => l.Contains("a secret", StringComparison.Ordinal)));
            Assert.DoesNotContain(lines.All, l => l.Contains('\n'));
            Assert.Contains(lines.All, l => l.StartsWith("POST /v1/completions 200 ", StringComparison.Ordinal));
        }
    }

    private static readonly Dictionary<string, int> NoEnd = new() { ["2"] = -100 };

    private static object Forever(int seed, bool stream) => new { model = "endless", prompt = "a", max_tokens = 10_000, logit_bias = NoEnd, seed, stream };

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => All.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
