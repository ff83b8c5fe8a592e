using System.Text.Json;

namespace Heed.Cli.Tests;

public sealed class ChatVerbTests(TaskModels models) : IClassFixture<TaskModels>
{
    [Fact]
    public void Lines_from_a_pipe_are_turns()
    {
        string[] args = ["chat", models.Writer(), "--greedy", "--max-tokens", "6", "--json"];
        JsonElement[] answers = Answers(Cli.RunWith("Hi\n\nYou?\n", args));
        Assert.Equal(2, answers.Length);
        Assert.True(answers[1].GetProperty("usage").GetProperty("reused_tokens").GetInt32() > answers[0].GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.All(answers, a => Assert.Equal("length", a.GetProperty("finish_reason").GetString()));
        string plain = Cli.RunWith("Hi\nYou?\n", args[..^1]).Good().Out;
        Assert.Equal(string.Concat(answers.Select(a => a.GetProperty("text").GetString() + "\n")), plain);
    }

    [Fact]
    public void Commands_begin_anew_and_end()
    {
        string[] args = ["chat", models.Writer(), "--greedy", "--max-tokens", "4", "--json"];
        JsonElement[] answers = Answers(Cli.RunWith("Hi\n/reset\nHi\n/system Short.\nHi\n/exit\nHi\n", args));
        Assert.Equal(3, answers.Length);
        Assert.Equal(answers[0].GetProperty("text").GetString(), answers[1].GetProperty("text").GetString());
        int prompt = answers[0].GetProperty("usage").GetProperty("prompt_tokens").GetInt32();
        Assert.Equal(prompt + "s:Short.".Length + 1, answers[2].GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        JsonElement told = Answers(Cli.RunWith("Hi\n", [.. args, "--system", "Short."]))[0];
        Assert.Equal(answers[2].GetProperty("text").GetString(), told.GetProperty("text").GetString());
    }

    [Fact]
    public void A_seed_fixes_the_conversation()
    {
        string[] args = ["chat", models.Writer(), "--seed", "4", "--max-tokens", "6", "--temperature", "0.8"];
        Assert.Equal(Cli.RunWith("a\nb\n", args).Good().Out, Cli.RunWith("a\nb\n", args).Good().Out);
    }

    [Fact]
    public void What_is_wrong_is_told()
    {
        string model = models.Writer();
        Cli.RunWith(new string('a', 200) + "\n", "chat", model).Failed("context is 128");
        Cli.RunWith([0xC3, 0x28, 10], "chat", model).Failed("UTF-8");
        Cli.Run("chat", model, "--greedy", "--temperature", "1").Misused("exclude");
        Cli.RunWith("a\n", "chat", model, "--template", models.Write("bad.jinja", "{{ raise_exception('only in pairs') }}")).Failed("only in pairs");
        Cli.RunWith("a\n", "chat", models.Plain("gpt2")).Failed("chat template");
        Assert.Equal("", Cli.Run("chat", model).Good().Out);
    }

    private static JsonElement[] Answers(Outcome outcome) => [.. outcome.Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
}
