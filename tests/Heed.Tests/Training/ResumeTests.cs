using System.Security.Cryptography;
using System.Text.Json;
using Heed.Tests.Formats;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>A run that was stopped and resumed ends with the same file as one that never was.</summary>
public sealed class ResumeTests
{
    private static readonly Lazy<(string Weights, string[] Losses)> Undisturbed = new(() =>
    {
        using TemporaryFolder folder = new();
        Trainer.Run(TinyRecipe.In(folder["run"]));
        return (Hash(folder["run"]), Losses(folder["run"]));
    });

    private static string Hash(string run) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(run, "model.safetensors"))));

    // Step and loss of each line of the metrics; the times differ from run to run.
    private static string[] Losses(string run) =>
        [.. File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).Where(e => !e.TryGetProperty("run", out _))
            .Select(e => e.GetProperty("step") + " " + (e.TryGetProperty("loss", out JsonElement loss) ? loss : e.GetProperty("final_validation_loss")))];

    private static TrainingResult Stopped(Recipe recipe, int step, ExistingRun existing = ExistingRun.Fail)
    {
        using CancellationTokenSource stop = new();
        return Trainer.Run(recipe, s =>
        {
            if (s.Index == step) stop.Cancel();
        }, existing, cancellation: stop.Token);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(11)]
    public void AStoppedRunIsResumedToTheSameBits(int step)
    {
        using TemporaryFolder folder = new();
        Recipe recipe = TinyRecipe.In(folder["run"]);
        TrainingResult first = Stopped(recipe, step);
        Assert.True(first.Stopped);
        Assert.Equal(step, first.Steps);
        Assert.False(File.Exists(Path.Combine(folder["run"], "model.safetensors")));
        TrainingResult second = Trainer.Run(recipe, existing: ExistingRun.Resume);
        Assert.False(second.Stopped);
        Assert.Equal(12, second.Steps);
        Assert.Equal(Undisturbed.Value.Weights, Hash(folder["run"]));
        Assert.Equal(Undisturbed.Value.Losses, Losses(folder["run"]));
    }

    [Fact]
    public void ARunStoppedAtEveryStepEndsWithTheSameBits()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = TinyRecipe.In(folder["run"]);
        for (int step = 1; step < 12; step += Brief.Or(1, 4)) Assert.Equal(step, Stopped(recipe, step, ExistingRun.Resume).Steps);
        Trainer.Run(recipe, existing: ExistingRun.Resume);
        Assert.Equal(Undisturbed.Value.Weights, Hash(folder["run"]));
        Assert.Equal(Undisturbed.Value.Losses, Losses(folder["run"]));
    }

    [Theory]
    [InlineData("an unfinished checkpoint of a killed run")]
    [InlineData("weights cut short")]
    [InlineData("moments cut short")]
    [InlineData("weights missing")]
    [InlineData("state missing")]
    [InlineData("state damaged")]
    [InlineData("a folder that is no checkpoint")]
    public void WhatAKillOrADiskLeavesBehindDoesNotDisturb(string damage)
    {
        using TemporaryFolder folder = new();
        Recipe recipe = TinyRecipe.In(folder["run"]);
        Stopped(recipe, 9); // checkpoints of the steps 8 and 9
        string last = Path.Combine(Checkpoint.Folder(folder["run"]), "step-00000009");
        Assert.Equal([8, 9], Checkpoint.List(folder["run"]).Select(c => c.Step));
        bool damaged = true;
        switch (damage)
        {
            case "an unfinished checkpoint of a killed run":
                string draft = Path.Combine(Checkpoint.Folder(folder["run"]), ".unfinished-00000012");
                Directory.CreateDirectory(draft);
                File.WriteAllText(Path.Combine(draft, "model.safetensors"), "half");
                damaged = false;
                break;
            case "weights cut short":
                Cut("model.safetensors");
                break;
            case "moments cut short":
                Cut("optimizer.safetensors");
                break;
            case "weights missing":
                File.Delete(Path.Combine(last, "model.safetensors"));
                break;
            case "state missing":
                File.Delete(Path.Combine(last, "state.json"));
                break;
            case "state damaged":
                Cut("state.json");
                break;
            default:
                Directory.CreateDirectory(Path.Combine(Checkpoint.Folder(folder["run"]), "step-of-mine"));
                damaged = false;
                break;
        }
        List<string> told = [];
        Trainer.Run(recipe, existing: ExistingRun.Resume, status: told.Add);
        Assert.Contains(told, t => t == $"resuming after step {(damaged ? 8 : 9)}");
        Assert.Equal(damaged, told.Any(t => t.Contains("step-00000009 cannot be read")));
        Assert.Equal(Undisturbed.Value.Weights, Hash(folder["run"]));
        Assert.Equal(Undisturbed.Value.Losses, Losses(folder["run"]));

        void Cut(string name)
        {
            using FileStream file = File.OpenWrite(Path.Combine(last, name));
            file.SetLength(file.Length / 2);
        }
    }

    [Fact]
    public void WhereNoCheckpointCanBeReadTheErrorSaysSo()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = TinyRecipe.In(folder["run"]);
        Stopped(recipe, 2);
        foreach ((_, string path) in Checkpoint.List(folder["run"])) File.Delete(Path.Combine(path, "optimizer.safetensors"));
        var e = Assert.Throws<InvalidDataException>(() => Trainer.Run(recipe, existing: ExistingRun.Resume));
        Assert.Contains("no checkpoint can be read", e.Message);
        Assert.Contains("optimizer.safetensors", e.Message);
    }

    [Fact]
    public void AnEarlierRunIsNeverOverwrittenUnasked()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = TinyRecipe.In(folder["run"]);
        Stopped(recipe, 5);
        var e = Assert.Throws<InvalidDataException>(() => Trainer.Run(recipe));
        Assert.Contains("step 5", e.Message);
        Assert.Contains("--resume", e.Message);
        Trainer.Run(recipe, existing: ExistingRun.Restart);
        Assert.Equal(Undisturbed.Value.Weights, Hash(folder["run"]));
        Assert.Equal(Undisturbed.Value.Losses, Losses(folder["run"]));
    }

    [Fact]
    public void AnotherRecipeCannotResume()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = TinyRecipe.In(folder["run"]);
        Stopped(recipe, 5);
        foreach (Recipe other in (Recipe[])[recipe with { Seed = 4 }, recipe with { Algorithm = recipe.Algorithm with { Dropout = 0.2 } }, recipe with { Data = recipe.Data with { Stories = 31 } }])
        {
            var e = Assert.ThrowsAny<InvalidDataException>(() => Trainer.Run(other, existing: ExistingRun.Resume));
            Assert.Contains("another recipe or other data", e.Message);
        }
        Assert.Equal(5, Checkpoint.List(folder["run"])[^1].Step);
    }

    [Fact]
    public void OnlyTheNewestCheckpointsStay()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = TinyRecipe.In(folder["run"]);
        TrainingResult result = Trainer.Run(recipe with { Compute = recipe.Compute with { CheckpointEvery = 2, KeepCheckpoints = 3 } });
        Assert.Equal([8, 10, 12], Checkpoint.List(folder["run"]).Select(c => c.Step));
        Assert.Equal(Checkpoint.List(folder["run"])[^1].Path, result.Checkpoint);
        Assert.Equal(Undisturbed.Value.Weights, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(result.Checkpoint, "model.safetensors")))));
    }
}
