using Heed.Autograd;
using Heed.Formats;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Formats;

namespace Heed.Tests.Models;

/// <summary>LoRA adapters against what PEFT computes with them (fixtures <c>lora-*</c>, made by tests/references/make_adapter_references.py).</summary>
public sealed class AdapterTests
{
    public static TheoryData<string, string> Fixtures => new()
    {
        { "lora-llama", "llama-gqa" }, { "lora-gpt2", "gpt2" }, { "lora-bert", "bert-classify" }, { "lora-t5", "t5-v1.1" }, { "lora-neox", "gpt-neox" },
    };

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void LogitsLossAndGradientsAreThoseOfPeft(string name, string of)
    {
        using WeightSource reference = WeightSource.Open(FixtureFolder.Path($"{name}/reference.safetensors"));
        Dictionary<string, ArrayData> inputs = Inputs(reference);
        Transformer model = ModelFolder.Load(FixtureFolder.Path(of));
        float[] plain = Logits(model, inputs);
        Adapter adapter = Adapter.Load(model, FixtureFolder.Path(name));
        Near(plain, Logits(model, inputs), 0); // not attached yet

        adapter.Attach();
        Near(Floats(reference, "logits"), Logits(model, inputs), 5e-5f);
        Dictionary<string, Tensor> learned = adapter.Weights.ToDictionary(w => w.Key, w => w.Value);
        foreach ((_, Tensor weight) in model.Weights) weight.RequiresGradient = learned.ContainsValue(weight);
        using (MemoryScope scope = new())
        using (Tape tape = new())
        {
            Tensor loss = ModelRunner.Loss(model, new ModelInputs(model.Config, inputs));
            Assert.Equal(Floats(reference, "loss")[0], loss.Item, 2e-5f);
            tape.Backward(loss);
        }
        Assert.All(model.Weights, w => Assert.True(w.Value.RequiresGradient || w.Value.Gradient is null, w.Key));
        string[] gradients = [.. reference.Weights.Keys.Where(k => k.StartsWith("gradient:", StringComparison.Ordinal))];
        ILookup<string, WeightEntry> files = adapter.Layout().Entries.ToLookup(e => e.File);
        Assert.Equal(gradients.Length, files.Count);
        foreach (string key in gradients)
        {
            WeightEntry entry = files[key["gradient:".Length..]].Single();
            Near(Floats(reference, key), entry.Export(entry.Weight.Gradient!), 5e-5f, key);
        }

        adapter.Detach();
        Near(plain, Logits(model, inputs), 0);
        adapter.Merge();
        Near(Floats(reference, "merged_logits"), Logits(model, inputs), 5e-5f);
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void AModelThatStaysInItsFileComputesTheSame(string name, string of)
    {
        using WeightSource reference = WeightSource.Open(FixtureFolder.Path($"{name}/reference.safetensors"));
        Dictionary<string, ArrayData> inputs = Inputs(reference);
        Transformer model = AdaptedModel.Open(FixtureFolder.Path(of), [new AdapterUse(FixtureFolder.Path(name))]);
        Assert.True(model.Stored.Count > 4);
        Near(Floats(reference, "logits"), Logits(model, inputs), 5e-5f);
        Adapter adapter = model.Adapters.Single();
        using MemoryScope scope = new();
        using Tape tape = new();
        tape.Backward(ModelRunner.Loss(model, new ModelInputs(model.Config, inputs)));
        foreach (WeightEntry entry in adapter.Layout().Entries)
            Near(Floats(reference, "gradient:" + entry.File), entry.Export(entry.Weight.Gradient!), 5e-5f, entry.File);
    }

    [Fact]
    public void AModelOfAGgufFileTakesAndWritesTheSameAdapter()
    {
        // There the rows of queries and keys stand in another order.
        using TemporaryFolder folder = new();
        using WeightSource reference = WeightSource.Open(FixtureFolder.Path("lora-llama/reference.safetensors"));
        GgufModelWriter.Write(ModelFolder.Load(FixtureFolder.Path("llama-gqa")), folder["m.gguf"]);
        Transformer model = AdaptedModel.Open(folder["m.gguf"], [new AdapterUse(FixtureFolder.Path("lora-llama"))]);
        Near(Floats(reference, "logits"), Logits(model, Inputs(reference)), 5e-5f);
        model.Adapters[0].Save(folder["saved"]);
        Assert.Equal(Values(FixtureFolder.Path("lora-llama")), Values(folder["saved"]));
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void WhatIsSavedIsTheSameFile(string name, string of)
    {
        using TemporaryFolder folder = new();
        Transformer model = ModelFolder.Load(FixtureFolder.Path(of));
        Adapter adapter = Adapter.Load(model, FixtureFolder.Path(name));
        adapter.Save(folder["saved"]);
        Assert.Equal(Values(FixtureFolder.Path(name)), Values(folder["saved"]));
        Adapter back = Adapter.Load(model, folder["saved"]);
        Assert.Equal(adapter.Modules, back.Modules);
        foreach (string module in adapter.Modules) Assert.Equal((adapter.Config.RankOf(module), adapter.Config.ScaleOf(module)), (back.Config.RankOf(module), back.Config.ScaleOf(module)));
        Assert.Equal(adapter.Config.ModulesToSave, back.Config.ModulesToSave);
    }

    [Fact]
    public void SeveralAreWeighed()
    {
        string of = FixtureFolder.Path("llama-gqa"), name = FixtureFolder.Path("lora-llama");
        using WeightSource reference = WeightSource.Open(FixtureFolder.Path("lora-llama/reference.safetensors"));
        Dictionary<string, ArrayData> inputs = Inputs(reference);
        // A quarter and three quarters of one adapter are the whole; a half and minus a half are nothing.
        Near(Floats(reference, "logits"), Logits(AdaptedModel.Open(of, [new AdapterUse(name, 0.25f), new AdapterUse(name, 0.75f)]), inputs), 5e-5f);
        Near(Logits(ModelFolder.Open(of), inputs), Logits(AdaptedModel.Open(of, [new AdapterUse(name, 0.5f), new AdapterUse(name, -0.5f)]), inputs), 5e-5f);
    }

    [Fact]
    public void ANewOneChangesNothingAndHasTheModulesThatItsTargetsName()
    {
        Transformer model = TinyModels.Random(TinyModels.Config("llama"));
        int[] ids = TinyModels.Tokens(9, 61, 3);
        float[] plain = TinyModels.Logits(model, ids);
        Adapter adapter = Adapter.Create(model, new AdapterConfig { Rank = 2, Targets = ["v_proj", "up_proj"], RankPattern = new Dictionary<string, int> { ["up_proj"] = 5 } }, new RandomSource(1));
        Assert.Equal(["model.layers.0.self_attn.v_proj", "model.layers.0.mlp.up_proj", "model.layers.1.self_attn.v_proj", "model.layers.1.mlp.up_proj"], adapter.Modules);
        Assert.Equal([2, 2, 5, 5], adapter.Weights.Take(4).Select(w => w.Key.Contains("lora_A", StringComparison.Ordinal) ? w.Value.Rows : w.Value.Columns));
        adapter.Attach();
        Near(plain, TinyModels.Logits(model, ids), 0);
        Assert.All(adapter.Weights.Where(w => w.Key.Contains("lora_A", StringComparison.Ordinal)), w => Assert.InRange(w.Value.ToArray().Max(MathF.Abs), 0.5f / MathF.Sqrt(w.Value.Columns), 1 / MathF.Sqrt(w.Value.Columns)));

        Assert.Equal(14, Modules([AdapterConfig.AllLinear]));
        Assert.Equal(4, Modules([@"^.*\.(q|k)_proj"]));
        Assert.Contains("it has q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, lm_head", Assert.Throws<ArgumentException>(() => Modules(["c_attn"])).Message, StringComparison.Ordinal);

        int Modules(string[] targets) => Adapter.Create(model, new AdapterConfig { Targets = targets }, new RandomSource(1)).Modules.Count();
    }

    [Fact]
    public void WhatDoesNotFitIsNamed()
    {
        Transformer model = ModelFolder.Load(FixtureFolder.Path("llama-gqa"));
        Assert.Contains("lora_A.weight", Assert.Throws<InvalidDataException>(() => Adapter.Load(model, FixtureFolder.Path("lora-gpt2"))).Message, StringComparison.Ordinal);
        using TemporaryFolder folder = new();
        File.WriteAllText(folder[Adapter.ConfigName], """{ "peft_type": "LORA", "r": 2, "use_dora": true }""");
        Assert.Contains("use_dora", Assert.Throws<InvalidDataException>(() => Adapter.Load(model, folder.Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(folder[Adapter.ConfigName], """{ "peft_type": "LORA", "r": 0 }""");
        Assert.Contains("rank", Assert.Throws<InvalidDataException>(() => Adapter.Load(model, folder.Path)).Message, StringComparison.Ordinal);
        File.Copy(Path.Combine(FixtureFolder.Path("lora-llama"), Adapter.WeightsName), folder[Adapter.WeightsName]);
        File.WriteAllText(folder[Adapter.ConfigName], """{ "peft_type": "LORA", "r": 2 }""");
        Assert.Contains("expected floats [2, ", Assert.Throws<InvalidDataException>(() => Adapter.Load(model, folder.Path)).Message, StringComparison.Ordinal);
        Transformer opened = ModelFolder.Open(FixtureFolder.Path("bert-classify"));
        Assert.Contains("classifier.weight", Assert.Throws<InvalidDataException>(() => Adapter.Load(opened, FixtureFolder.Path("lora-bert"))).Message, StringComparison.Ordinal);
        Adapter llama = Adapter.Load(model, FixtureFolder.Path("lora-llama"));
        llama.Attach();
        Assert.Throws<InvalidOperationException>(() => llama.Attach());
        Assert.Throws<InvalidOperationException>(() => llama.Merge());
    }

    private static Dictionary<string, ArrayData> Inputs(WeightSource reference) => reference.Weights.Values.Where(w => !w.Type.IsFloat()).ToDictionary(w => w.Name, w => ArrayData.Of(w.Shape, reference.ReadInt64s(w.Name)));

    private static float[] Floats(WeightSource source, string name)
    {
        float[] values = new float[source.Weights[name].Count];
        source.ReadFloats(name, values);
        return values;
    }

    private static float[] Logits(Transformer model, Dictionary<string, ArrayData> inputs) => ModelRunner.Run(model, inputs, all: false)["logits"].Values;

    private static Dictionary<string, string> Values(string folder)
    {
        using WeightSource source = WeightSource.Open(Path.Combine(folder, Adapter.WeightsName));
        return source.Weights.ToDictionary(w => w.Key, w => $"[{string.Join(", ", w.Value.Shape)}] {Convert.ToHexString(source.ReadBytes(w.Key))}");
    }

    private static void Near(float[] expected, float[] given, float tolerance, string what = "logits")
    {
        Assert.Equal(expected.Length, given.Length);
        for (int i = 0; i < given.Length; i++) Assert.True(MathF.Abs(expected[i] - given[i]) <= tolerance * MathF.Max(1, MathF.Abs(expected[i])), $"{what}, element {i}: {given[i]}, expected {expected[i]}");
    }
}
