using System.Text.Json;

namespace Heed.Cli.Tests;

public sealed class LensTests(TaskModels models) : IClassFixture<TaskModels>
{
    [Fact]
    public void The_last_layer_of_a_gguf_model_is_what_next_says()
    {
        JsonElement lens = Json(Cli.Run("lens", "stories-en", "The little dog", "--json", "--top", "3"));
        Assert.Equal(["The", " little", " dog"], lens.GetProperty("tokens").EnumerateArray().Select(t => t.GetProperty("text").GetString()));
        Assert.Equal(7, lens.GetProperty("layers").GetArrayLength());
        JsonElement[] said = [.. lens.GetProperty("layers")[6][2].EnumerateArray()], next = [.. Json(Cli.Run("next", "stories-en", "The little dog", "--top", "3", "--json")).GetProperty("tokens").EnumerateArray()];
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(next[i].GetProperty("id").GetInt32(), said[i].GetProperty("id").GetInt32());
            Assert.Equal(next[i].GetProperty("probability").GetDouble(), said[i].GetProperty("probability").GetDouble(), 1e-5);
        }
        Assert.Contains("little", Cli.Run("see", "stories-en", "The little dog").Good().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_screen_has_a_row_for_each_token_and_a_column_for_each_layer()
    {
        string[] lines = Cli.Run("lens", models.Reader("bert-mlm"), "paris is the [MASK] of france").Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1 + 8 + 1, lines.Length);
        Assert.Matches("embedding +layer 0 +answer$", lines[0]);
        Assert.StartsWith("4 [MASK]", lines[5], StringComparison.Ordinal);
        Assert.Contains("what stands at each place", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_translation_is_seen_as_it_is_written()
    {
        JsonElement lens = Json(Cli.Run("lens", "zh-en", "我是一个学生", "--json"));
        Assert.Equal("student", lens.GetProperty("target").EnumerateArray().Select(t => t.GetProperty("text").GetString()!.Trim()).Single(t => t == "student"));
        JsonElement typed = Json(Cli.Run("lens", models.Rewriter("bart", "<s>", "<pad>", "</s>"), "a cat", "--target", "the dog", "--json"));
        Assert.Equal(3, typed.GetProperty("layers")[0].GetArrayLength());
        Cli.Run("lens", models.Reader("bert-classify"), "a").Failed("heed classify");
    }

    private static JsonElement Json(Outcome outcome) => JsonDocument.Parse(outcome.Good().Out).RootElement;
}
