using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>Swin (Liu et al. 2021): attention within shifted windows, stages that halve the grid of tokens, learned biases of offsets.</summary>
internal static class Swin
{
    public static ImageFamily Family { get; } = new("swin", [(HeadKind.Sequence, "SwinForImageClassification"), (HeadKind.None, "SwinModel")], "swin.", Read, Write, Names, ["relative_position_index", "attn_mask", "classifier.*"]);

    private static ImageConfig Read(ConfigReader c)
    {
        (int height, int width) = ImageFamily.Sides(c, "image_size", 224);
        (int patchHeight, int patchWidth) = ImageFamily.Sides(c, "patch_size", 4);
        IReadOnlyList<int> depths = c.Has("depths") ? c.Ints("depths") : [2, 2, 6, 2], heads = c.Has("num_heads") ? c.Ints("num_heads") : [3, 6, 12, 24];
        if (depths.Count is < 1 or > 16 || heads.Count != depths.Count) throw c.Unsupported("num_heads", $"one number for each of 1 to 16 stages was expected, given {heads.Count} for {depths.Count} depths");
        int embedding = c.Int("embed_dim", 96);
        if (embedding is < 1 or > 1 << 14) throw c.Unsupported("embed_dim", $"1 to {1 << 14} was expected, given {embedding}");
        double ratio = c.Number("mlp_ratio", 4);
        return new ImageConfig
        {
            ModelType = "swin",
            Patches = new PatchConfig(height, width, c.Int("num_channels", 3), patchHeight, patchWidth),
            Window = c.Int("window_size", 7),
            ClassToken = false,
            Positions = c.Bool("use_absolute_embeddings", false) ? throw c.Unsupported("use_absolute_embeddings", "only false is supported: the original makes one position too many and fails") : false,
            EmbeddingNorm = new NormConfig.LayerNorm(1e-5f), // whatever layer_norm_eps says
            Stages =
            [
                .. depths.Select((depth, s) => new StackConfig
                {
                    Depth = depth,
                    Width = embedding << s,
                    Heads = heads[s],
                    Causal = false,
                    Positions = new PositionConfig.None(),
                    Norm = new NormConfig.LayerNorm((float)c.Number("layer_norm_eps", 1e-5)),
                    FeedForward = new FeedForwardConfig((int)(ratio * (embedding << s)), c.Activation("hidden_act", "gelu")),
                    QueryKeyValueBias = c.Bool("qkv_bias", true),
                    InitialDeviation = (float)c.Number("initializer_range", 0.02),
                }),
            ],
            Head = new HeadConfig { Kind = HeadKeys.Kind(c, HeadKind.Sequence), Pooling = Pooling.Mean, Labels = HeadKeys.Labels(c), Bias = true },
        };
    }

    private static void Write(Utf8JsonWriter w, ImageConfig config)
    {
        StackConfig s = config.Stages[0];
        PatchConfig p = config.Patches;
        ImageFamily.WriteSides(w, "image_size", p.Height, p.Width);
        ImageFamily.WriteSides(w, "patch_size", p.PatchHeight, p.PatchWidth);
        w.WriteNumber("num_channels", p.Channels);
        w.WriteNumber("embed_dim", s.Width);
        foreach ((string key, Func<StackConfig, int> value) in (ReadOnlySpan<(string, Func<StackConfig, int>)>)[("depths", x => x.Depth), ("num_heads", x => x.Heads)])
        {
            w.WriteStartArray(key);
            foreach (StackConfig stage in config.Stages) w.WriteNumberValue(value(stage));
            w.WriteEndArray();
        }
        w.WriteNumber("window_size", config.Window);
        w.WriteNumber("mlp_ratio", (double)s.FeedForward.Width / s.Width);
        w.WriteNumber("layer_norm_eps", Registry.Short(s.Norm.Epsilon));
        w.WriteString("hidden_act", Registry.ActivationName(s.FeedForward.Activation));
        w.WriteBoolean("qkv_bias", s.QueryKeyValueBias);
        w.WriteBoolean("use_absolute_embeddings", config.Positions);
    }

    private static IEnumerable<WeightName> Names(ImageConfig config)
    {
        PatchConfig p = config.Patches;
        int first = config.Stages[0].Width;
        yield return new("patches.projection.weight", "swin.embeddings.patch_embeddings.projection.weight") { FileShape = [first, p.Channels, p.PatchHeight, p.PatchWidth] };
        yield return new("patches.projection.bias", "swin.embeddings.patch_embeddings.projection.bias");
        foreach (string kind in (string[])["weight", "bias"])
        {
            for (int s = 0; s < config.Stages.Count; s++)
            {
                string stage = $"stages.{s}.", layer = $"swin.encoder.layers.{s}.";
                yield return new(stage + "merging.norm." + kind, layer + "downsample.norm." + kind);
                yield return new(stage + "merging.reduction." + kind, layer + "downsample.reduction." + kind);
                for (int i = 0; i < config.Stages[s].Depth; i++)
                {
                    string block = $"{stage}blocks.{i}.", file = $"{layer}blocks.{i}.";
                    yield return new($"{stage}window_bias.{i}.{kind}", file + "attention.self.relative_position_bias_table");
                    yield return new(block + "self_norm." + kind, file + "layernorm_before." + kind);
                    yield return new(block + "self_attention.qkv." + kind, [.. new[] { "query", "key", "value" }.Select(part => new WeightPart($"{file}attention.self.{part}.{kind}", config.Stages[s].Width))]);
                    yield return new(block + "self_attention.output." + kind, file + "attention.output.dense." + kind);
                    yield return new(block + "feed_norm." + kind, file + "layernorm_after." + kind);
                    yield return new(block + "feed_forward.up." + kind, file + "intermediate.dense." + kind);
                    yield return new(block + "feed_forward.down." + kind, file + "output.dense." + kind);
                }
            }
            yield return new("embedding_norm." + kind, "swin.embeddings.norm." + kind);
            yield return new("final_norm." + kind, "swin.layernorm." + kind);
            yield return new("head." + kind, "classifier." + kind);
        }
    }
}
