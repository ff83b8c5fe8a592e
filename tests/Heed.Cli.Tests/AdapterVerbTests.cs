using System.Text.Json;

namespace Heed.Cli.Tests;

/// <summary>An adapter from beginning to end: trained on conversations, used, shown, merged.</summary>
public sealed class AdapterVerbTests(TaskModels models) : IClassFixture<TaskModels>
{
    [Fact]
    public void An_adapter_is_trained_used_and_merged()
    {
        string model = models.Writer(), run = models["poet"], merged = models["merged"];
        string talk = models.Write("talk.jsonl", string.Concat(Enumerable.Repeat("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "ok"}]}""" + "\n", 12)));
        string recipe = models.Write("poet.json", $$"""
            {
                "data": { "source": "{{talk}}" },
                "algorithm": { "objective": "chat", "start_from": "{{model}}", "context": 32, "steps": 40, "batch": 4,
                    "lora": { "rank": 4, "targets": "q_proj, v_proj, up_proj, down_proj" },
                    "optimizer": { "learning_rate": 0.03 }, "schedule": { "warmup_steps": 5, "min_learning_rate": 0.001 } },
                "compute": { "output": "{{run}}", "sample_every": 0, "checkpoint_every": 20 }
            }
            """);
        Cli.Run("train", recipe, "--quiet").Good();
        Assert.False(File.Exists(Path.Combine(run, "model.safetensors")));

        JsonElement shown = JsonDocument.Parse(Cli.Run("adapter", "show", run, "--json").Good().Out).RootElement;
        Assert.Equal(4, shown.GetProperty("rank").GetInt32());
        Assert.Equal(8, shown.GetProperty("modules").GetArrayLength());

        // It answers as it was taught, alone and merged; its model does not.
        string[] greedy = ["--greedy", "--max-tokens", "8"];
        Assert.Equal("ok\n", Cli.RunWith("Hi\n", ["chat", model, "--adapter", run, .. greedy]).Good().Out);
        Assert.NotEqual("ok\n", Cli.RunWith("Hi\n", ["chat", model, "--adapter", run + "=0", .. greedy]).Good().Out);
        Cli.Run("adapter", "merge", model, run, merged).Good();
        Assert.Equal("ok\n", Cli.RunWith("Hi\n", ["chat", merged, .. greedy]).Good().Out);
        Assert.Equal(Cli.Run(["generate", model, "u:Hi", "--adapter", run, .. greedy]).Good().Out, Cli.Run(["generate", merged, "u:Hi", .. greedy]).Good().Out);
    }

    [Fact]
    public void What_is_wrong_is_told()
    {
        string model = models.Writer();
        Cli.Run("generate", model, "a", "--adapter", models["nothing"]).Failed("no adapter folder");
        Cli.Run("generate", model, "a", "--adapter", "x=y").Misused("FOLDER=WEIGHT");
        Cli.Run("adapter", "show", model).Failed("adapter_config.json");
    }
}
