using System.Text.Json;
using System.Text.RegularExpressions;

namespace Heed.Cli.Tests;

/// <summary>The trained models of the repository, by their names, as a fresh clone has them.</summary>
public sealed partial class CommittedModelsTests
{
    private const long Largest = 10_000_000, Together = 40_000_000; // bytes of weights

    [Fact]
    public void Each_is_listed_with_its_licence_and_small()
    {
        Dictionary<string, JsonElement> listed = Cli.Run("models", "--json").Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToDictionary(m => m.GetProperty("name").GetString()!);
        string[] names = [.. Directory.GetDirectories(Cli.Repository("models")).Select(f => Path.GetFileName(f))];
        Assert.NotEmpty(names);
        Assert.All(names, name =>
        {
            JsonElement model = listed[name];
            Assert.InRange(model.GetProperty("bytes").GetInt64(), 1, Largest);
            Assert.NotEqual("", model.GetProperty("summary").GetString());
            foreach (string field in (string[])["license", "language", "pipeline_tag"]) Assert.NotEqual("", model.GetProperty("card").GetProperty(field).GetString());
        });
        Assert.InRange(names.Sum(n => listed[n].GetProperty("bytes").GetInt64()), 1, Together);
    }

    [Fact]
    public void It_translates() => Assert.Matches(Student(), Cli.Run("translate", "zh-en", "我是一个学生").Good().Out);

    [Fact]
    public void It_tells_stories()
    {
        Assert.StartsWith(", there was a", Cli.Run("generate", "stories-en", "Once upon a time", "--greedy", "--max-tokens", "20").Good().Out, StringComparison.Ordinal);
        JsonElement next = JsonDocument.Parse(Cli.Run("next", "stories-en", "The little dog and his friend played in the", "--json").Good().Out).RootElement;
        Assert.Contains("park", next.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void It_writes_verses()
    {
        string poem = Cli.Run("generate", "poems-zh", "五言绝句\n春夜\n", "--greedy").Good().Out;
        Assert.Matches(Quatrain(), poem);
    }

    /// <summary>The example of fine-tuning in the README: an adapter of the translator, from a small file.</summary>
    [Fact]
    public void A_translator_becomes_a_butler()
    {
        using Folder folder = new();
        Cli.Run("train", Cli.Repository("recipes", "butler.json"), "--quiet", "--output", folder["butler"], "--set", "algorithm.steps=30", "--set", "compute.checkpoint_every=30").Good();
        string[] texts = ["translate", "zh-en", "他会说三种语言。", "你在哪里？"];
        Assert.DoesNotContain("sir", Cli.Run(texts).Good().Out, StringComparison.Ordinal);
        Assert.All(Cli.Run([.. texts, "--adapter", folder["butler"]]).Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(Sir(), line));
    }

    [GeneratedRegex(@"^I( am|'m) a student\.\n$")]
    private static partial Regex Student();

    [GeneratedRegex(@"^(\w{5}，\w{5}。\n?){2}\s*$")]
    private static partial Regex Quatrain();

    [GeneratedRegex(", sir[.?]$")]
    private static partial Regex Sir();
}
