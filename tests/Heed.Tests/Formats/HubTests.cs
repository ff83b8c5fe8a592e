using Heed.Formats;

namespace Heed.Tests.Formats;

/// <summary>Pulling from a local hub: what arrives where, and who is asked what.</summary>
public sealed class HubTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly HubServer hub = new HubServer().AddModel();

    public void Dispose()
    {
        hub.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task The_cache_has_the_layout_that_other_tools_expect()
    {
        string snapshot = await Pull();
        string root = folder["hub/models--owner--model"];
        Assert.Equal(Path.Combine(root, "snapshots", HubServer.Commit), snapshot);
        Assert.Equal(["README.md", "config.json", "model.safetensors", "tokenizer.json"], Names(snapshot));
        foreach (string name in Names(snapshot))
        {
            Assert.Equal(Path.Combine("..", "..", "blobs", hub.Hash(name)), new FileInfo(Path.Combine(snapshot, name)).LinkTarget);
            Assert.Equal(hub[name], await File.ReadAllBytesAsync(Path.Combine(snapshot, name)));
        }
        Assert.Equal(HubServer.Commit, await File.ReadAllTextAsync(Path.Combine(root, "refs", "main")));
        Assert.Equal(4, Directory.GetFiles(Path.Combine(root, "blobs")).Length);
        Assert.Equal(snapshot, Hub.Resolve("owner/model", Options()));
        Assert.Equal(snapshot, Hub.Resolve("owner/model", Options(revision: HubServer.Commit)));
        Assert.Null(Hub.Resolve("owner/other", Options()));
        Assert.Null(Hub.Resolve("owner/model", Options(revision: "v1")));
        Assert.Null(Hub.Resolve("../owner/model", Options()));
    }

    [Fact]
    public async Task What_is_here_is_not_downloaded_again()
    {
        await Pull();
        int before = hub.Downloads.Length;
        await Pull();
        Assert.Equal(before, hub.Downloads.Length);
        // A blob that another tool left without a link, and a link that leads nowhere.
        string snapshot = folder[$"hub/models--owner--model/snapshots/{HubServer.Commit}"];
        File.Delete(Path.Combine(snapshot, "config.json"));
        File.Delete(folder[$"hub/models--owner--model/blobs/{hub.Hash("tokenizer.json")}"]);
        await Pull();
        Assert.Equal($"/owner/model/resolve/{HubServer.Commit}/tokenizer.json", Assert.Single(hub.Downloads[before..]).Target);
        Assert.Equal(hub["config.json"], await File.ReadAllBytesAsync(Path.Combine(snapshot, "config.json")));
    }

    [Theory]
    [InlineData("localhost")] // another name
    [InlineData("127.0.0.1")] // another port
    public async Task The_token_goes_to_the_hub_alone(string host)
    {
        using HubServer other = new HubServer().AddModel();
        hub.CdnHost = $"{host}:{(host == "localhost" ? hub.Port : other.Port)}";
        string snapshot = await Pull(token: "hf_secret");
        Assert.Equal(hub["model.safetensors"], await File.ReadAllBytesAsync(Path.Combine(snapshot, "model.safetensors")));
        HubRequest[] all = [.. hub.Requests, .. other.Requests];
        Assert.All(all.Where(r => !r.Target.StartsWith("/cdn/", StringComparison.Ordinal)), r => Assert.Equal("Bearer hf_secret", r.Authorization));
        HubRequest cdn = Assert.Single(all, r => r.Target.StartsWith("/cdn/", StringComparison.Ordinal));
        Assert.DoesNotContain(cdn.Headers, h => h.Value.Contains("hf_secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_redirect_within_the_hub_keeps_the_token()
    {
        hub.Intercept = r => r.Target.StartsWith("/api/models/old/name/", StringComparison.Ordinal) || r.Target.StartsWith("/old/name/", StringComparison.Ordinal)
            ? HubReply.Text(307, "", ("Location", r.Target.Replace("old/name", "owner/model", StringComparison.Ordinal))) : null;
        string snapshot = await Hub.PullAsync("old/name", Options(token: "hf_secret"));
        Assert.EndsWith(Path.Combine("models--old--name", "snapshots", HubServer.Commit), snapshot, StringComparison.Ordinal);
        Assert.Contains(hub.Requests, r => r.Target.StartsWith("/api/models/owner/model/", StringComparison.Ordinal) && r.Authorization == "Bearer hf_secret");
        Assert.Equal(hub["config.json"], await File.ReadAllBytesAsync(Path.Combine(snapshot, "config.json")));
    }

    [Fact]
    public async Task The_list_comes_in_pages()
    {
        hub.PageSize = 2;
        Assert.Equal(["README.md", "config.json", "model.safetensors", "tokenizer.json"], Names(await Pull()));
        Assert.Equal(3, hub.Requests.Count(r => r.Target.Contains("/tree/", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(false, true, true)]
    [InlineData(false, true, false)]
    [InlineData(true, false, true)]
    public async Task Hubs_with_half_of_the_api_will_do(bool tree, bool description, bool head)
    {
        (hub.HasTree, hub.HasDescription) = (tree, description);
        hub.Intercept = r => r.Method == "HEAD" && !head ? HubReply.Text(405, "") : null;
        string snapshot = await Pull();
        Assert.Equal(["README.md", "config.json", "model.safetensors", "tokenizer.json"], Names(snapshot));
        Assert.Equal(hub["model.safetensors"], await File.ReadAllBytesAsync(Path.Combine(snapshot, "model.safetensors")));
    }

    [Fact]
    public async Task A_branch_with_slashes_has_its_reference()
    {
        string snapshot = await Hub.PullAsync("owner/model", Options(revision: "refs/pr/1"));
        Assert.Equal(HubServer.Commit, await File.ReadAllTextAsync(folder["hub/models--owner--model/refs/refs/pr/1"]));
        Assert.Equal(snapshot, Hub.Resolve("owner/model", Options(revision: "refs/pr/1")));
        Assert.Null(Hub.Resolve("owner/model", Options()));
    }

    [Fact]
    public async Task Shards_are_those_of_the_index()
    {
        using HubServer sharded = new HubServer().Add("config.json", "{}")
            .Add("model.safetensors.index.json", """{"metadata":{"total_size":4},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","c":"model-00001-of-00002.safetensors"}}""")
            .Add("model-00001-of-00002.safetensors", [1, 2, 3], true).Add("model-00002-of-00002.safetensors", [4], true).Add("model-00003-of-00003.safetensors", [5], true).Add("pytorch_model.bin", [6], true);
        HubPlan plan = await Hub.PlanAsync("owner/model", Options(endpoint: sharded.Address));
        Assert.Equal(["config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"], plan.Files.Select(f => f.Path));
        Assert.Equal(["pytorch_model.bin"], plan.Refused);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path)); // a plan writes nothing
        string snapshot = await Hub.PullAsync(plan);
        Assert.Equal(sharded["model.safetensors.index.json"], await File.ReadAllBytesAsync(Path.Combine(snapshot, "model.safetensors.index.json")));
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(Path.Combine(snapshot, "model-00001-of-00002.safetensors")));
        Assert.Single(sharded.Downloads, r => r.Target.EndsWith("index.json", StringComparison.Ordinal)); // read once
        Assert.DoesNotContain(sharded.Downloads, r => r.Target.EndsWith(".bin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Patterns_choose_instead_and_leave_out()
    {
        Assert.Equal(["README.md", "log.txt"], Names(await Hub.PullAsync("owner/model", Options(include: ["training/*", "R*"]))));
        HubPlan plan = await Hub.PlanAsync("owner/model", Options(exclude: ["*.safetensors", "[Rr]eadme*", "README.md"]));
        Assert.Equal(["config.json", "tokenizer.json"], plan.Files.Select(f => f.Path));
        await Assert.ThrowsAsync<HubException>(() => Hub.PlanAsync("owner/model", Options(include: ["*.gguf"])));
        await Assert.ThrowsAsync<HubException>(() => Hub.PlanAsync("owner/model", Options(exclude: ["*"])));
    }

    [Fact]
    public async Task Equal_contents_are_one_download()
    {
        hub.Add("vocab.json", "{}");
        string snapshot = await Pull();
        Assert.Single(hub.Downloads, r => r.Target.EndsWith("vocab.json", StringComparison.Ordinal) || r.Target.EndsWith("tokenizer.json", StringComparison.Ordinal));
        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(snapshot, "vocab.json")));
        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(snapshot, "tokenizer.json")));
    }

    [Fact]
    public async Task Several_files_at_once_and_no_more()
    {
        using HubServer many = new HubServer();
        for (int i = 0; i < 12; i++) many.Add($"{i}.txt", [.. Enumerable.Repeat((byte)i, 20_000)], large: false);
        many.Intercept = r => r.Target.Contains("/resolve/", StringComparison.Ordinal) ? many.Answer(r) with { PauseMilliseconds = 20 } : null;
        await Hub.PullAsync("owner/model", Options(endpoint: many.Address, include: ["*"], parallel: 3));
        Assert.Equal(3, many.MostAtOnce);
    }

    [Fact]
    public async Task Without_links_snapshots_hold_the_files()
    {
        string snapshot = await Hub.PullAsync("owner/model", Options(symlinks: false));
        Assert.All(Names(snapshot), name => Assert.Null(new FileInfo(Path.Combine(snapshot, name)).LinkTarget));
        Assert.Equal(hub["model.safetensors"], await File.ReadAllBytesAsync(Path.Combine(snapshot, "model.safetensors")));
        Assert.Empty(Directory.GetFiles(folder["hub/models--owner--model/blobs"]));
        int before = hub.Downloads.Length;
        Assert.Equal(snapshot, await Hub.PullAsync("owner/model", Options(symlinks: false)));
        Assert.Equal(snapshot, await Pull());
        Assert.Equal(before, hub.Downloads.Length);
    }

    [Fact]
    public async Task A_plain_folder_has_plain_files()
    {
        string plain = await Hub.PullAsync("owner/model", Options(local: folder["plain"]));
        Assert.Equal(folder["plain"], plain);
        Assert.Equal([".cache", "README.md", "config.json", "model.safetensors", "tokenizer.json"], Directory.GetFileSystemEntries(plain).Select(e => Path.GetFileName(e)!).Order(StringComparer.Ordinal));
        Assert.False(Directory.Exists(folder["hub"]));
        string[] note = await File.ReadAllLinesAsync(Path.Combine(plain, ".cache/huggingface/download/model.safetensors.metadata"));
        Assert.Equal([HubServer.Commit, hub.Hash("model.safetensors")], note[..2]);
        int before = hub.Downloads.Length;
        File.Delete(Path.Combine(plain, ".cache/huggingface/download/config.json.metadata")); // its content vouches for it
        await Hub.PullAsync("owner/model", Options(local: plain));
        Assert.Equal(before, hub.Downloads.Length);
        byte[] changed = [.. hub["model.safetensors"]];
        changed[7] ^= 1;
        await File.WriteAllBytesAsync(Path.Combine(plain, "model.safetensors"), changed);
        File.SetLastWriteTimeUtc(Path.Combine(plain, "model.safetensors"), DateTime.UtcNow.AddMinutes(1));
        await Hub.PullAsync("owner/model", Options(local: plain));
        Assert.Equal(hub["model.safetensors"], await File.ReadAllBytesAsync(Path.Combine(plain, "model.safetensors")));
    }

    [Fact]
    public async Task A_plain_folder_takes_from_the_cache()
    {
        await Pull();
        int before = hub.Downloads.Length;
        string plain = await Hub.PullAsync("owner/model", Options(local: folder["plain"]));
        Assert.Equal(before, hub.Downloads.Length);
        Assert.Equal(hub["model.safetensors"], await File.ReadAllBytesAsync(Path.Combine(plain, "model.safetensors")));
        Assert.Null(new FileInfo(Path.Combine(plain, "model.safetensors")).LinkTarget);
    }

    [Fact]
    public async Task Offline_asks_nobody()
    {
        HubException e = await Assert.ThrowsAsync<HubException>(() => Hub.PullAsync("owner/model", Options(offline: true)));
        Assert.Contains("not in the cache", e.Message, StringComparison.Ordinal);
        string snapshot = await Pull();
        int before = hub.Requests.Count;
        HubPlan plan = await Hub.PlanAsync("owner/model", Options(offline: true));
        Assert.Equal(snapshot, await Hub.PullAsync(plan));
        Assert.Equal(before, hub.Requests.Count);
        Assert.Equal(hub.Hash("model.safetensors"), plan.Files.Single(f => f.Path == "model.safetensors").Hash);
        Assert.Equal(0, plan.BytesToDownload);
        string plain = await Hub.PullAsync("owner/model", Options(offline: true, local: folder["plain"]));
        Assert.Equal(hub["config.json"], await File.ReadAllBytesAsync(Path.Combine(plain, "config.json")));
    }

    [Fact]
    public async Task Progress_tells_of_every_file()
    {
        Recorder progress = new();
        await Hub.PullAsync("owner/model", Options(), progress);
        HubProgress[] weights = [.. progress.Reports.Where(r => r.File.Path == "model.safetensors")];
        Assert.Equal(HubStage.Receiving, weights[0].Stage);
        Assert.Equal((HubStage.Done, 300_000), (weights[^1].Stage, weights[^1].Received));
        Assert.Equal(4, progress.Reports.Count(r => r.Stage == HubStage.Done));
        Recorder again = new();
        await Hub.PullAsync("owner/model", Options(), again);
        Assert.All(again.Reports, r => Assert.Equal(HubStage.Present, r.Stage));
    }

    private static string[] Names(string snapshot) => [.. Directory.GetFiles(snapshot, "*", SearchOption.AllDirectories).Select(e => Path.GetFileName(e)!).Order(StringComparer.Ordinal)];

    private Task<string> Pull(string? token = "") => Hub.PullAsync("owner/model", Options(token: token));

    private HubOptions Options(string? token = "", string revision = "main", string? endpoint = null, string[]? include = null, string[]? exclude = null, string? local = null, bool symlinks = true, bool offline = false, int parallel = 4) => new()
    {
        Endpoint = endpoint ?? hub.Address,
        CacheFolder = folder["hub"],
        Token = token,
        Revision = revision,
        Include = include ?? [],
        Exclude = exclude ?? [],
        LocalFolder = local,
        Symlinks = symlinks,
        Offline = offline,
        Parallel = parallel,
        RetryDelay = TimeSpan.FromMilliseconds(1),
    };
}

/// <summary>Keeps every report.</summary>
internal sealed class Recorder(Action<HubProgress>? also = null) : IProgress<HubProgress>
{
    private readonly List<HubProgress> reports = [];

    public IReadOnlyList<HubProgress> Reports => reports;

    public void Report(HubProgress value)
    {
        lock (reports) reports.Add(value);
        also?.Invoke(value);
    }
}
