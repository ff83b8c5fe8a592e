using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Heed.Generation;
using Command = Heed.Cli.Tests.Cli;

namespace Heed.Server.Tests;

/// <summary>heed serve, as people start it and end it.</summary>
public sealed class ServeVerbTests
{
    [Fact]
    public async Task It_serves_the_models_of_the_repository_and_ends_when_asked()
    {
        // What other programs read from the environment does not make this one send anything: --otlp alone does.
        Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
        using Process process = Command.Start("serve", "--port", "0", "--api-key", "k");
        try
        {
            string line;
            do line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
            while (!line.StartsWith("serving ", StringComparison.Ordinal)); // before it stands where the Studio is
            Assert.Contains("poems-zh", line, StringComparison.Ordinal);
            using HttpClient client = new() { BaseAddress = new Uri(line.Split(' ').Single(w => w.StartsWith("http://127.0.0.1:", StringComparison.Ordinal))[..^3]) };
            SocketWatch sockets = new(process.Id, client.BaseAddress.Port);
            Assert.Equal(200, (int)(await client.GetAsync("/ready")).StatusCode);
            client.DefaultRequestHeaders.Authorization = new("Bearer", "k");
            JsonElement translated = await (await client.PostAsJsonAsync("/v1/chat/completions", new { model = "zh-en", messages = new[] { new { role = "user", content = "我是一个学生" } } })).Content.ReadFromJsonAsync<JsonElement>();
            Assert.Matches(@"^I( am|'m) a student\.$", translated.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
            JsonElement vector = await (await client.PostAsJsonAsync("/v1/embeddings", new { model = "poems-zh", input = "春" })).Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal(256, vector.GetProperty("data")[0].GetProperty("embedding").GetArrayLength());
            foreach (string page in (string[])["/v1/models", "/docs", "/openapi/v1.json", "/metrics", "/health"]) Assert.Equal(200, (int)(await client.GetAsync(page)).StatusCode);
            using HttpRequestMessage request = new(HttpMethod.Post, "/v1/completions") { Content = TestServer.Json(new { model = "poems-zh", prompt = "五言绝句\n春夜\n", max_tokens = 40, temperature = 0, stream = true }) };
            using HttpResponseMessage streaming = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Signal(process, "INT"); // the answer has begun, and ends as it would have
            string[] events = (await streaming.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("data: [DONE]", events[^1]);
            string poem = string.Concat(events[..^1].Select(e => JsonDocument.Parse(e["data: ".Length..]).RootElement.GetProperty("choices")[0].GetProperty("text").GetString()));
            Assert.Equal(LanguageModel.Load(Command.Repository("models", "poems-zh", "poems-zh.gguf")).Complete("五言绝句\n春夜\n", new() { Temperature = 0, MaxTokens = 40 }), poem);
            Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)), "the server did not end");
            Assert.Equal(0, process.ExitCode);
            Assert.Empty(await sockets.Strangers()); // of a whole session, its end included
            string errors = await process.StandardError.ReadToEndAsync();
            Assert.DoesNotContain("春", errors, StringComparison.Ordinal);
            Assert.Contains("POST /v1/completions 200", errors, StringComparison.Ordinal);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task The_log_can_be_read_by_programs()
    {
        using Process process = Command.Start("serve", "poems-zh", "--port", "0", "--no-studio", "--json-log");
        try
        {
            string line = await process.StandardOutput.ReadLineAsync() ?? "";
            using HttpClient client = new() { BaseAddress = new Uri(line.Split(' ').Single(w => w.StartsWith("http://127.0.0.1:", StringComparison.Ordinal))[..^3]) };
            Assert.Equal(404, (int)(await client.GetAsync("/v1/nothing")).StatusCode);
            Signal(process, "INT");
            JsonElement[] entries = [.. (await process.StandardError.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(entry => JsonDocument.Parse(entry).RootElement)];
            JsonElement state = Assert.Single(entries, e => e.GetProperty("State").TryGetProperty("Path", out _)).GetProperty("State");
            Assert.Equal(("GET", "/v1/nothing", 404), (state.GetProperty("Method").GetString(), state.GetProperty("Path").GetString(), state.GetProperty("Status").GetInt32()));
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public void What_is_wrong_is_told()
    {
        Command.Run("serve", "--host", "example.org").Misused("--host");
        TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        Command.Run("serve", "poems-zh", "--port", $"{((IPEndPoint)taken.LocalEndpoint).Port}").Failed("in use");
        taken.Stop();
        Command.Run("serve", Command.Fixture("vit")).Failed("images");
    }

    private static void Signal(Process process, string signal)
    {
        using Process kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {process.Id}"]);
        kill.WaitForExit();
    }
}
