using System.Text.Json;

namespace Heed.Cli.Tests;

/// <summary>heed train with several runs, and without any.</summary>
public sealed class SeriesTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_sweep_with_seeds_is_ranked_and_goes_on_where_it_was_interrupted()
    {
        string[] line = ["train", folder.Recipe("\"steps\": 2"), "--sweep", "algorithm.optimizer.learning_rate=1e-3,1e-1", "--seeds", "2", "--output", folder["runs"], "--json"];
        JsonElement first = End(Cli.Run(line).Good());
        Assert.Equal(4, first.GetProperty("runs").GetArrayLength());
        JsonElement[] ranking = [.. first.GetProperty("ranking").EnumerateArray()];
        Assert.Equal(2, ranking.Length);
        Assert.True(ranking[0].GetProperty("validation_loss_mean").GetDouble() < ranking[1].GetProperty("validation_loss_mean").GetDouble());
        Assert.True(ranking[0].GetProperty("validation_loss_deviation").GetDouble() > 0);
        Assert.True(File.Exists(folder["runs/report.html"]));
        Cli.Run(line).Failed("--resume");

        string redone = folder["runs/learning_rate=1e-3/seed-1338"];
        byte[] weights = File.ReadAllBytes(Path.Combine(redone, "model.safetensors"));
        Directory.Delete(redone, recursive: true);
        Outcome resumed = Cli.Run([.. line, "--resume"]).Good();
        Assert.Equal(1, resumed.Out.Split("\"event\":\"end\"").Length - 1); // the others were finished
        Assert.Equal(ranking.Select(r => r.GetProperty("validation_loss_mean").GetDouble()), End(resumed).GetProperty("ranking").EnumerateArray().Select(r => r.GetProperty("validation_loss_mean").GetDouble()));
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(redone, "model.safetensors")));
    }

    [Fact]
    public void A_learning_rate_is_found()
    {
        string recipe = folder.Recipe("\"steps\": 2");
        Outcome outcome = Cli.Run("train", recipe, "--find-learning-rate", "--output", folder["run"]).Good();
        Assert.Matches(@"loss falls fastest\s+at \d\.\de-\d: try algorithm\.optimizer\.learning_rate=", outcome.Out);
        System.Xml.Linq.XDocument.Load(folder["run/learning-rate.svg"]);
        Cli.Run("train", recipe, "--find-learning-rate", "--seeds", "2").Misused("--seeds");
    }

    [Fact]
    public void Averages_snapshots_and_the_best_model_are_keys_of_a_recipe()
    {
        string recipe = folder.Recipe("\"steps\": 6, \"ema\": 0.9, \"early_stopping\": { \"patience\": 100 }", "\"evaluate_every\": 2, \"checkpoint_every\": 3, \"keep_best\": \"final\", \"snapshot_texts\": [\"12 green\", \"take 7\"]");
        Outcome outcome = Cli.Run("train", recipe, "--output", folder["run"]).Good();
        Assert.Matches(@"best measurement\s+at step \d, which is the model", outcome.Out);
        Assert.Equal(3, Directory.GetFiles(folder["run/snapshots"]).Length);
        Assert.True(File.Exists(folder["run/best/model.safetensors"]));
        Assert.Contains("take 7", File.ReadAllText(folder["run/report.html"]), StringComparison.Ordinal);
    }

    private static JsonElement End(Outcome outcome) => JsonDocument.Parse(outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;
}
