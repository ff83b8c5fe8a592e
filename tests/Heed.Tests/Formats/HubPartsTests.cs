using System.Text;
using Heed.Formats;

namespace Heed.Tests.Formats;

/// <summary>Names, patterns, hashes and the environment.</summary>
public sealed class HubPartsTests
{
    [Theory]
    [InlineData("Qwen/Qwen3-0.6B", true)]
    [InlineData("gpt2", true)]
    [InlineData("a/b_c.d", true)]
    [InlineData("", false)]
    [InlineData("a/", false)]
    [InlineData("/a", false)]
    [InlineData("a/b/c", false)]
    [InlineData("..", false)]
    [InlineData("a/..", false)]
    [InlineData("./a", false)]
    [InlineData("a/b--c", false)]
    [InlineData("-a/b", false)]
    [InlineData("a/b.", false)]
    [InlineData("a/b.git", false)]
    [InlineData("a b/c", false)]
    [InlineData("模型/b", false)]
    [InlineData("a\\b", false)]
    public void Names_of_repositories(string name, bool valid)
    {
        Assert.Equal(valid, HubName.IsRepository(name));
        if (!valid) Assert.Throws<ArgumentException>(() => HubName.CheckRepository(name));
    }

    [Theory]
    [InlineData("main", true)]
    [InlineData("refs/pr/1", true)]
    [InlineData("v1.0", true)]
    [InlineData("", false)]
    [InlineData("../main", false)]
    [InlineData("a/../b", false)]
    [InlineData("/main", false)]
    [InlineData("-x", false)]
    [InlineData("a\nb", false)]
    public void Names_of_revisions(string name, bool valid)
    {
        if (valid) Assert.Equal(name, HubName.CheckRevision(name));
        else Assert.Throws<ArgumentException>(() => HubName.CheckRevision(name));
    }

    // The answers of Python's fnmatch.fnmatchcase.
    [Theory]
    [InlineData("*.json", "config.json", true)]
    [InlineData("*.json", "a/b.json", true)]
    [InlineData("*.json", "config.jsonl", false)]
    [InlineData("model-?????-of-*.safetensors", "model-00001-of-00002.safetensors", true)]
    [InlineData("onnx/", "onnx/model.onnx", true)]
    [InlineData("onnx", "onnx/model.onnx", false)]
    [InlineData("[ab]*", "b.txt", true)]
    [InlineData("[!ab]*", "b.txt", false)]
    [InlineData("[!ab]*", "c.txt", true)]
    [InlineData("[a-c].txt", "b.txt", true)]
    [InlineData("[a-c].txt", "d.txt", false)]
    [InlineData("[]a].txt", "].txt", true)]
    [InlineData("[!]a].txt", "].txt", false)]
    [InlineData("[abc", "[abc", true)]
    [InlineData("[a-]x", "-x", true)]
    [InlineData("**a*b**", "xaxxbx", true)]
    [InlineData("a*b*c", "abcb", false)]
    [InlineData("README*", "readme.md", false)]
    [InlineData("", "", true)]
    [InlineData("*", "", true)]
    public void Patterns_match_as_those_of_other_tools(string pattern, string path, bool matches) => Assert.Equal(matches, HubGlob.Matches(pattern, path));

    [Fact]
    public void Patterns_take_no_time() => Assert.False(HubGlob.Matches(string.Concat(Enumerable.Repeat("a*", 100)) + "b", new string('a', 1000)));

    // git hash-object, sha256sum
    [Theory]
    [InlineData("", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")]
    [InlineData("hello\n", "ce013625030ba8dba906f756967f9e9ca394464a")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void Hashes_are_those_of_git_and_of_large_files(string text, string hash)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        HubFile file = new("a", bytes.Length, hash);
        Assert.True(HubHash.IsRight(file, new MemoryStream(bytes)));
        Assert.False(HubHash.IsRight(file, new MemoryStream([.. bytes, 1])));
        if (bytes.Length > 0) Assert.False(HubHash.IsRight(file, new MemoryStream([.. bytes[..^1], 1])));
    }

    [Theory]
    [InlineData("HF_HUB_CACHE=/c;HF_HOME=/h", "/c", "https://huggingface.co/", null, false)]
    [InlineData("HF_HOME=/h;HF_TOKEN= hf_a\n", "/h/hub", "https://huggingface.co/", "hf_a", false)]
    [InlineData("HF_HOME=~/h;HOME=/me;HF_ENDPOINT=http://mirror:8080/", "/me/h/hub", "http://mirror:8080/", null, false)]
    [InlineData("XDG_CACHE_HOME=/x;HF_HUB_OFFLINE=yes", "/x/huggingface/hub", "https://huggingface.co/", null, true)]
    [InlineData("HOME=/me;HF_HUB_OFFLINE=0;HF_ENDPOINT=https://m/hub", "/me/.cache/huggingface/hub", "https://m/hub/", null, false)]
    [InlineData("HF_HUB_CACHE=$DISK/c;DISK=/d;HF_TOKEN=hf_a;HF_HUB_DISABLE_IMPLICIT_TOKEN=1", "/d/c", "https://huggingface.co/", null, false)]
    [InlineData("HF_HUB_CACHE=/a$/${DISK}x/$NONE/${DISK;DISK=d", "/a$/dx/$NONE/${DISK", "https://huggingface.co/", null, false)]
    public void The_environment_is_read_as_other_tools_read_it(string variables, string cache, string endpoint, string? token, bool offline)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "paths of Unix");
        Dictionary<string, string> map = variables.Split(';').Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);
        var settings = HubSettings.From(null, map.GetValueOrDefault);
        Assert.Equal((cache, endpoint, token, offline), (settings.CacheFolder, settings.Endpoint.ToString(), settings.Token, settings.Offline));
    }

    [Fact]
    public void The_token_file_is_read_and_options_come_first()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["token"], "hf_file\n");
        string? Home(string name) => name == "HF_HOME" ? folder.Path : null;
        Assert.Equal("hf_file", HubSettings.From(null, Home).Token);
        Assert.Equal("hf_option", HubSettings.From(new HubOptions { Token = "hf_option" }, Home).Token);
        Assert.Null(HubSettings.From(new HubOptions { Token = "" }, Home).Token);
        ArgumentException e = Assert.Throws<ArgumentException>(() => HubSettings.From(new HubOptions { Token = "a\r\nX: b" }, Home));
        Assert.DoesNotContain("X: b", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("huggingface.co")]
    [InlineData("ftp://a")]
    [InlineData("http://user:secret@a")]
    [InlineData("file:///etc")]
    public void An_address_must_be_one(string address) => Assert.Throws<ArgumentException>(() => HubSettings.From(new HubOptions { Endpoint = address }, _ => null));
}
