using System.Text.Json;
using Heed.Models;
using Heed.Tests.Formats;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>What a run writes of its steps.</summary>
[Collection(Threads.Name)] // the machine's peak is that of the present threads
public sealed class RunLogTests
{
    [Fact]
    public void AResumedRunCountsOnAndItsEventsSupersedeWhatCameAfterTheCheckpoint()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = TinyRecipe.In(folder["run"]);
        using (CancellationTokenSource stop = new())
            Trainer.Run(recipe, s =>
            {
                if (s.Index == 6) stop.Cancel();
            }, cancellation: stop.Token);
        Directory.Delete(Checkpoint.List(folder["run"])[^1].Path, recursive: true); // that of step 6: as if killed behind it
        TrainingResult result = Trainer.Run(recipe, existing: ExistingRun.Resume);

        JsonElement[] lines = [.. File.ReadLines(folder["run/metrics.jsonl"]).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal([0, 4], lines.Where(l => l.TryGetProperty("run", out _)).Select(l => l.GetProperty("step").GetInt32()));
        JsonElement machine = lines[0].GetProperty("run");
        Assert.True(machine.GetProperty("peak_gflops").GetDouble() > 0);
        Assert.Equal(result.Parameters, machine.GetProperty("parameters").GetInt64());
        JsonElement[] steps = [.. lines.Where(l => l.TryGetProperty("loss", out _))];
        Assert.Equal(Enumerable.Range(1, 12).Select(i => i * 2 * 4 * 16), steps.Select(s => s.GetProperty("tokens").GetInt32()));
        Assert.Equal(steps.Select(s => s.GetProperty("seconds").GetDouble()).Order(), steps.Select(s => s.GetProperty("seconds").GetDouble()));
        // A measured share: on a loaded machine the peak may be measured in a bad moment and a step in a good one, so it is not held below 1.
        Assert.All(steps, s => Assert.InRange(s.GetProperty("mfu").GetDouble(), double.Epsilon, 1000));
        Assert.Equal(12 * 2 * 4 * 16, result.Tokens);

        EventFile[] events = [.. Directory.GetFiles(folder["run/tensorboard"]).Order(StringComparer.Ordinal).Select(EventFile.Read)];
        Assert.Equal(2, events.Length);
        Assert.Equal(new EventFile.Entry(5, "restart", "start", null, null), events[1].Entries[0]);
        Assert.Equal([1, 2, 3, 4, 5, 6], Losses(events[0]).Select(e => (int)e.Step));
        Assert.Equal([5, 6, 7, 8, 9, 10, 11, 12], Losses(events[1]).Select(e => (int)e.Step));
        Assert.Equal(steps.Skip(4).Select(s => (float)s.GetProperty("loss").GetDouble()), Losses(events[1]).Select(e => e.Number!.Value));
        Assert.Contains(events[1].Entries, e => e is { Step: 6, Tag: "sample", Plugin: "text" });
        Assert.Contains("\"depth\": 1", events[0].Entries[1].Text);

        Trainer.Run(recipe, existing: ExistingRun.Restart);
        Assert.Single(Directory.GetFiles(folder["run/tensorboard"]));

        static IEnumerable<EventFile.Entry> Losses(EventFile file) => file.Entries.Where(e => e.Tag == "loss/training");
    }

    [Fact]
    public void AClassifiersEndHasItsConfusions()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = new()
        {
            Data = new DataSection { Source = "moods", Examples = 80, ValidationFraction = 0.5, Tokenizer = "wordpiece", Vocabulary = 300 },
            Algorithm = new AlgorithmSection { Objective = "classify", Family = "bert", Depth = 1, Width = 16, Heads = 2, Context = 32, Steps = 2, Batch = 8, Schedule = new ScheduleSection { WarmupSteps = 0 } },
            Compute = new ComputeSection { Output = folder["run"] },
        };
        TrainingResult result = Trainer.Run(recipe);
        JsonElement end = JsonDocument.Parse(File.ReadLines(folder["run/metrics.jsonl"]).Last()).RootElement;
        long[][] counts = [.. end.GetProperty("confusion").EnumerateArray().Select(r => r.EnumerateArray().Select(c => c.GetInt64()).ToArray())];
        Assert.Equal(counts.Length, end.GetProperty("labels").GetArrayLength());
        Assert.Equal(result.Accuracy!.Value, counts.Select((row, i) => (double)row[i]).Sum() / counts.Sum(row => row.Sum()), 12);
        Assert.Contains("class=\"confusion\"", File.ReadAllText(folder["run/report.html"]));
    }

    [Fact]
    public void OperationsOfABatchAreThoseOfItsTokens()
    {
        TransformerConfig config = RecipeModel.Configure(new AlgorithmSection { Depth = 2, Width = 32 }, 100, null, []);
        Assert.Equal(ModelCost.TrainingOperations(config, 24) * 24 * 3, ModelCost.TrainingOperations(config, 3, 24, 0), 6);
        config = RecipeModel.Configure(new AlgorithmSection { Objective = "sequence-to-sequence", Family = "bart", Depth = 2, Width = 32 }, 100, 1, []);
        Assert.Equal(ModelCost.TrainingOperations(config, 24) * 24 * 3, ModelCost.TrainingOperations(config, 3, 24, 24), 6);
        Assert.True(ModelCost.TrainingOperations(config, 3, 24, 12) < ModelCost.TrainingOperations(config, 3, 24, 24));
    }
}
