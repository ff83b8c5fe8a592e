using System.Text.Json;
using Heed.Formats;

namespace Heed.Cli.Tests;

/// <summary>verify, forward, plan and bench.</summary>
public sealed class InsideTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Verify_passes_on_the_references_and_says_so_for_each_output()
    {
        Outcome outcome = Cli.Run("verify", Cli.Fixture("gpt2"), Cli.Fixture("gpt2-train"), Cli.Fixture("llama-bf16-sharded")).Good();
        Assert.Contains("gpt2 default/logits", outcome.Out, StringComparison.Ordinal);
        Assert.Contains("gpt2-train training/losses", outcome.Out, StringComparison.Ordinal);
        Assert.Contains(" 0 out of tolerance", outcome.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_fails_where_a_weight_was_changed()
    {
        foreach (string file in Directory.GetFiles(Cli.Fixture("gpt2-hubnames"))) File.Copy(file, folder[Path.GetFileName(file)]);
        byte[] weights = File.ReadAllBytes(folder["model.safetensors"]);
        weights[^2] ^= 0x40; // the exponent of the last weight
        File.WriteAllBytes(folder["model.safetensors"], weights);
        Outcome outcome = Cli.Run("verify", folder[""]);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("OUT", outcome.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_writes_what_the_reference_recorded()
    {
        folder.Write("in.json", "{ \"input_ids\": [[95, 129, 51, 163, 161, 78, 25, 132]] }");
        Cli.Run("forward", Cli.Fixture("gpt2-hubnames"), "--inputs", folder["in.json"], "--output", folder["out.safetensors"], "--all").Good();
        using WeightSource written = WeightSource.Open(folder["out.safetensors"]);
        Assert.Equal(["attentions.0", "attentions.1", "hidden_states.0", "hidden_states.1", "hidden_states.2", "last_hidden_state", "logits"], written.Weights.Keys.Order(StringComparer.Ordinal));
        ReferenceRun run = ReferenceJson.Read(Path.Combine(Cli.Fixture("gpt2-hubnames"), "reference.json")).Runs[0];
        float[] logits = new float[run.Outputs["logits"].Count];
        written.ReadFloats("logits", logits);
        for (int i = 0; i < logits.Length; i++) Assert.Equal(run.Outputs["logits"].Floats.Span[i], logits[i], 1e-4f);
    }

    [Theory]
    [InlineData("{ \"input_ids\": [[1, 2], [3]] }", "input_ids")]
    [InlineData("{ \"input_ids\": [[1, 999]] }", "999")]
    [InlineData("{ \"attention_mask\": [[1]] }", "input_ids is missing")]
    [InlineData("{ \"input_ids\": [[1]], \"pixels\": [[1]] }", "pixels")]
    public void Forward_tells_what_is_wrong_with_its_inputs(string inputs, string words)
    {
        folder.Write("in.json", inputs);
        Cli.Run("forward", Cli.Fixture("gpt2"), "--inputs", folder["in.json"], "--output", folder["out.safetensors"]).Failed(words);
        Assert.False(File.Exists(folder["out.safetensors"]));
    }

    [Fact]
    public void Plan_counts_the_published_weights_of_gpt2()
    {
        folder.Write("config.json", "{ \"model_type\": \"gpt2\" }");
        JsonElement plan = JsonDocument.Parse(Cli.Run("plan", folder["config.json"], "--gflops", "1000", "--price", "2", "--json").Good().Out).RootElement;
        Assert.Equal(124_439_808, plan.GetProperty("parameters").GetInt64());
        Assert.Equal(plan.GetProperty("hours").GetDouble() * 2, plan.GetProperty("cost").GetDouble(), 1e-9);
        Cli.Run("plan", folder["none.json"]).Failed("none.json");
    }

    [Fact]
    public void Bench_tells_how_fast_a_model_reads_and_writes()
    {
        string[] few = ["--prompt", "9", "--generate", "5", "--rounds", "1"];
        JsonElement row = JsonDocument.Parse(Cli.Run(["bench", Cli.Fixture("llama-gqa"), .. few, "--batch", "2", "--json"]).Good().Out).RootElement;
        foreach (string rate in (string[])["prefill_tokens_per_second", "prefill_of_peak", "decode_tokens_per_second", "decode_of_bandwidth", "bytes_per_step"]) Assert.True(row.GetProperty(rate).GetDouble() > 0, rate);
        Assert.Equal("llama", row.GetProperty("model_type").GetString());
        Assert.Contains("decode 5, 2 side by side", Cli.Run(["bench", Cli.Fixture("llama-gqa"), .. few, "--batch", "2"]).Good().Out, StringComparison.Ordinal);

        Cli.Run(["bench", "--random", "stories-15m", "--type", "Q4_0", "--save", folder["s.gguf"], .. few]).Good();
        row = JsonDocument.Parse(Cli.Run(["bench", folder["s.gguf"], "--no-interleave", .. few, "--json"]).Good().Out).RootElement;
        Assert.Equal(24_407_712, row.GetProperty("parameters").GetInt64());
        Assert.InRange(row.GetProperty("bytes_per_step").GetInt64(), 15_187_680 * 9 / 16, 15_187_680); // without the table of tokens; 4.5 bits a weight, the output more
        Cli.Run("bench").Failed("name a model");
        Assert.Equal(2, Cli.Run("bench", "--type", "Q4_0").Code);
        Cli.Run("bench", Cli.Fixture("gpt2"), "--prompt", "5000").Failed("context");
    }

    [Fact]
    public void Bench_reports_its_rate_beside_the_peak()
    {
        JsonElement row = JsonDocument.Parse(Cli.Run("bench", "train", "--model", "nano", "--steps", "1", "--json").Good().Out).RootElement;
        Assert.True(row.GetProperty("ms").GetDouble() > 0);
        Assert.Equal(row.GetProperty("rate").GetDouble() / row.GetProperty("peak").GetDouble(), row.GetProperty("of_peak").GetDouble(), 1e-9);
    }
}
