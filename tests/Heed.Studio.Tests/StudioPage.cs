using Microsoft.Playwright;

namespace Heed.Studio.Tests;

/// <summary>A page in a browser. When it closes, nothing may have gone wrong in it: no error on its console, no request to another machine.</summary>
internal sealed class StudioPage : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly List<string> faults = [];
    private int? forgiven;

    public StudioPage(IBrowserContext context, IPage page)
    {
        (this.context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !(forgiven is { } status && message.Text.Contains($"status of {status}", StringComparison.Ordinal))) faults.Add($"console: {message.Text} {message.Location}");
        };
        page.PageError += (_, error) => faults.Add($"script: {error}");
        page.Request += (_, request) =>
        {
            Uri url = new(request.Url);
            if (url.Scheme is not ("data" or "blob") && !url.IsLoopback) faults.Add($"request: {request.Url}");
        };
    }

    /// <summary>What Playwright knows of it.</summary>
    public IPage Page { get; }

    /// <summary>Opens a page and waits until it answers.</summary>
    public async Task Go(string path)
    {
        await Page.GotoAsync(path);
        await Page.Locator("body[data-ready]").WaitForAsync();
    }

    /// <summary>An answer of this status is no fault.</summary>
    public void Forgive(int status) => forgiven = status;

    /// <summary>A button by its name.</summary>
    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>What a test name shows, for the eye: into HEED_SCREENSHOTS, where that is set.</summary>
    public async Task Picture(string name)
    {
        if (Environment.GetEnvironmentVariable("HEED_SCREENSHOTS") is not { Length: > 0 } folder) return;
        await Page.WaitForTimeoutAsync(300); // transitions
        await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        Assert.Empty(faults);
    }
}
