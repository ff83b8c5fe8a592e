using System.Text.RegularExpressions;
using Heed.Models;
using Heed.Training;

namespace Heed.Tests.Training;

public sealed partial class RecipeGuardTests
{
    private static readonly string[] PathKeys = ["data.source", "data.validation", "data.test", "data.template", "data.tokenizer", "data.cache", "algorithm.masking.phrases", "algorithm.teacher.folder", "algorithm.start_from", "compute.output"];

    private static Recipe Original => Recipe.Parse("""{ "data": { "source": ["a.txt", "b.txt"], "tokenizer": "mine/tokenizer.json" }, "algorithm": {}, "compute": {} }""") with { Path = "recipes/mine.json" };

    private static string With(string key, string value)
    {
        string[] names = key.Split('.');
        string inner = string.Concat(names.Skip(1).Select(n => $"\"{n}\": ").SelectMany((n, i) => i < names.Length - 2 ? n + "{" : n)) + value + new string('}', names.Length - 2);
        string[] parts = [.. new[] { "data", "algorithm", "compute" }.Select(s => $"\"{s}\": {{ {(s == names[0] ? inner : "")} }}")];
        return "{\n" + string.Join(",\n", parts) + "\n}";
    }

    // The documentation says of each key what it takes: what says "the path of" names files.
    [Fact]
    public void All_keys_that_the_documentation_says_name_files_are_guarded()
    {
        string[] told = [.. KeyRow().Matches(RecipeSchema.WriteMarkdown()).Where(m => m.Groups[2].Value.Contains("path", StringComparison.Ordinal) || m.Groups[3].Value.Contains("relative to the", StringComparison.Ordinal)).Select(m => m.Groups[1].Value)];
        Assert.Equal(PathKeys.Order(), told.Order());
        Assert.Equal(PathKeys.Order(), RecipeGuard.Keys.Order());
    }

    public static TheoryData<string> Guarded => [.. PathKeys];

    [Theory, MemberData(nameof(Guarded))]
    public void No_such_key_takes_another_file(string key)
    {
        foreach (string path in new[] { "/etc/passwd", "../secret.txt", "stories/../../x", "~/.ssh/id_rsa" })
        {
            RecipeException e = Assert.Throws<RecipeException>(() => RecipeGuard.Read(With(key, $"\"{path}\""), Original));
            Assert.Equal(key, e.Key);
            Assert.Contains($"'{key}'", e.Message, StringComparison.Ordinal);
            Assert.NotNull(e.Line);
        }
    }

    [Theory]
    [InlineData("""["a.txt"]""")]
    [InlineData("""["b.txt", "a.txt"]""")]
    [InlineData("""["a.txt", "b.txt", "c.txt"]""")]
    [InlineData("""["stories", "stories"]""")]
    [InlineData("\"A.TXT\"")]
    public void Lists_stay_as_they_are(string source) =>
        Assert.Equal("data.source", Assert.Throws<RecipeException>(() => RecipeGuard.Read(With("data.source", source), Original)).Key);

    [Fact]
    public void What_the_recipe_names_and_the_words_of_recipes_are_taken()
    {
        Recipe same = RecipeGuard.Read("""{ "data": { "source": ["a.txt", "b.txt"], "tokenizer": "mine/tokenizer.json", "vocabulary": 300 }, "algorithm": { "depth": 7 }, "compute": { "sample_prompt": "/etc/passwd", "snapshot_texts": ["../x"] } }""", Original);
        Assert.Equal((7, "recipes/mine.json", 300), (same.Algorithm.Depth, same.Path, same.Data.Vocabulary));
        Recipe words = RecipeGuard.Read("""{ "data": { "source": "stories", "tokenizer": "characters", "cache": "off" }, "algorithm": {}, "compute": {} }""", Original);
        Assert.Equal(("characters", "off"), (words.Data.Tokenizer, words.Data.Cache));
        Assert.True(words.Data.Source == "stories");
    }

    [Fact]
    public void What_is_no_recipe_is_refused_with_its_place()
    {
        RecipeException e = Assert.Throws<RecipeException>(() => RecipeGuard.Read("{\n\"data\": {},\n\"algorithm\": { \"dept\": 3 },\n\"compute\": {} }", Original));
        Assert.Equal(("algorithm.dept", 3), (e.Key, e.Line));
        Assert.Throws<RecipeException>(() => RecipeGuard.Read(new string(' ', (1 << 20) + 1), Original));
    }

    [Fact]
    public void What_is_not_there_is_told()
    {
        string folder = Directory.CreateTempSubdirectory("heed-guard-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "a.txt"), "a");
            Recipe recipe = Original with { Path = Path.Combine(folder, "mine.json") };
            Assert.Equal([("data.source", "b.txt"), ("data.tokenizer", "mine/tokenizer.json")], RecipeGuard.Missing(recipe));
            Assert.Empty(RecipeGuard.Missing(new Recipe()));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_three_of_the_race_are_of_one_size_and_differ_in_nothing_else()
    {
        Recipe[] race = [.. new[] { "rnn", "lstm", "transformer" }.Select(name => Recipe.Load(Path.Combine(Repository(), "recipes", $"race-{name}.json")))];
        int vocabulary = TrainingData.Prepare(race[0] with { Data = race[0].Data with { Stories = 300 } }).Tokenizer!.VocabularySize;
        long[] sizes = [RecipeRecurrentModel.Configure(race[0].Algorithm, vocabulary, null).Parameters, RecipeRecurrentModel.Configure(race[1].Algorithm, vocabulary, null).Parameters, ModelCost.Parameters(RecipeModel.Configure(race[2].Algorithm, vocabulary, null))];
        Assert.True(sizes.Max() <= 1.02 * sizes.Min(), string.Join(", ", sizes));
        Assert.Single(race.Select(r => (r.Data, r.Compute, r.Algorithm with { Family = "gpt2", Width = 1, Heads = 1 })).Distinct());
    }

    private static string Repository([System.Runtime.CompilerServices.CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..");

    [GeneratedRegex(@"^\| `([a-z_.]+)` \| `.*?` \| (.*?) \| (.*) \|$", RegexOptions.Multiline)]
    private static partial Regex KeyRow();
}
