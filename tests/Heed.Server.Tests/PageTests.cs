using System.Net;
using System.Text.Json;

namespace Heed.Server.Tests;

/// <summary>/docs, the page of the API.</summary>
[Collection("server")]
public sealed class PageTests(SmallModels models)
{
    [Fact]
    public async Task All_that_it_loads_is_this_servers_and_needs_no_key()
    {
        await using TestServer server = await TestServer.Start([models.Writer], o => o with { ApiKeys = ["k"] });
        using HttpResponseMessage page = await server.Client.GetAsync("/docs");
        string policy = string.Join(',', page.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        string html = await page.Content.ReadAsStringAsync();
        string[] loaded = [.. System.Text.RegularExpressions.Regex.Matches(html, "(?:src|href)=\"([^\"]+)\"").Select(m => m.Groups[1].Value)];
        Assert.NotEmpty(loaded);
        foreach (string path in loaded)
        {
            Uri address = new(page.RequestMessage!.RequestUri!, path);
            Assert.Equal(server.Url.Authority, address.Authority);
            Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync(address)).StatusCode);
        }
        JsonElement document = await server.Get("/openapi/v1.json");
        Assert.Equal("bearer", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("key").GetProperty("scheme").GetString());
        Assert.DoesNotContain("\"chat\"", document.GetRawText(), StringComparison.Ordinal); // which models there are only a key tells
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Client.GetAsync("/v1/models")).StatusCode);
    }

    [Fact]
    public async Task Each_example_is_a_request_that_is_answered()
    {
        JsonElement document = await models.Server.Get("/openapi/v1.json");
        int answered = 0;
        foreach (JsonProperty path in document.GetProperty("paths").EnumerateObject())
            if (path.Value.TryGetProperty("post", out JsonElement post))
            {
                JsonElement example = post.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example");
                await models.Server.Post(path.Name, example.GetRawText());
                answered++;
            }
        Assert.Equal(7, answered);
    }
}
