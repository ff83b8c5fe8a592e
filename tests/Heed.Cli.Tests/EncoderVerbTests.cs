using System.Globalization;
using System.Text.Json;

namespace Heed.Cli.Tests;

/// <summary>fill-mask, classify, tag, answer, embed, similar, rerank and cluster through the real command line.</summary>
public sealed class EncoderVerbTests(TaskModels models) : IClassFixture<TaskModels>
{
    private const string Lines = "a cat sleeps\n\nthe dog runs\nthe tower stands in paris\n";

    [Theory]
    [InlineData("bert-mlm", "paris is the [MASK] of france.")]
    [InlineData("roberta", "paris is the <mask> of france.")]
    public void Fill_mask_gives_tokens_with_probabilities(string fixture, string text)
    {
        string model = fixture == "roberta" ? models.Roberta() : models.Reader(fixture);
        JsonElement root = Json(Cli.Run("fill-mask", model, text, "--top", "1000", "--json"));
        JsonElement[] candidates = [.. Assert.Single(root.GetProperty("masks").EnumerateArray()).GetProperty("candidates").EnumerateArray()];
        double[] p = [.. candidates.Select(c => c.GetProperty("probability").GetDouble())];
        Assert.Equal(p.OrderDescending(), p);
        Assert.InRange(p.Sum(), 0.3, 1.0001); // the model's table has more rows than the tokenizer has tokens
        Assert.Equal(candidates.Length, candidates.Select(c => c.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(candidates, c => Assert.StartsWith("paris is the ", c.GetProperty("text").GetString(), StringComparison.Ordinal));
        string screen = Cli.Run("fill-mask", model, text, "--top", "3").Good().Out;
        Assert.Equal(3, screen.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("%  █", screen, StringComparison.Ordinal);
    }

    [Fact]
    public void Fill_mask_takes_several_gaps_and_several_lines()
    {
        string model = models.Reader("bert-mlm");
        Assert.Equal(2, Json(Cli.Run("fill-mask", model, "the [MASK] is [MASK]", "--json")).GetProperty("masks").GetArrayLength());
        Outcome lines = Cli.RunWith("a [MASK] runs\nthe [MASK] sleeps\n", "fill-mask", model, "--json", "--top", "2").Good();
        Assert.Equal(2, lines.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("gap 2", Cli.Run("fill-mask", model, "[MASK] [MASK]").Good().Out, StringComparison.Ordinal);
        Cli.Run("fill-mask", model, "no gap").Failed("[MASK]");
    }

    [Fact]
    public void Classify_gives_probabilities_that_sum_to_one()
    {
        string model = models.Reader("bert-classify");
        JsonElement root = Json(Cli.Run("classify", model, "a cat sleeps", "--json"));
        JsonElement[] labels = [.. root.GetProperty("labels").EnumerateArray()];
        Assert.Equal("a cat sleeps", root.GetProperty("text").GetString());
        Assert.Equal(1, labels.Sum(l => l.GetProperty("score").GetDouble()), 1e-9);
        Assert.Equal(["negative", "neutral", "positive"], labels.Select(l => l.GetProperty("label").GetString()).Order());
        Assert.Equal(3, Cli.Run("classify", model, "a cat sleeps").Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.NotEqual(root.GetProperty("labels").GetRawText(), Json(Cli.Run("classify", model, "a cat sleeps", "--pair", "the dog runs", "--json")).GetProperty("labels").GetRawText());
    }

    [Fact]
    public void Classify_takes_lines_and_gives_each_what_it_has_alone()
    {
        string model = models.Reader("bert-classify"), file = models.Write("lines.txt", Lines);
        string[] answers = [.. Cli.Run("classify", model, "--file", file, "--json").Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        Assert.Equal(3, answers.Length);
        Assert.Equal(answers, Cli.RunWith(Lines, "classify", model, "--json", "--threads", "1").Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        double alone = Json(Cli.Run("classify", model, "the dog runs", "--json")).GetProperty("labels")[0].GetProperty("score").GetDouble();
        Assert.Equal(alone, JsonDocument.Parse(answers[1]).RootElement.GetProperty("labels")[0].GetProperty("score").GetDouble(), 1e-5);
        string[] screen = Cli.Run("classify", model, "--file", file).Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.EndsWith("  the dog runs", screen[1], StringComparison.Ordinal);
        Cli.Run("classify", model, "a", "--file", file).Misused("exclude");
        Cli.Run("classify", model).Failed("no text");
        Cli.Run("classify", model, "--file", models["none.txt"]).Failed("none.txt");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tags_are_parts_of_the_text(bool words)
    {
        const string text = "Ada lives in London.";
        string[] args = ["tag", models.Reader("bert-tokens"), text, .. words ? (string[])["--words"] : []];
        JsonElement[] tags = [.. Json(Cli.Run([.. args, "--json"])).GetProperty("tags").EnumerateArray()];
        Assert.NotEmpty(tags);
        if (words) Assert.Equal(["Ada", "lives", "in", "London", "."], tags.Select(t => t.GetProperty("text").GetString()));
        Assert.All(tags, t => Assert.Equal(text[t.GetProperty("start").GetInt32()..t.GetProperty("end").GetInt32()], t.GetProperty("text").GetString()));
        Assert.All(tags, t => Assert.InRange(t.GetProperty("score").GetDouble(), 0.2, 1)); // the best of five labels
        Assert.Contains("»Ada", Cli.Run(args).Good().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_is_a_part_of_the_context()
    {
        const string context = "the tower stands in Paris . ada lives in London , the capital of a cat";
        string model = models.Reader("bert-answer");
        JsonElement[] answers = [.. Json(Cli.Run("answer", model, "is it a dog ?", context, "--top", "4", "--json")).GetProperty("answers").EnumerateArray()];
        Assert.Equal(4, answers.Length);
        Assert.All(answers, a => Assert.Equal(context[a.GetProperty("start").GetInt32()..a.GetProperty("end").GetInt32()], a.GetProperty("text").GetString()));
        Assert.All(answers, a => Assert.InRange(a.GetProperty("score").GetDouble(), 0, 1));
        string best = answers[0].GetProperty("text").GetString()!;
        string screen = Cli.RunWith(context, "answer", model, "is it a dog ?").Good().Out;
        Assert.StartsWith(best + "  ", screen, StringComparison.Ordinal);
        Assert.Contains($"»{best}«", screen, StringComparison.Ordinal);
        Assert.Equal(context, screen.Split('\n')[2].Replace("»", "", StringComparison.Ordinal).Replace("«", "", StringComparison.Ordinal));
        Assert.Equal(screen, Cli.Run("answer", model, "is it a dog ?", "--file", models.Write("context.txt", context)).Good().Out);
        Cli.Run("answer", model, "", context).Failed("question is empty");
        Cli.Run("answer", model, "a", context, "--file", "b").Misused("exclude");
    }

    [Fact]
    public void Vectors_have_length_one_and_do_not_depend_on_company()
    {
        string model = models.Reader("bert-base");
        float[] alone = Vector(Json(Cli.Run("embed", model, "the dog runs", "--json")));
        Assert.Equal(32, alone.Length);
        Assert.Equal(1, alone.Sum(v => (double)v * v), 1e-5);
        string[] lines = Cli.RunWith(Lines, "embed", model).Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        float[] together = [.. lines[1].Split(' ').Select(v => float.Parse(v, CultureInfo.InvariantCulture))];
        for (int i = 0; i < alone.Length; i++) Assert.Equal(alone[i], together[i], 1e-5f);
        Assert.NotEqual(1, Vector(Json(Cli.Run("embed", model, "the dog runs", "--raw", "--json"))).Sum(v => (double)v * v), 1e-2);
        Assert.NotEqual(alone, Vector(Json(Cli.Run("embed", model, "the dog runs", "--pooling", "first", "--json"))));
        Cli.Run("embed", model, "a", "--prompt", "query").Failed("prompt");
        Cli.Run("embed", model, "a", "--pooling", "most").Misused("most");
    }

    [Fact]
    public void The_line_that_is_asked_for_is_the_most_similar()
    {
        string model = models.Reader("bert-base"), file = models.Write("search.txt", Lines);
        JsonElement[] lines = [.. Json(Cli.Run("similar", model, "the dog runs", file, "--json")).GetProperty("lines").EnumerateArray()];
        Assert.Equal(3, lines.Length);
        Assert.Equal((3, "the dog runs"), (lines[0].GetProperty("line").GetInt32(), lines[0].GetProperty("text").GetString()));
        Assert.Equal(1, lines[0].GetProperty("score").GetDouble(), 1e-5);
        Assert.Equal(lines.Select(l => l.GetProperty("score").GetDouble()).OrderDescending(), lines.Select(l => l.GetProperty("score").GetDouble()));
        Assert.Equal(" 1.0000  3  the dog runs\n", Cli.RunWith(Lines, "similar", model, "the dog runs", "--top", "1").Good().Out);
    }

    [Theory]
    [InlineData("bert-classify-regression")]
    [InlineData("bert-base")]
    public void Rerank_orders_all_lines(string fixture)
    {
        string model = models.Reader(fixture), file = models.Write("rank.txt", Lines);
        JsonElement[] lines = [.. Json(Cli.Run("rerank", model, "the dog", file, "--json")).GetProperty("lines").EnumerateArray()];
        double[] scores = [.. lines.Select(l => l.GetProperty("score").GetDouble())];
        Assert.Equal([1, 3, 4], lines.Select(l => l.GetProperty("line").GetInt32()).Order());
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.Equal(2, Cli.RunWith(Lines, "rerank", model, "the dog", "-", "--top", "2").Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Clusters_hold_every_line_once()
    {
        string model = models.Reader("bert-base"), file = models.Write("cluster.txt", string.Concat(Enumerable.Repeat("a cat sleeps\nthe tower stands in paris .\n", 4)));
        JsonElement[] topics = [.. Json(Cli.Run("cluster", model, file, "--clusters", "2", "--json")).GetProperty("topics").EnumerateArray()];
        Assert.Equal([4, 4], topics.Select(t => t.GetProperty("size").GetInt32()));
        Assert.All(topics, t => Assert.Single(t.GetProperty("lines").EnumerateArray().Select(l => l.GetProperty("text").GetString()).Distinct()));
        Assert.Equal(Enumerable.Range(1, 8), topics.SelectMany(t => t.GetProperty("lines").EnumerateArray()).Select(l => l.GetProperty("line").GetInt32()).Order());
        string screen = Cli.Run("cluster", model, file, "--top", "1").Good().Out;
        Assert.Contains("topic 2  4 lines", screen, StringComparison.Ordinal);
        Cli.Run("cluster", model, file, "--clusters", "9").Failed("8 vectors");
    }

    [Fact]
    public void A_model_of_another_kind_says_which_command_fits()
    {
        string masked = models.Reader("bert-mlm"), classifier = models.Reader("bert-classify"), image = models.Plain("vit");
        Cli.Run("fill-mask", classifier, "[MASK]").Failed("heed classify");
        Cli.Run("classify", masked, "a").Failed("heed fill-mask");
        Cli.Run("tag", classifier, "a").Failed("heed classify");
        Cli.Run("answer", models.Reader("bert-tokens"), "a", "b").Failed("heed tag");
        Cli.Run("generate", models.Reader("bert-answer"), "a").Failed("heed answer");
        Cli.Run("next", masked, "a").Failed("heed fill-mask");
        Cli.Run("chat", models.Rewriter("bart", "<s>", "<pad>", "</s>")).Failed("heed translate");
        Cli.Run("embed", image, "a").Failed("heed classify");
        Cli.Run("embed", models.Rewriter("bart", "<s>", "<pad>", "</s>"), "a").Failed("summarize");
        Cli.Run("classify", "nobody/nothing", "a").Failed("heed pull nobody/nothing");
    }

    [Fact]
    public void A_pulled_model_goes_by_its_name()
    {
        const string commit = "0123456789012345678901234567890123456789";
        string cache = models["hub/models--someone--bert"], snapshot = Path.Combine(cache, "snapshots", commit);
        Directory.CreateDirectory(snapshot);
        Directory.CreateDirectory(Path.Combine(cache, "refs"));
        File.WriteAllText(Path.Combine(cache, "refs", "main"), commit);
        foreach (string file in Directory.GetFiles(models.Reader("bert-classify"))) File.Copy(file, Path.Combine(snapshot, Path.GetFileName(file)));
        Outcome named = Cli.Shell($"HF_HUB_CACHE='{models["hub"]}' $HEED classify someone/bert 'a cat sleeps'").Good();
        Assert.Equal(Cli.Run("classify", models.Reader("bert-classify"), "a cat sleeps").Good().Out, named.Out);
    }

    private static float[] Vector(JsonElement root) => [.. root.GetProperty("vector").EnumerateArray().Select(v => v.GetSingle())];

    private static JsonElement Json(Outcome outcome) => JsonDocument.Parse(outcome.Good().Out).RootElement;
}
