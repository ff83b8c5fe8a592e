using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Heed.Server.Tests;

/// <summary>Who is let in, how often, and what an answer tells browsers.</summary>
[Collection("server")]
public sealed class SecurityTests(SmallModels models)
{
    [Fact]
    public async Task Without_a_key_that_is_known_nothing_but_probes_answers()
    {
        await using TestServer server = await TestServer.Start([models.Writer], o => o with { ApiKeys = ["first key", "second"] });
        foreach (string? shown in (string?[])[null, "wrong", "first key ", "firstkey", "second2", ""])
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "/v1/models");
            if (shown is not null) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {(shown == "first key " ? "First key" : shown)}");
            using HttpResponseMessage response = await server.Client.SendAsync(request);
            Assert.Equal("invalid_api_key", (await TestServer.Read(response, 401)).GetProperty("error").GetProperty("code").GetString());
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        }
        await server.Get("/health");
        await server.Get("/ready");
        foreach (string key in (string[])["first key", "second"])
        {
            server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            await server.Get("/v1/models");
        }
    }

    [Fact]
    public async Task Each_key_has_its_own_rate()
    {
        await using TestServer server = await TestServer.Start([models.Writer], o => o with { ApiKeys = ["a", "b"], RequestsPerMinute = 3 });
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "a");
        for (int i = 0; i < 3; i++) await server.Get("/v1/models");
        using HttpResponseMessage refused = await server.Client.GetAsync("/v1/models");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal("rate_limit_exceeded", (await TestServer.Read(refused, 429)).GetProperty("error").GetProperty("code").GetString());
        await server.Get("/health");
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "b");
        await server.Get("/v1/models");
    }

    [Fact]
    public async Task Answers_tell_browsers_to_do_nothing_with_them()
    {
        foreach (string path in (string[])["/v1/models", "/v1/nothing"])
        {
            using HttpResponseMessage response = await models.Server.Client.GetAsync(path);
            Assert.Equal("nosniff", string.Join(',', response.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("DENY", string.Join(',', response.Headers.GetValues("X-Frame-Options")));
            Assert.Contains("default-src 'none'", string.Join(',', response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            Assert.True(response.Headers.CacheControl!.NoStore);
            Assert.Empty(response.Headers.Server);
        }
    }

    [Fact]
    public async Task Pages_of_other_sites_are_not_let_in()
    {
        HttpRequestMessage Preflight() => new(HttpMethod.Options, "/v1/completions") { Headers = { { "Origin", "https://example.org" }, { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "content-type" } } };
        using (HttpResponseMessage response = await models.Server.Client.SendAsync(Preflight())) Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        // What a page may send without asking.
        using (HttpResponseMessage response = await models.Server.Client.PostAsync("/v1/completions", new StringContent("""{"model":"chat","prompt":"a"}"""))) await TestServer.Read(response, 415);
        // A name of another site that leads to this machine.
        using HttpRequestMessage renamed = new(HttpMethod.Get, "/v1/models") { Headers = { Host = "example.org" } };
        using (HttpResponseMessage response = await models.Server.Client.SendAsync(renamed)) Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        await using TestServer open = await TestServer.Start([models.Writer], o => o with { Origins = ["https://example.org"] });
        using (HttpResponseMessage response = await open.Client.SendAsync(Preflight())) Assert.Equal("https://example.org", string.Join(',', response.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused()
    {
        await using TestServer server = await TestServer.Start([models.Writer], o => o with { MaxRequestBytes = 1000 });
        using HttpResponseMessage response = await server.Client.PostAsync("/v1/completions", TestServer.Json(new { prompt = new string('a', 2000) }));
        Assert.Equal("request_too_large", (await TestServer.Read(response, 413)).GetProperty("error").GetProperty("code").GetString());
        await server.Post("/v1/completions", new { prompt = "a", max_tokens = 1 });
    }

    [Theory]
    [InlineData("/v1/models/..%2f..%2fetc%2fpasswd")]
    [InlineData("/v1/models/%2fetc%2fpasswd")]
    [InlineData("/v1/models/nobody")]
    public async Task No_name_leads_to_a_file(string path)
    {
        using HttpResponseMessage response = await models.Server.Client.GetAsync(path);
        Assert.Equal("model_not_found", (await TestServer.Read(response, 404)).GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Deep_and_odd_json_is_refused()
    {
        foreach (string body in (string[])[new string('[', 5000), "{\"prompt\":" + new string('[', 5000), "\0", "{\"prompt\":\"a\"}{", "{'prompt':1}"])
            Assert.Equal(400, (int)(await models.Server.Client.PostAsync("/v1/completions", TestServer.Json(body))).StatusCode);
        using ByteArrayContent bytes = new([.. "{\"model\":\"chat\",\"prompt\":\""u8, 0xE7, .. "\"}"u8]) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using HttpResponseMessage half = await models.Server.Client.PostAsync("/v1/completions", bytes);
        Assert.Contains("UTF-8", (await TestServer.Read(half, 400)).GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    /// <summary>As the pages of a program that serves more than the API.</summary>
    [Fact]
    public async Task Other_pages_live_beside_the_api()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.AddHeed(new ServerOptions { Models = [ModelSource.Read(models.Writer)], Port = 0, ApiKeys = ["k"] });
        builder.Logging.ClearProviders();
        await using WebApplication app = builder.Build();
        app.MapHeed();
        app.MapGet("/page", () => "a page");
        await app.StartAsync();
        using HttpClient client = new() { BaseAddress = new Uri(app.Urls.Single()) };
        using HttpResponseMessage page = await client.GetAsync("/page");
        Assert.Equal("a page", await page.Content.ReadAsStringAsync());
        Assert.False(page.Headers.Contains("Content-Security-Policy"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/models")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/nothing")).StatusCode);
    }

    [Fact]
    public void Options_are_checked()
    {
        ServerOptions good = new() { Models = [ModelSource.Read(models.Writer)] };
        good.Validate();
        foreach (ServerOptions bad in (ServerOptions[])[good with { Models = [] }, good with { Models = [.. good.Models, .. good.Models] }, good with { Host = "example.org" }, good with { Port = 70000 }, good with { ApiKeys = [""] }, good with { Parallel = 0 }, good with { MemoryLimit = 0 }, good with { Origins = ["*"] }])
            Assert.Throws<ArgumentException>(bad.Validate);
    }
}
