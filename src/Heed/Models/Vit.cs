using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>ViT (Dosovitskiy et al. 2021): patches, a token for the whole image, learned positions, layer norm before each part.</summary>
internal static class Vit
{
    public static ImageFamily Family { get; } = new("vit", [(HeadKind.Sequence, "ViTForImageClassification"), (HeadKind.None, "ViTModel")], "vit.", Read, Write, Names, ["pooler.*", "classifier.*"]);

    private static ImageConfig Read(ConfigReader c)
    {
        (int height, int width) = ImageFamily.Sides(c, "image_size", 224);
        (int patchHeight, int patchWidth) = ImageFamily.Sides(c, "patch_size", 16);
        return new ImageConfig
        {
            ModelType = "vit",
            Patches = new PatchConfig(height, width, c.Int("num_channels", 3), patchHeight, patchWidth),
            Stages =
            [
                new StackConfig
                {
                    Depth = c.Int("num_hidden_layers", 12),
                    Width = c.Int("hidden_size", 768),
                    Heads = c.Int("num_attention_heads", 12),
                    Causal = false,
                    Positions = new PositionConfig.None(),
                    Norm = new NormConfig.LayerNorm((float)c.Number("layer_norm_eps", 1e-12)),
                    FeedForward = new FeedForwardConfig(c.Int("intermediate_size", 3072), c.Activation("hidden_act", "gelu")),
                    QueryKeyValueBias = c.Bool("qkv_bias", true),
                    InitialDeviation = (float)c.Number("initializer_range", 0.02),
                },
            ],
            Head = new HeadConfig { Kind = HeadKeys.Kind(c, HeadKind.Sequence), Pooling = Pooling.First, Labels = HeadKeys.Labels(c), Bias = true },
        };
    }

    private static void Write(Utf8JsonWriter w, ImageConfig config)
    {
        StackConfig s = config.Last;
        PatchConfig p = config.Patches;
        ImageFamily.WriteSides(w, "image_size", p.Height, p.Width);
        ImageFamily.WriteSides(w, "patch_size", p.PatchHeight, p.PatchWidth);
        w.WriteNumber("num_channels", p.Channels);
        w.WriteNumber("num_hidden_layers", s.Depth);
        w.WriteNumber("hidden_size", s.Width);
        w.WriteNumber("num_attention_heads", s.Heads);
        w.WriteNumber("layer_norm_eps", Registry.Short(s.Norm.Epsilon));
        w.WriteNumber("intermediate_size", s.FeedForward.Width);
        w.WriteString("hidden_act", Registry.ActivationName(s.FeedForward.Activation));
        w.WriteBoolean("qkv_bias", s.QueryKeyValueBias);
    }

    private static IEnumerable<WeightName> Names(ImageConfig config)
    {
        int width = config.Last.Width;
        PatchConfig p = config.Patches;
        yield return new("class_token", "vit.embeddings.cls_token") { FileShape = [1, 1, width] };
        yield return new("positions", "vit.embeddings.position_embeddings") { FileShape = [1, p.Rows * p.Columns + 1, width] };
        yield return new("patches.projection.weight", "vit.embeddings.patch_embeddings.projection.weight") { FileShape = [width, p.Channels, p.PatchHeight, p.PatchWidth] };
        yield return new("patches.projection.bias", "vit.embeddings.patch_embeddings.projection.bias");
        foreach (string kind in (string[])["weight", "bias"])
        {
            for (int i = 0; i < config.Last.Depth; i++)
            {
                string block = $"stages.0.blocks.{i}.", file = $"vit.encoder.layer.{i}.";
                yield return new(block + "self_norm." + kind, file + "layernorm_before." + kind);
                yield return new(block + "self_attention.qkv." + kind, [.. new[] { "query", "key", "value" }.Select(part => new WeightPart($"{file}attention.attention.{part}.{kind}", width))]);
                yield return new(block + "self_attention.output." + kind, file + "attention.output.dense." + kind);
                yield return new(block + "feed_norm." + kind, file + "layernorm_after." + kind);
                yield return new(block + "feed_forward.up." + kind, file + "intermediate.dense." + kind);
                yield return new(block + "feed_forward.down." + kind, file + "output.dense." + kind);
            }
            yield return new("final_norm." + kind, "vit.layernorm." + kind);
            yield return new("head." + kind, "classifier." + kind);
        }
    }
}
