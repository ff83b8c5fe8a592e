namespace Heed.Models;

/// <summary>Qwen2 (Yang et al. 2024): LLaMA with biases on query, key and value.</summary>
internal static class Qwen2
{
    public static ModelFamily Family { get; } = new("qwen2", "Qwen2ForCausalLM", "model.", Read, Llama.Write, Llama.Names, ["rotary_emb.inv_freq", "lm_head.weight"]);

    private static TransformerConfig Read(ConfigReader c)
    {
        if (c.Bool("use_sliding_window", false)) throw c.Unsupported("use_sliding_window", "only false is supported");
        return Llama.Read(c, "qwen2", 1e-6, tied: false, qkvBias: true);
    }
}
