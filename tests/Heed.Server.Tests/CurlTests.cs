using System.Diagnostics;
using System.Text.Json;
using Heed.Generation;

namespace Heed.Server.Tests;

/// <summary>curl -N, where curl is.</summary>
[Collection("server")]
public sealed class CurlTests(SmallModels models)
{
    [Fact]
    public async Task It_streams_and_frees_the_place_when_it_is_killed()
    {
        using (Process whole = Start(models.Server, """{"model":"chat","prompt":"Once ","seed":7,"max_tokens":24,"stream":true}"""))
        {
            string[] lines = [.. (await whole.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
            Assert.Equal("data: [DONE]", lines[^1]);
            string text = string.Concat(lines[..^1].Select(l => JsonDocument.Parse(l["data: ".Length..]).RootElement.GetProperty("choices")[0].GetProperty("text").GetString()));
            Assert.Equal(LanguageModel.Load(models.Writer).Complete("Once ", new() { Seed = 7, MaxTokens = 24 }), text);
        }
        await using TestServer server = await TestServer.Start([models.Endless]);
        using Process endless = Start(server, """{"prompt":"a","max_tokens":10000,"logit_bias":{"2":-100},"stream":true}""");
        for (int i = 0; i < 6; i++) Assert.NotNull(await endless.StandardOutput.ReadLineAsync()); // they come while it writes
        Assert.Equal(1, server.Statistics("endless").Running);
        endless.Kill();
        await Soon.Holds(() => server.Statistics("endless") is { Running: 0, Waiting: 0, Cancelled: 1 }, "the place is free");
    }

    private static Process Start(TestServer server, string body)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("curl", ["-sN", "-H", "Content-Type: application/json", "-d", body, new Uri(server.Url, "/v1/completions").AbsoluteUri]) { RedirectStandardOutput = true })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("there is no curl on this machine");
            throw;
        }
    }
}
