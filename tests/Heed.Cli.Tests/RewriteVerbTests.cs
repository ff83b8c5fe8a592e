using System.Text.Json;

namespace Heed.Cli.Tests;

/// <summary>translate, summarize and rewrite through the real command line.</summary>
public sealed class RewriteVerbTests(TaskModels models) : IClassFixture<TaskModels>
{
    private string Bart => models.Rewriter("bart", "<s>", "<pad>", "</s>");

    [Theory]
    [InlineData("translate")]
    [InlineData("summarize")]
    [InlineData("rewrite")]
    public void A_line_in_is_a_line_out(string command)
    {
        string[] lines = Cli.RunWith("a cat sleeps\nthe dog runs in paris\n", command, Bart, "--max-tokens", "6").Good().Out.Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal("", lines[2]);
        JsonElement second = Json(Cli.Run(command, Bart, "the dog runs in paris", "--max-tokens", "6", "--json"));
        Assert.Equal(lines[1], Assert.Single(second.GetProperty("outputs").EnumerateArray()).GetString());
        Assert.Equal("the dog runs in paris", second.GetProperty("text").GetString());
    }

    [Fact]
    public void Beams_give_several_answers()
    {
        string[] args = ["rewrite", Bart, "a cat sleeps", "--beams", "4", "--sequences", "3", "--max-tokens", "5"];
        JsonElement root = Json(Cli.Run([.. args, "--json"]));
        string[] outputs = [.. root.GetProperty("outputs").EnumerateArray().Select(o => o.GetString()!)];
        Assert.Equal(3, outputs.Length);
        Assert.Equal(string.Concat(outputs.Select(o => o + "\n")), Cli.Run(args).Good().Out);
        Cli.Run("rewrite", Bart, "a", "--beams", "2", "--sequences", "3").Failed("2 beams");
    }

    [Fact]
    public void A_prefix_or_a_task_stands_before_the_text()
    {
        string model = models.Rewriter("t5-v1.0", "[PAD]", "</s>");
        string config = Path.Combine(model, "config.json");
        if (!File.ReadAllText(config).Contains("\"summarization\"", StringComparison.Ordinal))
            File.WriteAllText(config, File.ReadAllText(config).TrimEnd()[..^1] + ", \"task_specific_params\": { \"summarization\": { \"prefix\": \"cat dog: \" }, \"translation_en_to_de\": { \"prefix\": \"tower: \" } } }");
        string text = Run("rewrite", "it sleeps", "--prefix", "cat dog: ");
        Assert.Equal(text, Run("rewrite", "cat dog: it sleeps"));
        Assert.Equal(text, Run("rewrite", "it sleeps", "--task", "summarization"));
        Assert.Equal(text, Run("summarize", "it sleeps"));
        Assert.Equal(Run("rewrite", "tower: it sleeps"), Run("translate", "it sleeps", "--to", "de"));
        Cli.Run("translate", model, "a", "--to", "fr").Failed("translation_en_to_de");
        Cli.Run("rewrite", model, "a", "--task", "none").Failed("summarization");
        Cli.Run("rewrite", model, "a", "--task", "b", "--prefix", "c").Misused("exclude");
        Cli.Run("translate", model, "a", "--from", "b").Misused("--to");

        string Run(string command, string text, params string[] options) => Cli.Run([command, model, text, "--max-tokens", "8", .. options]).Good().Out;
    }

    [Fact]
    public void A_file_can_be_one_text()
    {
        string file = models.Write("whole.txt", "a cat sleeps\nthe dog runs\n");
        Assert.Single(Cli.Run("summarize", Bart, "--file", file, "--whole", "--max-tokens", "4").Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("a cat sleeps\nthe dog runs", Json(Cli.RunWith(File.ReadAllBytes(file), "summarize", Bart, "--whole", "--max-tokens", "4", "--json")).GetProperty("text").GetString());
        Cli.Run("summarize", Bart, "--whole").Failed("no text");
        Cli.Run("rewrite", models.Writer(), "a").Failed("heed generate");
    }

    private static JsonElement Json(Outcome outcome) => JsonDocument.Parse(outcome.Good().Out).RootElement;
}
