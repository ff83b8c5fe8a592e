using System.Text.Json;
using Heed.Formats;

namespace Heed.Tests.Formats;

public sealed class FixtureReadingTests
{
    public static TheoryData<string> Cases => ["gpt2", "gpt2-hubnames", "gpt2-train", "llama-gqa", "llama-bf16-sharded", "llama-gqa-v5config", "qwen2"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryWeightOfEveryFixtureIsReadable(string name)
    {
        using WeightSource source = WeightSource.Open(FixtureFolder.Path(name));
        long parameters = 0;
        foreach (WeightInfo info in source.Weights.Values)
        {
            Assert.Equal(info.Count * info.Type.ElementSize(), info.ByteLength);
            Assert.Equal(info.ByteLength, source.ReadBytes(info.Name).Length);
            var values = new float[info.Count];
            source.ReadFloats(info.Name, values);
            Assert.All(values, value => Assert.True(float.IsFinite(value)));
            if (!info.Name.EndsWith(".attn.bias", StringComparison.Ordinal)) parameters += info.Count;
        }
        Assert.Equal("pt", source.Metadata["format"]);
        Assert.Equal(ReferenceJson.Read(FixtureFolder.Path(name + "/reference.json")).Parameters, parameters);
    }

    [Fact]
    public void ShardsAreOneSource()
    {
        using WeightSource source = WeightSource.Open(FixtureFolder.Path("llama-bf16-sharded"));
        Assert.IsType<ShardedSafetensors>(source);
        WeightInfo info = source.Weights["model.layers.0.self_attn.q_proj.weight"];
        Assert.Equal(WeightType.BF16, info.Type);

        // BF16 widens to the float with the same upper half.
        var values = new float[info.Count];
        source.ReadFloats(info.Name, values);
        ReadOnlySpan<byte> bytes = source.ReadBytes(info.Name);
        for (int i = 0; i < values.Length; i++)
            Assert.Equal((uint)(bytes[2 * i] | bytes[2 * i + 1] << 8) << 16, BitConverter.SingleToUInt32Bits(values[i]));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryReferenceIsReadable(string name) => Check(FixtureFolder.Path(name + "/reference.json"), name);

    [Fact]
    public void EverySharedReferenceIsReadable()
    {
        int read = 0;
        foreach (string file in Directory.EnumerateFiles(FixtureFolder.Shared("fixtures"), "reference.json", SearchOption.AllDirectories))
        {
            Check(file, Path.GetFileName(Path.GetDirectoryName(file))!);
            read++;
        }
        Assert.True(read >= 17, $"{read} references read.");
    }

    [Fact]
    public void RunsHaveInputsOutputsAndTolerances()
    {
        ReferenceJson reference = ReferenceJson.Read(FixtureFolder.Path("gpt2/reference.json"));
        Assert.Equal(("gpt2", "gpt2", "GPT2LMHeadModel", 33920L), (reference.Case, reference.Family, reference.Class, reference.Parameters));
        Assert.Equal(["default", "right_padded", "left_padded", "labels"], reference.Runs.Select(run => run.Name));

        ReferenceRun run = reference.Run("default");
        Assert.Null(run.CompareWhere);
        Assert.Equal(WeightType.I64, run.Inputs["input_ids"].Type);
        Assert.Equal([2L, 10L], run.Inputs["input_ids"].Shape);
        Assert.Equal([2L, 10L, 200L], run.Outputs["logits"].Shape);
        Assert.Equal(5e-5, run.Tolerance("logits"));
        Assert.Equal(5e-5, run.Tolerance("hidden_states.0"));
        Assert.Equal(1e-5, run.Tolerance("attentions.1"));
        Assert.Throws<KeyNotFoundException>(() => run.Tolerance("pooler_output"));
        Assert.Equal("attention_mask", reference.Run("left_padded").CompareWhere);
        Assert.Empty(reference.Run("labels").Outputs["loss"].Shape);
        Assert.Throws<KeyNotFoundException>(() => reference.Run("missing"));
    }

    [Fact]
    public void GenerationsHaveArgumentsAndRaggedRows()
    {
        ReferenceJson reference = ReferenceJson.Read(FixtureFolder.Path("gpt2/reference.json"));
        Assert.Equal(199, reference.GenerationConfig["eos_token_id"].GetInt32());
        Assert.Equal(6, reference.Generation.Count);

        ReferenceGeneration greedy = reference.Generation[0];
        Assert.Equal(20, greedy.Arguments["max_new_tokens"].GetInt32());
        Assert.Equal(JsonValueKind.False, greedy.Arguments["do_sample"].ValueKind);
        Assert.Equal([3, 177, 32, 2, 176, 184, 184, 184, 184, 184, 199], greedy.NewTokens[0]);
        Assert.Equal([2L, 27L], greedy.Sequences.Shape);
        Assert.Null(greedy.Scores);

        ReferenceGeneration beam = reference.Generation[1];
        Assert.Equal([2L], beam.Scores!.Shape);
        Assert.Equal(1e-5, beam.ScoreTolerance);
    }

    [Fact]
    public void TrainingHasOptimizerLossesAndTolerances()
    {
        ReferenceTraining training = ReferenceJson.Read(FixtureFolder.Path("gpt2-train/reference.json")).Training!;
        Assert.Equal(new ReferenceOptimizer("torch.optim.AdamW", 1e-3, 0.9, 0.999, 1e-8, 0.01, 5), training.Optimizer);
        Assert.Equal(new ReferenceTrainingTolerances(2e-5, 1e-5, 5e-6, 1e-5, 1e-5), training.Tolerances);
        Assert.Equal(["input_ids", "attention_mask", "labels"], training.Inputs.Keys);
        Assert.Equal(6, training.Losses.Count);
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(training.LossesF64.Doubles.Span[i], training.Losses.Floats.Span[i], 2e-5);
            Assert.Equal(training.GradientNormsF64.Doubles.Span[i], training.GradientNorms.Floats.Span[i], 1e-4);
        }
        Assert.NotEqual(training.LossesF64.Doubles.Span[0], training.LossesF64.Floats.Span[0]);

        // The norms of the single gradients make up the global norm, and the gradient file agrees with them.
        double squares = training.FirstGradientL2.Values.Sum(norm => norm * norm);
        Assert.Equal(training.GradientNormsF64.Doubles.Span[0], Math.Sqrt(squares), 1e-4);
        using WeightSource gradients = WeightSource.Open(FixtureFolder.Path("gpt2-train/grads.safetensors"));
        foreach ((string name, double norm) in training.FirstGradientL2)
        {
            var values = new float[gradients.Weights[name].Count];
            gradients.ReadFloats(name, values);
            Assert.Equal(norm, Math.Sqrt(values.Sum(value => (double)value * value)), 1e-5 * norm + 1e-7);
        }
        Assert.Null(ReferenceJson.Read(FixtureFolder.Path("gpt2/reference.json")).Training);
    }

    private static void Check(string file, string name)
    {
        ReferenceJson reference = ReferenceJson.Read(file);
        Assert.Equal(name, reference.Case);
        Assert.True(reference.Runs.Count > 0 || reference.Training is not null);
        foreach (ReferenceRun run in reference.Runs)
        {
            Assert.NotEmpty(run.Inputs);
            Assert.NotEmpty(run.Outputs);
            foreach ((string output, ArrayData data) in run.Outputs) Assert.InRange(run.Tolerance(output), data.IsFloat ? 1e-7 : 0, data.IsFloat ? 1e-2 : 0);
            if (run.CompareWhere is not null) Assert.Contains(run.CompareWhere, run.Inputs.Keys);
        }
        foreach (ReferenceGeneration item in reference.Generation)
        {
            Assert.Equal(item.Sequences.Shape[0], item.NewTokens.Count);
            Assert.All(item.NewTokens, row => Assert.NotEmpty(row));
            if (item.Scores is not null) Assert.NotNull(item.ScoreTolerance);
        }
    }
}
