using System.Diagnostics;
using System.Text.Json;
using Heed.Tests.Formats;

namespace Heed.Cli.Tests;

/// <summary>heed pull through the real command line, from a hub on this machine.</summary>
public sealed class PullTests : IDisposable
{
    private readonly Folder folder = new();
    private readonly HubServer hub = new HubServer().AddModel();

    public void Dispose()
    {
        hub.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void The_folder_is_all_that_standard_output_says()
    {
        int cuts = 1;
        hub.Intercept = r => r.Target.StartsWith("/cdn/", StringComparison.Ordinal) && Interlocked.Decrement(ref cuts) >= 0 ? hub.Answer(r) with { CutAfter = 100_000 } : null;
        Outcome outcome = Pull();
        Assert.True(outcome.Code == 0, outcome.Error);
        string snapshot = folder[$"home/hub/models--owner--model/snapshots/{HubServer.Commit}"];
        Assert.Equal(snapshot + "\n", outcome.Out);
        Assert.Contains("model.safetensors: 300.0 kB, done\n", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("again in", outcome.Error, StringComparison.Ordinal); // the cut
        Assert.DoesNotContain('\e', outcome.Error);
        Assert.Equal(hub["model.safetensors"], File.ReadAllBytes(Path.Combine(snapshot, "model.safetensors")));
        Assert.Contains("here already", Pull().Error, StringComparison.Ordinal);
        // The token of the environment is sent to the hub and not on to the other host.
        Assert.All(hub.Requests, r => Assert.Equal(r.Target.StartsWith("/cdn/", StringComparison.Ordinal) ? null : "Bearer hf_test", r.Authorization));
    }

    [Fact]
    public void A_pulled_model_runs()
    {
        foreach (string file in Directory.GetFiles(Cli.Fixture("gpt2"))) hub.Add(Path.GetFileName(file), File.ReadAllBytes(file), file.EndsWith(".safetensors", StringComparison.Ordinal));
        string pulled = Pull("--include", "*.json", "--include", "*.safetensors").Out.TrimEnd();
        Assert.Contains(" 0 out of tolerance", Cli.Run("verify", pulled).Good().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_lists_files_sizes_and_hashes()
    {
        Outcome dry = Pull("--json", "--dry-run").Good();
        JsonElement plan = JsonDocument.Parse(dry.Out).RootElement;
        Assert.Equal(HubServer.Commit, plan.GetProperty("commit").GetString());
        Assert.False(Directory.Exists(folder["home"]));
        JsonElement result = JsonDocument.Parse(Pull("--json").Good().Out).RootElement;
        Assert.True(Directory.Exists(result.GetProperty("folder").GetString()));
        JsonElement[] files = [.. result.GetProperty("files").EnumerateArray()];
        Assert.Equal(["README.md", "config.json", "model.safetensors", "tokenizer.json"], files.Select(f => f.GetProperty("path").GetString()));
        Assert.Equal(300_000, files[2].GetProperty("size").GetInt64());
        Assert.Equal(hub.Hash("model.safetensors"), files[2].GetProperty("sha256").GetString());
        Assert.Equal(hub.Hash("config.json"), files[1].GetProperty("git_sha1").GetString());
    }

    [Fact]
    public void A_dry_run_lists_and_writes_nothing()
    {
        hub.Add("pytorch_model.bin", [1], large: true);
        Outcome outcome = Pull("--dry-run").Good();
        Assert.Matches(@"model\.safetensors +300\.0 kB +to download", outcome.Out);
        Assert.Contains("not taken: pytorch_model.bin", outcome.Out, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        Assert.Empty(hub.Downloads);
    }

    [Fact]
    public void A_plain_folder_and_patterns()
    {
        Assert.Equal(folder["plain"] + "\n", Pull("--local-dir", folder["plain"], "--exclude", "README*").Out);
        Assert.True(File.Exists(folder["plain/model.safetensors"]));
        Assert.False(File.Exists(folder["plain/README.md"]));
    }

    [Fact]
    public void Failures_are_one_line()
    {
        Run("pull", "owner/nothing").Failed("HF_TOKEN");
        Pull("--revision", "v9").Failed("no revision 'v9'");
        Run("pull", "not a name").Failed("OWNER/NAME");
        Pull("--include", "*.gguf").Failed("*.gguf");
        Cli.Shell($"HF_ENDPOINT={hub.Address} HF_HOME={folder["home"]} HF_HUB_OFFLINE=1 $HEED pull owner/model").Failed("HF_HUB_OFFLINE");
        Cli.Run("pull").Misused("required");
        Cli.Run("pull", "a/b", "--parallel", "0").Misused("--parallel");
        hub.Intercept = r => r.Target.StartsWith("/api/", StringComparison.Ordinal) ? null : HubReply.Text(403, "", ("X-Error-Code", "GatedRepo"), ("X-Error-Message", "ask \e[31mfor it"));
        Pull("--parallel", "1").Failed("gated");
        hub.Dispose();
        Pull().Failed("no connection");
    }

    [Fact]
    public void Ctrl_C_keeps_what_has_arrived()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs kill");
        hub.Intercept = r => r.Target.StartsWith("/cdn/", StringComparison.Ordinal) ? hub.Answer(r) with { PauseMilliseconds = 100 } : null;
        using (Process process = Start("pull", "owner/model"))
        {
            string partial = folder[$"home/hub/models--owner--model/blobs/{hub.Hash("model.safetensors")}.incomplete"];
            Stopwatch watch = Stopwatch.StartNew();
            while (!(File.Exists(partial) && new FileInfo(partial).Length > 0) && !process.HasExited)
            {
                Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), "nothing arrived");
                Thread.Sleep(5);
            }
            using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"])) kill.WaitForExit();
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 130, error);
            Assert.Contains("heed: stopped", error, StringComparison.Ordinal);
            Assert.True(new FileInfo(partial).Length > 0);
        }
        hub.Intercept = null;
        Assert.Contains("going on after", Pull().Error, StringComparison.Ordinal);
        Assert.StartsWith("bytes=", hub.Requests.Last(r => r.Target.StartsWith("/cdn/", StringComparison.Ordinal)).Range, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_read_well()
    {
        Assert.Equal(["0 B", "999 B", "1.0 kB", "300.0 kB", "20.5 MB", "1.23 GB"], ((double[])[0, 999, 1000, 300_000, 20_500_000, 1.234e9]).Select(PullDisplay.Bytes));
        Speed speed = new();
        Assert.True(speed.Left(100) < TimeSpan.Zero); // nobody knows yet
        speed.Add(0);
        Thread.Sleep(100);
        speed.Add(1000);
        Assert.InRange(speed.Rate, 1, 10_000);
        Assert.InRange(speed.Left(2000).TotalSeconds, 0.1, 1000);
        speed.Add(0); // began again
        Assert.Equal(0, speed.Rate);
    }

    private Outcome Pull(params string[] args) => Run(["pull", "owner/model", .. args]);

    private Outcome Run(params string[] args)
    {
        using Process process = Start(args);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Outcome(process.ExitCode, output, error.Result);
    }

    private Process Start(params string[] args)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Heed.Cli.dll"), .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("HF_", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(name);
        start.Environment["HF_ENDPOINT"] = hub.Address;
        start.Environment["HF_HOME"] = folder["home"];
        start.Environment["HF_TOKEN"] = "hf_test";
        return Process.Start(start)!;
    }
}
