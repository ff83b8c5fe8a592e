using System.Text.Json;

namespace Heed.Cli.Tests;

public sealed class QuickstartTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Quickstart_trains_writes_and_can_be_repeated()
    {
        Outcome first = Cli.Run("quickstart", "--steps", "3", "--output", folder["q"]).Good();
        foreach (string words in (string[])["step 3/3", "validation loss", "frequencies alone", "loss.svg", "It writes English", "It writes Chinese", "Of 20 stories that it wrote from nothing", "What comes next?", "What to try next", "heed generate"])
            Assert.Contains(words, first.Out, StringComparison.Ordinal);
        byte[] weights = File.ReadAllBytes(folder["q/model.safetensors"]);
        folder.Write("q/notes.txt", "mine");

        Outcome second = Cli.Run("quickstart", "--steps", "3", "--output", folder["q"], "--json").Good();
        JsonElement[] events = [.. second.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["status", "status", "status", "step", "step", "step", "end", "sample", "sample", "stories", "next"], events.Select(e => e.GetProperty("event").GetString()));
        Assert.Equal(weights, File.ReadAllBytes(folder["q/model.safetensors"]));
        Assert.Equal("mine", File.ReadAllText(folder["q/notes.txt"]));
    }

    [Fact]
    public void Samples_can_be_left_out()
    {
        Outcome outcome = Cli.Run("quickstart", "--steps", "1", "--output", folder["q"], "--no-samples", "--seed", "5", "--threads", "1").Good();
        Assert.DoesNotContain("It writes", outcome.Out, StringComparison.Ordinal);
        Assert.Contains("\"seed\": 5", File.ReadAllText(folder["q/recipe.json"]), StringComparison.Ordinal);
    }
}
