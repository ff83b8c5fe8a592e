using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Playwright;

namespace Heed.Studio.Tests;

/// <summary>How soon a reader can talk to a model: from the start of <c>heed serve</c> to the first token in a browser that is open already. For a machine without other work: HEED_MEASURE=1.</summary>
[Collection("studio")]
public sealed class StartTests(Studio studio)
{
    [Fact]
    public async Task The_first_token_comes_within_three_seconds_of_the_start()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("HEED_MEASURE") is null, "a measurement: set HEED_MEASURE");
        StudioPage page = await studio.Open("/"); // the browser has its first page behind it
        int port = FreePort();
        string program = Path.Combine(Studio.Root, "src", "Heed.Cli", "bin", "Release", "net10.0", "Heed.Cli.dll");
        Stopwatch clock = Stopwatch.StartNew();
        using Process server = Process.Start(new ProcessStartInfo("dotnet", [program, "serve", "--quiet", "--port", $"{port}"]) { WorkingDirectory = Studio.Root, RedirectStandardOutput = true })!;
        try
        {
            await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken); // it listens
            TimeSpan listens = clock.Elapsed;
            await page.Go($"http://127.0.0.1:{port}/chat");
            TimeSpan answers = clock.Elapsed;
            await page.Page.Locator("#chat-input").FillAsync("Once upon a time");
            await page.Page.Keyboard.PressAsync("Enter");
            ILocator text = page.Page.Locator(".turn.answer .plain");
            while (await text.CountAsync() == 0 || (await text.InnerTextAsync()).Length <= "Once upon a time".Length) await Task.Delay(5, TestContext.Current.CancellationToken);
            TimeSpan first = clock.Elapsed;
            TestContext.Current.SendDiagnosticMessage($"listens after {listens.TotalSeconds:F2} s, the page answers after {answers.TotalSeconds:F2} s, the first token after {first.TotalSeconds:F2} s");
            Assert.True(first < TimeSpan.FromSeconds(3), $"the first token came after {first.TotalSeconds:F2} s (listening after {listens.TotalSeconds:F2} s, page after {answers.TotalSeconds:F2} s)");
        }
        finally
        {
            await page.Page.CloseAsync(); // before its server goes
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
        }
        await page.DisposeAsync();
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
