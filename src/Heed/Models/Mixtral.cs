using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>Mixtral (Jiang et al. 2024): Mistral whose feed-forward part is a mixture of experts.</summary>
internal static class Mixtral
{
    private static readonly DecoderKeys keys = new("mixtral")
    {
        FeedForward = 14336,
        KeyValueHeads = 8,
        Context = 131072,
        Epsilon = 1e-5,
        BeginToken = 1,
        EndTokens = [2],
        Rotary = new RotaryKeys(Theta: 1e6),
    };

    public static ModelFamily Family { get; } = new("mixtral", DecoderHead.Classes("Mixtral"), "model.", Read, Write, Names, Llama.Ignored);

    private static TransformerConfig Read(ConfigReader c)
    {
        TransformerConfig config = keys.Read(c);
        StackConfig s = config.Main;
        float balance = c.Bool("output_router_logits", false) ? (float)c.Number("router_aux_loss_coef", 0.001) : 0;
        ExpertConfig experts = new(c.Int("num_local_experts", 8), c.Int("num_experts_per_tok", 2), balance);
        return config with { Decoder = s with { Window = c.OptionalInt("sliding_window") ?? 0, FeedForward = s.FeedForward with { Experts = experts } } };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        keys.Write(w, config);
        ExpertConfig experts = config.Main.FeedForward.Experts ?? throw new ArgumentException("a mixtral configuration file cannot say a feed-forward part without experts");
        w.WriteNumber("num_local_experts", experts.Count);
        w.WriteNumber("num_experts_per_tok", experts.PerToken);
        w.WriteBoolean("output_router_logits", experts.BalanceWeight > 0);
        if (experts.BalanceWeight > 0) w.WriteNumber("router_aux_loss_coef", Registry.Short(experts.BalanceWeight));
        if (config.Main.Window > 0) w.WriteNumber("sliding_window", config.Main.Window);
        else w.WriteNull("sliding_window");
    }

    private static IEnumerable<WeightName> Names(TransformerConfig config)
    {
        const string place = "model.layers.{0}.block_sparse_moe.";
        int f = config.Main.FeedForward.Width;
        return
        [
            .. Llama.Names(config),
            new("blocks.{0}.feed_forward.router.weight", place + "gate.weight"),
            .. Enumerable.Range(0, config.Main.FeedForward.Experts!.Count).SelectMany<int, WeightName>(e =>
            [
                new($"blocks.{{0}}.feed_forward.experts.{e}.gate_up.weight", [new($"{place}experts.{e}.w1.weight", f), new($"{place}experts.{e}.w3.weight", f)]),
                new($"blocks.{{0}}.feed_forward.experts.{e}.down.weight", $"{place}experts.{e}.w2.weight"),
            ]),
        ];
    }
}
