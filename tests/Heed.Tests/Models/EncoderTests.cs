using System.Text.Json.Nodes;
using Heed.Autograd;
using Heed.Formats;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Formats;

namespace Heed.Tests.Models;

/// <summary>Families of encoders: what their files may look like, and what padding must not change.</summary>
public sealed class EncoderTests
{
    public static TheoryData<string, HeadKind> All => [.. TinyEncoders.All.Select(pair => new TheoryDataRow<string, HeadKind>(pair.Family, pair.Head))];

    public static TheoryData<string> Families => [.. TinyEncoders.Families];

    [Theory]
    [MemberData(nameof(All))]
    public void WhatIsSavedIsLoaded(string family, HeadKind head)
    {
        foreach (bool tied in (bool[])[true, false])
        {
            using TemporaryFolder folder = new();
            TransformerConfig config = TinyEncoders.Config(family, head, tied);
            Transformer model = TinyModels.Random(config);
            Assert.Equal(model.ParameterCount, ModelCost.Parameters(config));
            ModelFolder.Save(model, folder.Path);
            Transformer loaded = ModelFolder.Load(folder.Path);
            Assert.Equal(TinyModels.Hash(model), TinyModels.Hash(loaded));
            Assert.Equal(config.Head.Labels, loaded.Config.Head.Labels);
            Assert.Equal(config with { EndTokens = [], Encoder = null, Head = config.Head with { Labels = [] } }, loaded.Config with { EndTokens = [], Encoder = null, Head = loaded.Config.Head with { Labels = [] } });
            Assert.Equal(config.Encoder, loaded.Config.Encoder);
            Assert.Equal(Outputs(model, Texts(4), padding: null), Outputs(loaded, Texts(4), padding: null));
            JsonObject json = JsonNode.Parse(File.ReadAllText(folder["config.json"]))!.AsObject();
            Assert.Equal(Registry.Find(family).Architecture(head), json["architectures"]![0]!.GetValue<string>());
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void TheSeedAloneMakesTheWeights(string family, HeadKind head)
    {
        TransformerConfig config = TinyEncoders.Config(family, head);
        Assert.Equal(TinyModels.Hash(new Transformer(config, 3)), TinyModels.Hash(new Transformer(config, 3)));
        Assert.NotEqual(TinyModels.Hash(new Transformer(config, 3)), TinyModels.Hash(new Transformer(config, 4)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void ABatchWithPaddingAnswersAsItsTextsAlone(string family, HeadKind head)
    {
        TransformerConfig config = TinyEncoders.Config(family, head);
        Transformer model = TinyModels.Random(config);
        int[][] texts = Texts(5);
        float[][] together = Outputs(model, texts, config.PadToken);
        for (int i = 0; i < texts.Length; i++)
        {
            float[] alone = Outputs(model, [texts[i]], null)[0];
            Assert.Equal(alone.Length, together[i].Length);
            for (int e = 0; e < alone.Length; e++) Assert.True(Math.Abs(alone[e] - together[i][e]) < 2e-5f, $"{family} {head}, text {i}, value {e}: {alone[e]} alone, {together[i][e]} in the batch");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void TheBodyOfAnyFileLoadsWithoutItsHead(string family, HeadKind head)
    {
        using TemporaryFolder folder = new();
        Transformer model = TinyModels.Random(TinyEncoders.Config(family, head));
        ModelFolder.Save(model, folder.Path);
        Transformer body = ModelFolder.Load(folder.Path, HeadKind.None);
        Assert.Equal(HeadKind.None, body.Config.Head.Kind);
        bool pooler = family is not ("electra" or "distilbert") && (head == HeadKind.None || head == HeadKind.Sequence && !family.EndsWith("roberta", StringComparison.Ordinal));
        Assert.Equal(pooler, body.Config.Head.Transform is not null);
        Assert.Equal(Hidden(model), Hidden(body));
        using TemporaryFolder again = new();
        ModelFolder.Save(body, again.Path);
        Assert.Equal(TinyModels.Hash(body), TinyModels.Hash(ModelFolder.Load(again.Path)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void AFileMayHoldTheHeadsOfOtherTasksAndBuffers(string family)
    {
        string[] heads = ["Vocabulary", "Sequence", "Tokens", "Span"];
        List<SafetensorsEntry> all = [];
        foreach (string head in heads)
            foreach (SafetensorsEntry entry in new WeightLayout(TinyModels.Random(TinyEncoders.Config(family, Enum.Parse<HeadKind>(head)))).Save())
                if (all.All(e => e.Name != entry.Name)) all.Add(entry);
        string prefix = Registry.Find(family).Prefix;
        all.Add(SafetensorsEntry.Int64s(prefix + "embeddings.position_ids", [1, 40], new long[40]));
        if (family is "bert" or "ernie")
            all.Add(SafetensorsEntry.Floats("cls.seq_relationship.weight", [2, 24], new float[48]));
        foreach (string head in heads[..2])
        {
            using TemporaryFolder folder = new();
            Transformer model = TinyModels.Random(TinyEncoders.Config(family, Enum.Parse<HeadKind>(head)));
            ModelFolder.Save(model, folder.Path);
            // The weights of this head come first, so that they are this model's.
            List<SafetensorsEntry> own = [.. new WeightLayout(model).Save()];
            SafetensorsWriter.Write(folder["model.safetensors"], [.. own, .. all.Where(e => own.All(o => o.Name != e.Name))]);
            Assert.Equal(TinyModels.Hash(model), TinyModels.Hash(ModelFolder.Load(folder.Path)));
        }
    }

    [Theory]
    [InlineData("bert", "cls.predictions.bias", "cls.predictions.decoder.bias")]
    [InlineData("ernie", "cls.predictions.bias", "cls.predictions.decoder.bias")]
    [InlineData("roberta", "lm_head.bias", "lm_head.decoder.bias")]
    [InlineData("bert", "bert.embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.gamma")]
    [InlineData("electra", "generator_predictions.LayerNorm.bias", "generator_predictions.LayerNorm.beta")]
    [InlineData("distilbert", "distilbert.embeddings.LayerNorm.bias", "embeddings.LayerNorm.bias")]
    public void OtherNamesOfAWeightLoadToo(string family, string name, string other)
    {
        using TemporaryFolder folder = new();
        Transformer model = TinyModels.Random(TinyEncoders.Config(family));
        ModelFolder.Save(model, folder.Path);
        WeightEntry[] entries = [.. new WeightLayout(model).Entries];
        Assert.Contains(entries, e => e.File == name);
        SafetensorsWriter.Write(folder["model.safetensors"], [.. entries.Select(e => SafetensorsEntry.Floats(e.File == name ? other : e.File, e.Shape, e.Export()))]);
        Assert.Equal(TinyModels.Hash(model), TinyModels.Hash(ModelFolder.Load(folder.Path)));
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    public void ABaseModelMayLackThePooler(string family)
    {
        using TemporaryFolder folder = new();
        ModelFolder.Save(TinyModels.Random(TinyEncoders.Config(family, HeadKind.None)), folder.Path);
        Transformer whole = ModelFolder.Load(folder.Path);
        Assert.NotNull(whole.Config.Head.Transform);
        SafetensorsWriter.Write(folder["model.safetensors"], [.. new WeightLayout(whole).Save().Where(e => !e.Name.StartsWith("pooler.", StringComparison.Ordinal))]);
        Transformer bare = ModelFolder.Load(folder.Path);
        Assert.Null(bare.Config.Head.Transform);
        Assert.Equal(Hidden(whole), Hidden(bare));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void WhatPaddingReadsDoesNotLearn(string family)
    {
        TransformerConfig config = TinyEncoders.Config(family, HeadKind.Tokens);
        Transformer model = TinyModels.Random(config);
        int padding = config.PadToken!.Value;
        using MemoryScope scope = new();
        using Tape tape = new();
        tape.Backward(model.Loss(Tensor.From(new Shape(1, 5), [7, padding, 8, 9, padding]), Tensor.From(new Shape(1, 5), [0, 1, 2, 1, 0])));
        Assert.All(Gradient("embedding.weight", padding), g => Assert.Equal(0, g));
        Assert.Contains(Gradient("embedding.weight", 8), g => g != 0);
        bool counts = family.EndsWith("roberta", StringComparison.Ordinal);
        Assert.Equal(counts, Gradient("positions.weight", 1).All(g => g == 0));
        Assert.Contains(Gradient("positions.weight", 2), g => g != 0);

        float[] Gradient(string name, int row) => model.Weights.First(w => w.Key == name).Value.Gradient!.Row(row).ToArray();
    }

    [Fact]
    public void AMissingHeadIsNamed()
    {
        using TemporaryFolder folder = new();
        ModelFolder.Save(TinyModels.Random(TinyEncoders.Config("bert")), folder.Path);
        var e = Assert.Throws<InvalidDataException>(() => ModelFolder.Load(folder.Path, HeadKind.Span));
        Assert.Contains("qa_outputs.weight, qa_outputs.bias", e.Message);
        Assert.Contains("2 missing", e.Message);
        Assert.Contains("bert model has no head of kind Replaced", Assert.Throws<InvalidDataException>(() => ModelFolder.Load(folder.Path, HeadKind.Replaced)).Message);
        using TemporaryFolder decoder = new();
        ModelFolder.Save(TinyModels.Random(TinyModels.Config("gpt2")), decoder.Path);
        Assert.Contains("gpt2 model has no head of kind Span", Assert.Throws<InvalidDataException>(() => ModelFolder.Load(decoder.Path, HeadKind.Span)).Message);
        Assert.Equal(HeadKind.None, ModelFolder.Load(decoder.Path, HeadKind.None).Config.Head.Kind);
    }

    [Theory]
    [InlineData("bert", "position_embedding_type", "\"relative_key\"", "only \"absolute\" is supported")]
    [InlineData("bert", "is_decoder", "true", "only false is supported")]
    [InlineData("roberta", "architectures", "[\"RobertaForMultipleChoice\"]", "has a head that is not known")]
    [InlineData("electra", "hidden_act", "\"mish\"", "known are gelu")]
    [InlineData("bert", "problem_type", "\"ranking\"", "problem_type")]
    [InlineData("bert", "id2label", "{\"0\": \"a\", \"2\": \"b\"}", "\"2\" is not one of the numbers 0 to 1")]
    [InlineData("roberta", "max_position_embeddings", "2", "context must be 1 token or more, given 0")]
    public void AWrongValueIsNamed(string family, string key, string value, string expected)
    {
        using TemporaryFolder folder = new();
        JsonObject config = JsonNode.Parse(ModelFolder.ConfigJson(TinyEncoders.Config(family, HeadKind.Sequence)))!.AsObject();
        config[key] = JsonNode.Parse(value);
        File.WriteAllText(folder["config.json"], config.ToJsonString());
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => ModelFolder.LoadConfig(folder.Path)).Message);
    }

    [Theory]
    [InlineData("""{ "model_type": "bert" }""", 109_514_298)]
    [InlineData("""{ "model_type": "bert", "architectures": ["BertModel"] }""", 109_482_240)]
    [InlineData("""{ "model_type": "distilbert", "architectures": ["DistilBertModel"] }""", 66_362_880)]
    [InlineData("""{ "model_type": "roberta", "architectures": ["RobertaModel"], "max_position_embeddings": 514, "type_vocab_size": 1 }""", 124_645_632)]
    [InlineData("""{ "model_type": "electra", "architectures": ["ElectraForPreTraining"] }""", 13_549_057)]
    public void ParametersAreThePublishedOnes(string config, long expected)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["config.json"], config);
        Assert.Equal(expected, ModelCost.Parameters(ModelFolder.LoadConfig(folder.Path)));
    }

    private static int[][] Texts(int count) => [.. Enumerable.Range(0, count).Select(i => TinyModels.Tokens(3 + 4 * i % 11, 58, (ulong)i + 1).Select(id => id + 3).ToArray())];

    private static float[] Hidden(Transformer model)
    {
        using MemoryScope scope = new();
        return model.Hidden(Tensor.From(new Shape(1, 9), Texts(3)[2][..1].Concat(TinyModels.Tokens(8, 58, 4).Select(id => id + 3)).ToArray())).ToArray();
    }

    // Each text's answer without what stands at padding.
    private static float[][] Outputs(Transformer model, int[][] texts, int? padding)
    {
        using MemoryScope scope = new();
        int length = texts.Max(t => t.Length);
        if (padding is null && texts.Any(t => t.Length != length)) return [.. texts.SelectMany(t => Outputs(model, [t], null))];
        int[] ids = [.. texts.SelectMany(t => t.Concat(Enumerable.Repeat(padding ?? 0, length - t.Length)))], mask = [.. texts.SelectMany(t => Enumerable.Repeat(1, t.Length).Concat(Enumerable.Repeat(0, length - t.Length)))];
        Shape shape = new(texts.Length, length);
        ForwardOptions options = new()
        {
            AttentionMask = padding is null ? null : Tensor.From(shape, mask),
            TokenTypes = model.Config.Main.Embedding.TokenTypes > 0 ? Tensor.From(shape, [.. ids.Select(id => id % 2)]) : null,
            TaskTypes = model.Config.Main.Embedding.TaskTypes > 0 ? Tensor.From(shape, [.. ids.Select(id => id % 4)]) : null,
        };
        Tensor answer = model.Forward(Tensor.From(shape, ids), options);
        float[] values = answer.ToArray();
        int each = values.Length / texts.Length;
        bool places = answer.Shape.Rank == 3 || model.Config.Head.Kind == HeadKind.Replaced;
        return [.. texts.Select((t, b) => values[(b * each)..(b * each + (places ? each / length * t.Length : each))])];
    }
}
