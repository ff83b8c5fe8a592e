using System.Text.Json;
using Heed.Metrics;

namespace Heed.Cli.Tests;

/// <summary>heed eval through the real command line; what it measures is proved in the library's tests.</summary>
public sealed class EvalTests(TaskModels models) : IClassFixture<TaskModels>
{
    [Fact]
    public void A_classifier_is_measured_by_classes()
    {
        string model = models.Reader("bert-classify");
        string[] texts = ["the dog runs", "a cat sleeps in paris", "london stands"];
        JsonElement[] said = [.. Cli.RunWith(string.Join('\n', texts), "classify", model, "--json").Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("labels"))];
        string[] labels = [.. said.Select(l => l[0].GetProperty("label").GetString()!)];
        string other = said[2][1].GetProperty("label").GetString()!;
        string data = models.Write("classes.csv", $"label,text\n{labels[0]},{texts[0]}\n{labels[1]},{texts[1]}\n{other},{texts[2]}\n");
        JsonElement result = Json(Cli.Run("eval", model, data, "--json"));
        Assert.Equal((3, 2 / 3.0), (result.GetProperty("items").GetInt32(), result.GetProperty("accuracy").GetDouble()));
        Assert.Equal(3, result.GetProperty("confusion").EnumerateArray().Sum(row => row.EnumerateArray().Sum(c => c.GetInt32())));
        string torn = models.Write("torn.csv", File.ReadAllText(data) + $"{labels[0]}\n");
        Cli.Run("eval", model, torn).Failed("torn.csv, line 5");
        Outcome some = Cli.Run("eval", model, torn, "--corrupt-limit", "1", "--json");
        Assert.Equal((0, 3), (some.Code, JsonDocument.Parse(some.Out).RootElement.GetProperty("items").GetInt32()));
        Assert.Contains("1 record was passed over: 1 of", some.Error, StringComparison.Ordinal);
        string screen = Cli.Run("eval", model, data).Good().Out;
        Assert.Matches(@"accuracy +66\.67%", screen);
        Assert.Contains("taken for", screen, StringComparison.Ordinal);
        Cli.Run("eval", model, data, "--beams", "4").Failed("--beams is for models that rewrite texts");
    }

    [Fact]
    public void What_is_written_is_measured_on_the_test_split_of_the_recipe()
    {
        string model = models.Rewriter("bart", "<s>", "<pad>", "</s>"), output = models["said.jsonl"];
        string[] sources = ["a cat sleeps", "the dog runs in paris"], written = Cli.RunWith(string.Join('\n', sources), "rewrite", model, "--max-tokens", "12", "--beams", "2").Good().Out.Split('\n')[..2];
        Assert.NotEqual("", written[0]);
        models.Write("bart/test.jsonl", $"{{\"zh\": \"{sources[0]}\", \"en\": \"{written[0]}\"}}\n{{\"zh\": \"{sources[1]}\", \"en\": \"it was too tired\"}}\n");
        models.Write("bart/recipe.json", "{ \"data\": { \"source\": \"pairs\", \"test\": \"test.jsonl\", \"text\": \"en\", \"target\": \"zh\", \"direction\": \"backward\" }, \"algorithm\": { \"objective\": \"sequence-to-sequence\", \"family\": \"bart\" }, \"compute\": {} }");
        JsonElement result = Json(Cli.Run("eval", model, "--beams", "2", "--max-tokens", "12", "--batch", "1", "--output", output, "--json"));
        Assert.Equal(Bleu.Corpus(written, [written[0], "it was too tired"]).Score, result.GetProperty("bleu").GetDouble(), 1e-9);
        Assert.Equal(0.5, result.GetProperty("exact_match").GetDouble());
        Assert.Contains("tok:13a", result.GetProperty("notes").GetProperty("bleu").GetString(), StringComparison.Ordinal);
        JsonElement[] said = [.. File.ReadLines(output).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(written, said.Select(s => s.GetProperty("prediction").GetString()));
        Assert.Equal((2, sources[1], "it was too tired"), (said[1].GetProperty("line").GetInt32(), said[1].GetProperty("text").GetString(), said[1].GetProperty("target").GetString()));
        Assert.DoesNotContain("ROUGE", Cli.Run("eval", model, "--max-tokens", "6", "--metric", "bleu", "--metric", "chrf", "--bleu-tokenize", "char", "--limit", "1").Good().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_writer_is_measured_by_perplexity()
    {
        string model = models.Writer(), text = string.Concat(Enumerable.Repeat("a cat sleeps in the old house; ", 9)), data = models.Write("tale.txt", text + "\n");
        JsonElement result = Json(Cli.Run("eval", model, data, "--context", "32", "--json"));
        JsonElement expected = Json(Cli.Run("perplexity", model, data, "--context", "32", "--stride", "16", "--json"));
        Assert.Equal(expected.GetProperty("perplexity").GetDouble(), result.GetProperty("perplexity").GetDouble(), 1e-9);
        Assert.Equal(Math.Log2(expected.GetProperty("perplexity").GetDouble()), result.GetProperty("bits_per_byte").GetDouble(), 1e-9); // a token is a letter
        Cli.Run("eval", model).Failed("no recipe.json");
    }

    [Fact]
    public void Topics_are_compared_with_labels()
    {
        string model = models.Reader("bert-base"), data = models.Write("topics.jsonl", string.Concat(Enumerable.Repeat("{\"text\": \"a cat sleeps\", \"topic\": \"cats\"}\n{\"text\": \"the tower stands in paris .\", \"topic\": \"towns\"}\n", 3)));
        Assert.Contains("NMI 1.0000, adjusted Rand index 1.0000", Cli.Run("cluster", model, data, "--clusters", "2", "--labels", "topic", "--top", "1").Good().Out, StringComparison.Ordinal);
    }

    private static JsonElement Json(Outcome outcome) => JsonDocument.Parse(outcome.Good().Out).RootElement;
}
