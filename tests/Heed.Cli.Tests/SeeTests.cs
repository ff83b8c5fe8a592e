using System.Text.Json;
using System.Xml.Linq;

namespace Heed.Cli.Tests;

public sealed class SeeTests(TaskModels models) : IClassFixture<TaskModels>
{
    private const string Text = "the animal did not cross the street because it was tired";

    [Theory]
    [InlineData]
    [InlineData("--layer", "1")]
    [InlineData("--layer", "0", "--head", "3")]
    public void Every_row_sums_to_one(params string[] options)
    {
        JsonElement root = Json(Cli.Run(["see", models.Reader("bert-base"), Text, "--json", .. options]));
        string[] tokens = [.. root.GetProperty("queries").EnumerateArray().Select(t => t.GetString()!)];
        Assert.Equal(["[CLS]", .. Text.Split(' '), "[SEP]"], tokens);
        Assert.Equal((2, 4, false), (root.GetProperty("layers").GetInt32(), root.GetProperty("heads").GetInt32(), root.GetProperty("cross").GetBoolean()));
        JsonElement[] rows = [.. root.GetProperty("attention").EnumerateArray()];
        Assert.Equal(tokens.Length, rows.Length);
        Assert.All(rows, row => Assert.Equal(1, row.EnumerateArray().Sum(w => w.GetDouble()), 1e-4));
    }

    [Fact]
    public void A_head_is_what_forward_writes()
    {
        string model = models.Reader("bert-base");
        JsonElement root = Json(Cli.Run("see", model, "a cat", "--layer", "1", "--head", "2", "--json"));
        string input = models.Write("in.json", $$"""{ "input_ids": [[{{Cli.Run("tokenizer", "encode", model, "a cat").Good().Out.Trim().Replace(' ', ',')}}]] }""");
        Cli.Run("forward", model, "--inputs", input, "--output", models["out.safetensors"], "--all").Good();
        using Heed.Formats.WeightSource written = Heed.Formats.WeightSource.Open(models["out.safetensors"]);
        float[] weights = new float[4 * 4 * 4];
        written.ReadFloats("attentions.1", weights);
        float[] seen = [.. root.GetProperty("attention").EnumerateArray().SelectMany(r => r.EnumerateArray()).Select(w => w.GetSingle())];
        for (int i = 0; i < 16; i++) Assert.Equal(weights[2 * 16 + i], seen[i], 1e-6f);
    }

    [Fact]
    public void A_decoder_looks_back_only()
    {
        JsonElement[] rows = [.. Json(Cli.Run("see", models.Writer(), "abc", "--json")).GetProperty("attention").EnumerateArray()];
        for (int i = 0; i < rows.Length; i++)
            for (int j = i + 1; j < rows.Length; j++) Assert.Equal(0, rows[i][j].GetDouble());
    }

    [Fact]
    public void Cross_attention_aligns_source_and_target()
    {
        string model = models.Rewriter("bart", "<s>", "<pad>", "</s>");
        JsonElement root = Json(Cli.Run("see", model, "a cat sleeps", "--cross", "the dog", "--json"));
        Assert.Equal(["the", "dog", "</s>"], root.GetProperty("queries").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal(["a", "cat", "sleeps", "</s>"], root.GetProperty("keys").EnumerateArray().Select(t => t.GetString()));
        Assert.All(root.GetProperty("attention").EnumerateArray(), row => Assert.Equal(1, row.EnumerateArray().Sum(w => w.GetDouble()), 1e-4));
        Assert.True(root.GetProperty("cross").GetBoolean());
        Cli.Run("see", models.Reader("bert-base"), "a", "--cross", "b").Failed("rewrites");
    }

    [Fact]
    public void The_screen_has_a_row_for_each_token_and_a_token_has_bars()
    {
        string model = models.Reader("bert-base");
        string[] map = Cli.Run("see", model, Text, "--layer", "1").Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(13 + 3, map.Length);
        Assert.StartsWith(" 9 it", map[11], StringComparison.Ordinal);
        string bars = Cli.Run("see", model, Text, "--token", "it").Good().Out;
        Assert.Contains("what it looks at", bars, StringComparison.Ordinal);
        Assert.Equal(13 + 1, bars.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(bars, Cli.Run("see", model, Text, "--token", "9").Good().Out);
    }

    [Fact]
    public void The_picture_is_whole_and_its_lines_are_the_weights()
    {
        string model = models.Reader("bert-base"), file = models["picture.svg"];
        Cli.Run("see", model, Text, "--layer", "0", "--head", "1", "--token", "it", "--svg", file).Good();
        XDocument svg = XDocument.Load(file);
        XElement[] lines = [.. svg.Descendants().Where(e => e.Name.LocalName == "path")];
        Assert.InRange(lines.Length, 1, 13);
        double[] widths = [.. lines.Select(l => double.Parse(l.Attribute("stroke-width")!.Value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(widths.Order(), widths);
        Assert.Contains(svg.Descendants(), e => e.Value == "animal" && e.Name.LocalName == "text");
    }

    [Fact]
    public void What_is_wrong_is_told()
    {
        string model = models.Reader("bert-base");
        Cli.Run("see", model, "a", "--layer", "2").Failed("layers 0 to 1");
        Cli.Run("see", model, "a", "--head", "4").Failed("heads 0 to 3");
        Cli.Run("see", model, "a cat", "--token", "dog").Failed("no token dog");
        Cli.Run("see", model, string.Join(' ', Enumerable.Repeat("a", 60))).Failed("context is 40");
        Cli.Run("see", models.Plain("vit"), "a").Failed("heed classify");
        Cli.Run("see", model, "a", "--head", "-1").Misused("--head");
    }

    private static JsonElement Json(Outcome outcome) => JsonDocument.Parse(outcome.Good().Out).RootElement;
}
