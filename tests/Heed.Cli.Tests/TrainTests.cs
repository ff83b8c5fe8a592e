using System.Text.Json;

namespace Heed.Cli.Tests;

[Collection("tiny model")]
public sealed class TrainTests(TinyModel tiny) : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_shows_steps_and_ends_with_a_summary()
    {
        string text = tiny.Training.Good().Out;
        Assert.Matches(@"step  1/30  loss \d\.\d{4}  rate \S+  [\d,]+ tokens/s  \d+:\d\d left", text);
        Assert.Matches(@"step 10/30 .* validation \d\.\d{4} \(\d\.\d{3} bits/byte\)", text);
        Assert.Contains("sample at step 15: ", text, StringComparison.Ordinal);
        Assert.Matches(@"\d+:\d\d for 30 steps", text);
        foreach (string word in (string[])["validation loss", "tokens/s", "(MFU)", "waiting for data", "report.html", "bits a byte", "frequencies alone", tiny.Model, "loss.svg"]) Assert.Contains(word, text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_leaves_a_model_folder()
    {
        foreach (string name in (string[])["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "recipe.json", "metrics.jsonl", "loss.svg", "report.html"])
            Assert.True(File.Exists(Path.Combine(tiny.Model, name)), name);
        string svg = File.ReadAllText(Path.Combine(tiny.Model, "loss.svg"));
        Assert.StartsWith("<svg ", svg, StringComparison.Ordinal);
        System.Xml.Linq.XDocument.Parse(svg);
        Assert.Equal(3, svg.Split("<circle").Length - 2); // steps 10, 20 and the end; one more is the legend's
    }

    [Fact]
    public void A_report_is_made_again_and_runs_are_compared()
    {
        string page = Cli.Run("report", tiny.Model, "--output", folder["one.html"]).Good().Out.Trim();
        Assert.Equal(File.ReadAllText(Path.Combine(tiny.Model, "report.html")), File.ReadAllText(page));
        page = Cli.Run("report", tiny.Model, tiny.Model, "--output", folder["two.html"]).Good().Out.Trim();
        Assert.Contains("2 runs", File.ReadAllText(page), StringComparison.Ordinal);
        Cli.Run("report", folder.Path).Failed("no run folder");
    }

    [Fact]
    public void Json_is_json_lines_and_nothing_else()
    {
        Outcome outcome = Cli.Run("train", folder.Recipe(), "--output", folder["run"], "--json", "--threads", "1").Good();
        JsonElement[] events = [.. outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([1, 2, 3, 4, 5, 6], events.Where(e => e.GetProperty("event").GetString() == "step").Select(e => e.GetProperty("step").GetInt32()));
        JsonElement end = events[^1];
        Assert.Equal("end", end.GetProperty("event").GetString());
        Assert.False(end.GetProperty("stopped").GetBoolean());
        Assert.InRange(end.GetProperty("validation_loss").GetDouble(), 0.1, 10);
        Assert.InRange(end.GetProperty("bits_per_byte").GetDouble(), 0.1, 15);
        Assert.Equal(6 * 4 * 16, end.GetProperty("tokens").GetInt32());
        foreach (JsonElement e in (JsonElement[])[events[^2], end])
        {
            Assert.InRange(e.GetProperty("mfu").GetDouble(), 1e-6, 1);
            Assert.InRange(e.GetProperty("data_wait").GetDouble(), 0, 0.9);
            Assert.InRange(e.GetProperty("seconds").GetDouble(), 0.001, 60);
        }
    }

    [Fact]
    public void An_earlier_run_is_not_overwritten_by_accident()
    {
        string recipe = folder.Recipe();
        Assert.Equal(7, Cli.Run("train", recipe, "--output", folder["run"], "--quiet").Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        byte[] weights = File.ReadAllBytes(folder["run/model.safetensors"]);
        Cli.Run("train", recipe, "--output", folder["run"]).Failed("--resume");
        Cli.Run("train", recipe, "--output", folder["run"], "--resume", "--set", "compute.seed=7").Failed("another recipe");
        Cli.Run("train", recipe, "--output", folder["run"], "--restart", "--threads", "1").Good();
        Assert.Equal(weights, File.ReadAllBytes(folder["run/model.safetensors"]));
    }

    [Fact]
    public void The_run_folder_cannot_be_made() => Cli.Run("train", folder.Recipe(), "--output", folder["text.txt"]).Failed("text.txt");
}
