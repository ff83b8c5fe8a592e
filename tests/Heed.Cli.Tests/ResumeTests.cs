using System.Diagnostics;

namespace Heed.Cli.Tests;

/// <summary>Killed and stopped runs go on to the same weights as a run that was left alone.</summary>
public sealed class ResumeTests : IDisposable
{
    private const int Steps = 60;

    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Kill_and_resume_ends_with_the_same_weights()
    {
        string recipe = Recipe();
        Cli.Run("train", recipe, "--output", folder["calm"], "--quiet").Good();
        int seed = Random.Shared.Next();
        Random random = new(seed);
        for (int kill = 0; kill < 3; kill++)
        {
            using Process process = Cli.Start("train", recipe, "--output", folder["wild"], "--resume", "--quiet");
            string[] before = Checkpoints();
            WaitUntil(process, () => !Checkpoints().SequenceEqual(before));
            Thread.Sleep(random.Next(60));
            process.Kill(); // SIGKILL
            process.WaitForExit();
        }
        Assert.True(Checkpoints().Length > 0, $"seed {seed}");
        Cli.Run("train", recipe, "--output", folder["wild"], "--resume", "--quiet").Good();
        Assert.True(Same("model.safetensors"), $"the weights differ, seed {seed}");
        Assert.Equal(Losses("calm"), Losses("wild"));
    }

    [Fact]
    public void Interrupt_saves_and_resume_ends_with_the_same_weights()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs kill");
        string recipe = Recipe();
        Cli.Run("train", recipe, "--output", folder["calm"], "--quiet").Good();
        using (Process process = Cli.Start("train", recipe, "--output", folder["wild"], "--set", "compute.checkpoint_every=50"))
        {
            WaitUntil(process, () => Lines("wild") > 3);
            using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"])) kill.WaitForExit();
            string text = process.StandardOutput.ReadToEnd(), error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 130, $"exit code {process.ExitCode}\n{text}\n{error}");
            Assert.Contains("heed: stopped after step", error, StringComparison.Ordinal);
            Assert.Contains("--resume", error, StringComparison.Ordinal);
            Assert.Single(Checkpoints());
            Assert.True(File.Exists(folder["wild/loss.svg"]));
        }
        Cli.Run("train", recipe, "--output", folder["wild"], "--resume", "--quiet").Good();
        Assert.True(Same("model.safetensors"), "the weights differ");
    }

    private string Recipe() => folder.Recipe($"\"steps\": {Steps}, \"dropout\": 0.1, \"accumulate\": 2", "\"log_every\": 1, \"checkpoint_every\": 2, \"sample_every\": 0", "\"tokenizer\": \"characters\"")
        is { } path && Widen(path) ? path : throw new InvalidOperationException();

    // Large enough that a run lasts while a test looks at it.
    private static bool Widen(string path)
    {
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"width\": 16", "\"width\": 64", StringComparison.Ordinal).Replace("\"context\": 16", "\"context\": 48", StringComparison.Ordinal));
        return true;
    }

    private string[] Checkpoints() => Directory.Exists(folder["wild/checkpoints"])
        ? [.. Directory.GetDirectories(folder["wild/checkpoints"], "step-*").Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)]
        : [];

    private int Lines(string run)
    {
        string path = folder[$"{run}/metrics.jsonl"];
        if (!File.Exists(path)) return 0;
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().Count(c => c == '\n');
    }

    // Steps and their losses; speeds and times differ from run to run.
    private string[] Losses(string run) => [.. File.ReadLines(folder[$"{run}/metrics.jsonl"]).Where(line => line.Contains("\"loss\"", StringComparison.Ordinal)).Select(line => line[..line.IndexOf("\"tokens_per_second\"", StringComparison.Ordinal)])];

    private bool Same(string name) => File.ReadAllBytes(folder[$"calm/{name}"]).AsSpan().SequenceEqual(File.ReadAllBytes(folder[$"wild/{name}"]));

    private static void WaitUntil(Process process, Func<bool> holds)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!holds() && !process.HasExited)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), "nothing happened");
            Thread.Sleep(5);
        }
    }
}
