using Heed.Models;
using Heed.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;

namespace Heed.Studio.Tests;

/// <summary>A real server with the committed models and the pages, and a real browser without a window. The browser's tests are skipped where there is none.</summary>
public sealed class Studio : IAsyncLifetime
{
    private static readonly string[] Browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private WebApplication? app;
    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The server's address.</summary>
    public string Url => app!.Urls.Single();

    public async ValueTask InitializeAsync()
    {
        app = await Start(new ServerOptions { Models = Models(), Port = 0 });
        if (Browsers.FirstOrDefault(File.Exists) is not { } executable) return;
        playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(30_000); // beside a long training, a page takes its time
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = executable, Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
    }

    /// <summary>The committed models.</summary>
    internal static List<ModelSource> Models() => [.. ModelCatalog.List([Path.Combine(Root, "models")]).Select(m => ModelSource.Read(m.Path, m.Name))];

    /// <summary>A server of its own.</summary>
    internal static async Task<WebApplication> Start(ServerOptions options, StudioOptions? studio = null)
    {
        WebApplication app = HeedServer.Build(options, builder => builder.AddHeedStudio(studio));
        app.MapHeedStudio();
        await app.StartAsync();
        return app;
    }

    /// <summary>A browser window of its own, with a page open and answering.</summary>
    /// <param name="path">The page, such as "/chat".</param>
    /// <param name="language">The language that the browser asks for.</param>
    /// <param name="dark">Whether the system is dark.</param>
    /// <param name="width">The window's width in pixels.</param>
    /// <param name="url">Another server than the shared one.</param>
    /// <param name="answers">Whether to wait until the page answers.</param>
    internal async Task<StudioPage> Open(string path, string language = "en-GB", bool dark = false, int width = 1280, string? url = null, bool answers = true)
    {
        Assert.SkipWhen(browser is null, "no Chromium found");
        IBrowserContext context = await browser!.NewContextAsync(new()
        {
            BaseURL = url ?? Url,
            Locale = language,
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new() { Width = width, Height = 860 },
        });
        context.SetDefaultTimeout(30_000);
        StudioPage page = new(context, await context.NewPageAsync());
        if (answers) await page.Go(path);
        else await page.Page.GotoAsync(path);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
        if (app is not null) await app.DisposeAsync();
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Heed.slnx"))) return folder.FullName;
        throw new DirectoryNotFoundException("the repository");
    }
}

/// <summary>Tests that share the server and the browser.</summary>
[CollectionDefinition("studio")]
public sealed class StudioCollection : ICollectionFixture<Studio>
{
}
