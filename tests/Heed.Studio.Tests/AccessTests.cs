using System.Net;
using Heed.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Heed.Studio.Tests;

/// <summary>Who may see the pages, and what a browser may do with them.</summary>
[Collection("studio")]
public sealed class AccessTests(Studio studio)
{
    private const string Key = "s3cret-key";

    [Fact]
    public async Task A_server_with_keys_asks_for_one_once()
    {
        await using WebApplication server = await Studio.Start(new ServerOptions { Models = Studio.Models(), Port = 0, ApiKeys = [Key] });
        string url = server.Urls.Single();
        using HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(url) };
        foreach (string path in new[] { "/", "/chat", "/tokenizer?text=a" })
        {
            using HttpResponseMessage answer = await client.GetAsync(path);
            Assert.Equal((HttpStatusCode.Redirect, "/sign-in"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        }
        using HttpResponseMessage circuit = await client.PostAsync("/_blazor/negotiate", null);
        Assert.Equal(HttpStatusCode.Unauthorized, circuit.StatusCode);
        using HttpResponseMessage script = await client.GetAsync("/_framework/blazor.web.js");
        Assert.Equal(HttpStatusCode.Redirect, script.StatusCode);

        await using StudioPage page = await studio.Open("/sign-in", url: url, answers: false);
        await page.Page.GetByLabel("This server asks for a key").FillAsync("a guess");
        page.Forgive(401);
        await page.Button("Enter").ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The server does not know this key.");
        await page.Page.GetByLabel("This server asks for a key").FillAsync(Key);
        await page.Button("Enter").ClickAsync();
        await Expect(page.Page.Locator("h1")).ToHaveTextAsync("Map");
        await page.Go("/tokenizer");
        await Expect(page.Page.Locator("h1")).ToHaveTextAsync("Tokenizer");
        BrowserContextCookiesResult cookie = (await page.Page.Context.CookiesAsync()).Single(c => c.Name == "heed-session");
        Assert.True(cookie.HttpOnly);
        Assert.Equal(SameSiteAttribute.Strict, cookie.SameSite);
    }

    [Fact]
    public async Task Pages_of_other_origins_are_refused_and_none_may_frame_ours()
    {
        using HttpClient client = new() { BaseAddress = new Uri(studio.Url) };
        using HttpResponseMessage page = await client.GetAsync("/");
        string policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        using HttpRequestMessage foreign = new(HttpMethod.Post, "/_blazor/negotiate");
        foreign.Headers.Add("Origin", "https://example.org");
        using HttpResponseMessage refused = await client.SendAsync(foreign);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Scripts_and_styles_are_kept_by_the_browser_until_they_change()
    {
        using HttpClient client = new() { BaseAddress = new Uri(studio.Url) };
        using HttpResponseMessage first = await client.GetAsync("/studio/studio.js");
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using HttpRequestMessage again = new(HttpMethod.Get, "/studio/studio.js");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using HttpResponseMessage same = await client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        string html = await client.GetStringAsync("/");
        string url = html.Split('"').First(t => t.StartsWith("/studio/studio.js?v=", StringComparison.Ordinal));
        using HttpResponseMessage kept = await client.GetAsync(url);
        Assert.Contains("immutable", kept.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_key_or_page_is_written_to_the_disk()
    {
        string keys = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aspnet", "DataProtection-Keys");
        string[] before = Directory.Exists(keys) ? Directory.GetFiles(keys) : [];
        await using WebApplication server = await Studio.Start(new ServerOptions { Models = Studio.Models(), Port = 0 });
        using HttpClient client = new() { BaseAddress = new Uri(server.Urls.Single()) };
        Assert.Contains("Heed", await client.GetStringAsync("/"), StringComparison.Ordinal);
        Assert.Equal(before, Directory.Exists(keys) ? Directory.GetFiles(keys) : []);
    }
}
