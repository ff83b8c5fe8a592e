using System.Diagnostics;

namespace Heed.Server.Tests;

/// <summary>/docs in a real browser, where one is.</summary>
[Collection("clients")]
public sealed class BrowserTests(SmallModels models)
{
    [Fact]
    public async Task A_browser_shows_every_route()
    {
        string? browser = ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists);
        if (browser is null) Assert.Skip("there is no Chromium on this machine");
        string profile = Directory.CreateTempSubdirectory("heed-tests-").FullName;
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(browser, ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--enable-logging=stderr", $"--user-data-dir={profile}", "--virtual-time-budget=5000", "--dump-dom", new Uri(models.Server.Url, "/docs/index.html").AbsoluteUri])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string shown = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            foreach (string path in (string[])["/v1/models", "/v1/completions", "/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/rerank", "/v1/classify", "/v1/fill-mask", "/health", "/metrics"])
                Assert.Contains($"data-path=\"{path}\"", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("Content Security Policy", await errors, StringComparison.Ordinal); // nothing that the page wants is forbidden
        }
        finally
        {
            Directory.Delete(profile, recursive: true);
        }
    }
}
