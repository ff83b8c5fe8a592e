using System.Text.Json;

namespace Heed.Cli.Tests;

/// <summary>heed generate and heed next.</summary>
[Collection("tiny model")]
public sealed class ModelTests(TinyModel tiny)
{
    [Fact]
    public void Greedy_text_is_the_same_every_time_and_ends_with_a_line_end()
    {
        string first = Cli.Run("generate", tiny.Model, "1 green", "--greedy", "--max-tokens", "8").Good().Out;
        Assert.Equal(first, Cli.Run("generate", tiny.Model, "1 green", "--temperature", "0", "--max-tokens", "8", "--threads", "1").Good().Out);
        Assert.Equal(9, first.Length);
        Assert.EndsWith("\n", first, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_fixes_the_text()
    {
        string[] args = ["generate", tiny.Model, "1 ", "--seed", "5", "--top-k", "20", "--top-p", "0.95", "--min-p", "0.01", "--repetition-penalty", "1.1", "--presence-penalty", "0.1", "--frequency-penalty", "0.1"];
        Assert.Equal(Cli.Run(args).Good().Out, Cli.Run(args).Good().Out);
    }

    [Fact]
    public void The_prompt_can_come_from_standard_input()
    {
        string given = Cli.Run("generate", tiny.Model, "1 green", "--greedy").Good().Out;
        Assert.Equal(given, Cli.RunWith("1 green\n", "generate", tiny.Model, "--greedy").Good().Out);
    }

    [Fact]
    public void Json_holds_text_tokens_and_usage()
    {
        Outcome outcome = Cli.Run("generate", tiny.Model, "1 green", "--greedy", "--max-tokens", "5", "--logprobs", "3", "--json").Good();
        JsonElement root = JsonDocument.Parse(outcome.Out).RootElement;
        JsonElement[] tokens = [.. root.GetProperty("tokens").EnumerateArray()];
        Assert.Equal(5, tokens.Length);
        Assert.Equal(root.GetProperty("text").GetString(), string.Concat(tokens.Select(t => t.GetProperty("text").GetString())));
        Assert.Equal("length", root.GetProperty("finish_reason").GetString());
        Assert.Equal(7, root.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(12, root.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        foreach (JsonElement token in tokens)
        {
            JsonElement best = token.GetProperty("top")[0]; // greedy: the token is the most probable one
            Assert.Equal(3, token.GetProperty("top").GetArrayLength());
            Assert.Equal(token.GetProperty("id").GetInt32(), best.GetProperty("id").GetInt32());
            Assert.Equal(token.GetProperty("logprob").GetDouble(), best.GetProperty("logprob").GetDouble(), 1e-5);
        }
    }

    [Fact]
    public void Stop_texts_end_the_text_and_are_not_written()
    {
        string all = Cli.Run("generate", tiny.Model, "1 green", "--greedy").Good().Out;
        string stop = all[2..4];
        Outcome outcome = Cli.Run("generate", tiny.Model, "1 green", "--greedy", "--stop", stop, "--json").Good();
        JsonElement root = JsonDocument.Parse(outcome.Out).RootElement;
        Assert.Equal(all[..all.IndexOf(stop, StringComparison.Ordinal)], root.GetProperty("text").GetString());
        Assert.Equal("stop", root.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public void Logprobs_are_a_table_after_the_text()
    {
        string text = Cli.Run("generate", tiny.Model, "1 green", "--greedy", "--max-tokens", "4", "--logprobs", "2").Good().Out;
        Assert.Contains("most probable", text, StringComparison.Ordinal);
        Assert.True(text.Split('%').Length > 12, text);
    }

    [Fact]
    public void Next_probabilities_are_sorted_and_sum_below_one()
    {
        Outcome outcome = Cli.Run("next", tiny.Model, "1 green bott", "--top", "7", "--json").Good();
        double[] p = [.. JsonDocument.Parse(outcome.Out).RootElement.GetProperty("tokens").EnumerateArray().Select(t => t.GetProperty("probability").GetDouble())];
        Assert.Equal(7, p.Length);
        Assert.Equal(p.OrderDescending(), p);
        Assert.InRange(p.Sum(), 0.01, 1);
        double all = JsonDocument.Parse(Cli.Run("next", tiny.Model, "1 green bott", "--top", "1000", "--json").Good().Out).RootElement.GetProperty("tokens").EnumerateArray().Sum(t => t.GetProperty("probability").GetDouble());
        Assert.Equal(1, all, 1e-4);
    }

    [Fact]
    public void Next_draws_bars_with_visible_spaces()
    {
        string text = Cli.Run("next", tiny.Model, "1 green", "--top", "100").Good().Out;
        Assert.Contains("%  █", text, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  · ", text);
        Assert.Matches(@"(?m)^  ⏎ ", text);
    }
}
