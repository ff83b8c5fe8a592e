using System.Diagnostics;
using Heed.Formats;

namespace Heed.Tests.Formats;

/// <summary>A hub that cuts, lies, refuses, delays and attacks.</summary>
public sealed class HubFailureTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly HubServer hub = new HubServer().AddModel();

    public void Dispose()
    {
        hub.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // the end of the connection is the end of the body
    public async Task A_cut_connection_goes_on_where_it_ended(bool length)
    {
        int cuts = 3;
        hub.Intercept = r => IsCdn(r) && Interlocked.Decrement(ref cuts) >= 0 ? hub.Answer(r) with { CutAfter = 70_000, WithoutLength = !length } : null;
        string snapshot = await Pull();
        Assert.Equal(hub["model.safetensors"], await File.ReadAllBytesAsync(Path.Combine(snapshot, "model.safetensors")));
        Assert.Equal([null, "bytes=70000-", "bytes=140000-", "bytes=210000-"], hub.Requests.Where(IsCdn).Select(r => r.Range));
    }

    [Fact]
    public async Task More_cuts_than_attempts_are_fine_while_bytes_arrive()
    {
        int cuts = 20;
        hub.Intercept = r => IsCdn(r) && Interlocked.Decrement(ref cuts) >= 0 ? hub.Answer(r) with { CutAfter = 10_000 } : null;
        await Pull();
        Assert.Equal(21, hub.Requests.Count(IsCdn));
    }

    [Fact]
    public async Task A_server_without_ranges_begins_again()
    {
        hub.KnowsRanges = false;
        int cuts = 1;
        hub.Intercept = r => IsCdn(r) && Interlocked.Decrement(ref cuts) >= 0 ? hub.Answer(r) with { CutAfter = 100_000 } : null;
        string snapshot = await Pull();
        Assert.Equal(hub["model.safetensors"], await File.ReadAllBytesAsync(Path.Combine(snapshot, "model.safetensors")));
    }

    [Fact]
    public async Task A_server_without_ranges_that_always_cuts_is_given_up()
    {
        hub.KnowsRanges = false;
        hub.Intercept = r => IsCdn(r) ? hub.Answer(r) with { CutAfter = 100_000 } : null;
        HubException e = await Refused("Given up after 3 attempts");
        Assert.Contains("model.safetensors", e.Message, StringComparison.Ordinal);
        Assert.Equal(3, hub.Requests.Count(IsCdn));
        Assert.Equal(100_000, new FileInfo(Partial()).Length);
    }

    [Fact]
    public async Task A_stopped_pull_keeps_its_part_and_the_next_goes_on()
    {
        hub.Intercept = r => IsCdn(r) ? hub.Answer(r) with { PauseMilliseconds = 10 } : null;
        using CancellationTokenSource stop = new();
        Recorder progress = new(p =>
        {
            if (p.File.Path == "model.safetensors" && p.Received > 20_000) stop.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Hub.PullAsync("owner/model", Options(), progress, stop.Token));
        long kept = new FileInfo(Partial()).Length;
        Assert.InRange(kept, 20_000, 299_999);
        Assert.Null(Hub.Resolve("owner/model", Options()));
        hub.Intercept = null;
        string snapshot = await Pull();
        Assert.Equal(hub["model.safetensors"], await File.ReadAllBytesAsync(Path.Combine(snapshot, "model.safetensors")));
        Assert.Equal($"bytes={kept}-", hub.Requests.Last(IsCdn).Range);
        Assert.False(File.Exists(Partial()));
    }

    [Theory]
    [InlineData(1000)] // wrong bytes
    [InlineData(300_000)] // wrong to the end
    [InlineData(400_000)] // longer than the file
    public async Task A_damaged_part_is_downloaded_again(int length)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Partial())!);
        await File.WriteAllBytesAsync(Partial(), new byte[length]);
        string snapshot = await Pull();
        Assert.Equal(hub["model.safetensors"], await File.ReadAllBytesAsync(Path.Combine(snapshot, "model.safetensors")));
    }

    [Theory]
    [InlineData("model.safetensors", "SHA-256")]
    [InlineData("config.json", "git hash")]
    public async Task A_wrong_hash_is_not_kept(string name, string words)
    {
        byte[] wrong = [.. hub[name]];
        wrong[wrong.Length / 2] ^= 1;
        hub.Intercept = r => hub.Answer(r) is { Status: 200 } reply && reply.Body.AsSpan().SequenceEqual(hub[name]) ? reply with { Body = wrong } : null;
        HubException e = await Refused(words);
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
        Assert.Contains(hub.Hash(name), e.Message, StringComparison.Ordinal);
        Assert.Contains(name == "config.json" ? HubServer.GitHash(wrong) : HubServer.Sha256(wrong), e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder[$"hub/models--owner--model/blobs/{hub.Hash(name)}"]));
        Assert.False(File.Exists(folder[$"hub/models--owner--model/blobs/{hub.Hash(name)}.incomplete"]));
        Assert.Null(Hub.Resolve("owner/model", Options()));
    }

    [Theory]
    [InlineData("X-Linked-Etag", "\"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"", "hash")]
    [InlineData("X-Repo-Commit", "ffffffffffffffffffffffffffffffffffffffff", "commit")]
    public async Task The_file_must_be_the_one_that_was_listed(string header, string value, string words)
    {
        hub.Intercept = r => hub.Answer(r) is { Status: 302 } reply ? reply with { Headers = [.. reply.Headers.Where(h => h.Name != header), (header, value)] } : null;
        await Refused(words);
        Assert.DoesNotContain(hub.Requests, IsCdn); // told before a byte of it was loaded
    }

    [Theory]
    [InlineData(true, "offers 300001 bytes")]
    [InlineData(false, "sends more than the 300000 bytes")]
    public async Task A_longer_file_is_refused(bool length, string words)
    {
        hub.Intercept = r => IsCdn(r) ? new HubReply(200, [.. hub["model.safetensors"], 0]) { WithoutLength = !length } : null;
        await Refused(words);
    }

    [Fact]
    public async Task A_silent_server_counts_as_cut()
    {
        int silent = 1;
        hub.Intercept = r => IsCdn(r) && Interlocked.Decrement(ref silent) >= 0 ? hub.Answer(r) with { PauseMilliseconds = 3000 } : null;
        string snapshot = await Hub.PullAsync("owner/model", Options(timeout: 0.5));
        Assert.Equal(hub["model.safetensors"], await File.ReadAllBytesAsync(Path.Combine(snapshot, "model.safetensors")));
        Assert.Equal("bytes=4096-", hub.Requests.Last(IsCdn).Range);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Retry_After_is_honoured(int status)
    {
        int refusals = 1;
        hub.Intercept = r => IsCdn(r) && Interlocked.Decrement(ref refusals) >= 0 ? HubReply.Text(status, "", ("Retry-After", "1")) : null;
        Recorder progress = new();
        Stopwatch watch = Stopwatch.StartNew();
        await Hub.PullAsync("owner/model", Options(), progress);
        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(1), $"{watch.Elapsed}");
        Assert.Contains(progress.Reports, p => p.Stage == HubStage.Waiting && p.Note!.Contains($"{status}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Too_long_a_wait_is_told_instead()
    {
        hub.Intercept = r => r.Target.StartsWith("/api/", StringComparison.Ordinal) ? HubReply.Text(429, "", ("Retry-After", "3600")) : null;
        await Refused("60 minutes");
    }

    [Theory]
    [InlineData(500)]
    [InlineData(429)]
    [InlineData(504)]
    public async Task Patience_ends(int status)
    {
        hub.Intercept = r => r.Target.StartsWith("/api/", StringComparison.Ordinal) ? HubReply.Text(status, "") : null;
        HubException e = await Refused("Given up after 3 attempts");
        Assert.Equal(status, (int)e.Status!);
        Assert.Equal(3, hub.Requests.Count);
    }

    [Theory]
    [InlineData(401, "GatedRepo", "", "gated", "HF_TOKEN")]
    [InlineData(403, "GatedRepo", "hf_x", "gated", "accept its licence")]
    [InlineData(401, "RepoNotFound", "", "no access", "HF_TOKEN")]
    [InlineData(401, null, "hf_x", "401", "token")]
    [InlineData(403, null, "", "forbidden", "HF_TOKEN")]
    [InlineData(404, "RevisionNotFound", "", "no revision 'main'", "404")]
    [InlineData(404, null, "", "not found", "404")]
    [InlineData(418, null, "", "418", "owner/model")]
    public async Task Refusals_say_what_to_do(int status, string? code, string token, string words, string more)
    {
        hub.Intercept = _ => HubReply.Text(status, "<html>", code is null ? [] : [("X-Error-Code", code)]);
        HubException e = await Assert.ThrowsAsync<HubException>(() => Hub.PullAsync("owner/model", Options(token: token)));
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
        Assert.Contains(more, e.Message, StringComparison.Ordinal);
        Assert.Equal(status, (int)e.Status!);
        Assert.DoesNotContain("hf_x", e.ToString(), StringComparison.Ordinal);
        if (words is "gated" or "no access") Assert.Contains($"{hub.Address}/owner/model", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        hub.Intercept = r => r.Target.EndsWith("/tokenizer.json", StringComparison.Ordinal) ? HubReply.Text(404, "", ("X-Error-Code", "EntryNotFound")) : null;
        await Refused("'tokenizer.json'");
    }

    [Fact]
    public async Task Nobody_there_is_told_at_once()
    {
        hub.Dispose();
        Stopwatch watch = Stopwatch.StartNew();
        HubException e = await Refused("no connection");
        Assert.Contains($"127.0.0.1:{hub.Port}", e.Message, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("../evil.json")]
    [InlineData("/etc/config.json")]
    [InlineData("a/../../tokenizer.json")]
    [InlineData("..\\evil.json")]
    [InlineData("a/..")]
    public async Task A_path_that_leaves_the_folder_is_refused(string path)
    {
        hub.Add(path, "evil");
        await Refused("leaves the folder");
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("C:evil.model")]
    [InlineData("a\\b.model")]
    [InlineData("con.model")]
    [InlineData("a\u0007.model")]
    [InlineData("dot./a.model")]
    [InlineData("a//b.model")]
    [InlineData("LONG.model")]
    public async Task An_odd_path_is_refused_where_it_is_chosen(string path)
    {
        hub.Add(path.Replace("LONG", new string('x', 300), StringComparison.Ordinal), "evil");
        HubException e = await Assert.ThrowsAsync<HubException>(() => Hub.PullAsync("owner/model", Options(include: ["*.model"])));
        Assert.Contains("refused", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("[{\"type\":\"file\",\"path\":\"config.json\",\"size\":-1,\"oid\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}]")]
    [InlineData("[{\"type\":\"file\",\"path\":\"config.json\",\"size\":1,\"oid\":\"../../../../../etc/passwd\"}]")]
    [InlineData("[{\"type\":\"file\",\"path\":\"config.json\",\"size\":1,\"oid\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"lfs\":{\"oid\":\"..\",\"size\":1}}]")]
    [InlineData("[{\"type\":\"file\",\"path\":\"config.json\",\"size\":1}]")]
    [InlineData("[{\"type\":\"file\",\"path\":\"config.json\",\"size\":1e99,\"oid\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}]")]
    [InlineData("{\"error\":\"no\"}")]
    [InlineData("[[[[")]
    [InlineData("")]
    public async Task A_broken_list_is_refused(string list)
    {
        hub.Intercept = r => r.Target.Contains("/tree/", StringComparison.Ordinal) ? HubReply.Text(200, list) : null;
        await Refused("owner/model");
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("{\"sha\":\"../../x\"}")]
    [InlineData("{\"sha\":null}")]
    [InlineData("{}")]
    [InlineData("[]")]
    public async Task A_broken_description_is_refused(string description)
    {
        hub.Intercept = r => r.Target.Contains("/revision/", StringComparison.Ordinal) ? HubReply.Text(200, description) : null;
        await Refused("owner/model");
    }

    [Fact]
    public async Task An_endless_answer_is_refused()
    {
        hub.Intercept = r => r.Target.Contains("/tree/", StringComparison.Ordinal) ? HubReply.Text(200, new string(' ', (1 << 25) + 1)) : null;
        await Refused("more than");
    }

    [Fact]
    public async Task The_next_page_must_be_at_the_hub()
    {
        hub.Intercept = r => r.Target.Contains("/tree/", StringComparison.Ordinal) ? HubReply.Text(200, "[]", ("Link", $"<http://localhost:{hub.Port}/more>; rel=\"next\"")) : null;
        await Refused("not at the hub");
        Assert.DoesNotContain(hub.Requests, r => r.Target == "/more");
    }

    [Fact]
    public async Task Endless_pages_and_redirects_end()
    {
        hub.Intercept = r => r.Target.Contains("/tree/", StringComparison.Ordinal) ? HubReply.Text(200, "[]", ("Link", $"<{hub.Address}{r.Target}>; rel=\"next\"")) : null;
        await Refused("pages");
        hub.Intercept = r => HubReply.Text(302, "", ("Location", r.Target));
        await Refused("redirects more than");
    }

    [Fact]
    public async Task Pickle_is_refused_with_the_reason()
    {
        using HubServer pickles = new HubServer().Add("config.json", "{}").Add("pytorch_model.bin", [1], true).Add("tf_model.h5", [2], true);
        HubException e = await Assert.ThrowsAsync<HubException>(() => Hub.PullAsync("owner/model", Options(endpoint: pickles.Address)));
        Assert.Contains("'pytorch_model.bin'", e.Message, StringComparison.Ordinal);
        Assert.Contains("runs the code", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<HubException>(() => Hub.PullAsync("owner/model", Options(endpoint: pickles.Address, include: ["*.json", "*.bin"])));
        Assert.Contains("'pytorch_model.bin'", e.Message, StringComparison.Ordinal);
        await Hub.PullAsync("owner/model", Options(endpoint: pickles.Address, include: ["*"]));
        Assert.DoesNotContain(pickles.Downloads, r => !r.Target.EndsWith("config.json", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../../evil"}}""", "which the repository does not have")]
    [InlineData("""{"weight_map":{"a":"pytorch_model-1.bin"}}""", "runs the code")]
    [InlineData("""{"weight_map":{"a":3}}""", "no index")]
    [InlineData("""{"weight_map":{}}""", "names no shard")]
    [InlineData("""{}""", "no index")]
    public async Task A_bad_index_is_refused(string index, string words)
    {
        using HubServer sharded = new HubServer().Add("config.json", "{}").Add("model.safetensors.index.json", index).Add("pytorch_model-1.bin", [1], true);
        HubException e = await Assert.ThrowsAsync<HubException>(() => Hub.PullAsync("owner/model", Options(endpoint: sharded.Address)));
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_pulls_at_once_download_once()
    {
        hub.Intercept = r => IsCdn(r) ? hub.Answer(r) with { PauseMilliseconds = 5 } : null;
        string[] folders = await Task.WhenAll(Pull(), Pull());
        Assert.Equal(folders[0], folders[1]);
        Assert.Single(hub.Requests, IsCdn);
        Assert.Equal(hub["model.safetensors"], await File.ReadAllBytesAsync(Path.Combine(folders[0], "model.safetensors")));
    }

    private static bool IsCdn(HubRequest request) => request.Target.StartsWith("/cdn/", StringComparison.Ordinal);

    private string Partial() => folder[$"hub/models--owner--model/blobs/{hub.Hash("model.safetensors")}.incomplete"];

    private Task<string> Pull() => Hub.PullAsync("owner/model", Options());

    private async Task<HubException> Refused(string words)
    {
        HubException e = await Assert.ThrowsAsync<HubException>(Pull);
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
        return e;
    }

    private HubOptions Options(string token = "", string? endpoint = null, string[]? include = null, double timeout = 20) => new()
    {
        Endpoint = endpoint ?? hub.Address,
        CacheFolder = folder["hub"],
        Token = token,
        Include = include ?? [],
        Offline = false,
        Symlinks = true,
        Attempts = 3,
        Timeout = TimeSpan.FromSeconds(timeout),
        RetryDelay = TimeSpan.FromMilliseconds(1),
    };
}
