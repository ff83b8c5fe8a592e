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

    [Fact]
    public void The_encoder_fills_gaps_and_tells_moods()
    {
        Outcome first = Cli.Run("quickstart", "--family", "bert", "--steps", "3", "--output", folder["b"]).Good();
        foreach (string words in (string[])["step 3/3", "accuracy", "It fills gaps", "[MASK]", "The same encoder learns to tell moods", "It tells moods", "What to try next", "heed fill-mask"])
            Assert.Contains(words, first.Out, StringComparison.Ordinal);
        Assert.Equal("BertForMaskedLM", Architecture("b"));
        Assert.Equal("BertForSequenceClassification", Architecture("b/moods"));
        byte[] words1 = File.ReadAllBytes(folder["b/model.safetensors"]), moods1 = File.ReadAllBytes(folder["b/moods/model.safetensors"]);

        JsonElement[] events = Events("quickstart", "--family", "bert", "--steps", "3", "--output", folder["b"], "--json");
        Assert.Equal(2, events.Count(e => Name(e) == "end"));
        Assert.Equal(3, events.Count(e => Name(e) == "fill"));
        Assert.Equal(4, events.Count(e => Name(e) == "mood"));
        Assert.True(events.Single(e => Name(e) == "facts").GetProperty("asked").GetInt32() > 100);
        Assert.Equal(words1, File.ReadAllBytes(folder["b/model.safetensors"]));
        Assert.Equal(moods1, File.ReadAllBytes(folder["b/moods/model.safetensors"]));
        // The folder's own recipe finds what it starts from.
        Cli.Run("train", folder["b/moods/recipe.json"], "--restart", "--quiet", "--output", folder["b/moods"]).Good();
        Assert.Equal(moods1, File.ReadAllBytes(folder["b/moods/model.safetensors"]));
    }

    [Fact]
    public void The_encoder_decoder_translates_both_ways()
    {
        Outcome first = Cli.Run("quickstart", "--family", "t5", "--steps", "2", "--output", folder["t"]).Good();
        foreach (string words in (string[])["step 2/2", "Chinese to English", "English to Chinese", "我是一个学生。", "I am a student.", "of 200 unseen sentences", "heed translate"])
            Assert.Contains(words, first.Out, StringComparison.Ordinal);
        Assert.Equal("BartForConditionalGeneration", Architecture("t"));
        Assert.True(File.Exists(folder["t/generation_config.json"]));
        Cli.Run("quickstart", "--steps", "2", "--output", folder["t"]).Failed("something else than an earlier quickstart");
    }

    private string Architecture(string model) => JsonDocument.Parse(File.ReadAllText(folder[model + "/config.json"])).RootElement.GetProperty("architectures")[0].GetString()!;

    private static string Name(JsonElement e) => e.GetProperty("event").GetString()!;

    private static JsonElement[] Events(params string[] args) => [.. Cli.Run(args).Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
}
