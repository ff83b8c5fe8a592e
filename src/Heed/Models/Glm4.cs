using Heed.Layers;

namespace Heed.Models;

/// <summary>GLM-4-0414 (2025): GLM with a norm behind each part as well.</summary>
internal static class Glm4
{
    public static ModelFamily Family { get; } = Glm.Of("glm4", "Glm4", Placement.Sandwich, Names);

    private static IEnumerable<WeightName> Names(TransformerConfig config) =>
    [
        .. Glm.Names(config),
        new("blocks.{0}.after_self_norm.weight", "model.layers.{0}.post_self_attn_layernorm.weight"),
        new("blocks.{0}.after_feed_norm.weight", "model.layers.{0}.post_mlp_layernorm.weight"),
    ];
}
