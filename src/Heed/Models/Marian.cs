using System.Text.Json;

namespace Heed.Models;

/// <summary>Marian (Junczys-Dowmunt et al. 2018), the translators of OPUS-MT: BART's blocks with fixed sines and cosines, sines first.</summary>
internal static class Marian
{
    public static ModelFamily Family { get; } = new("marian", [(HeadKind.Vocabulary, "MarianMTModel"), (HeadKind.None, "MarianModel")], "model.", Read, Write, Bart.Names,
        ["embed_tokens.weight", "embed_positions.weight", "lm_head.weight"]);

    private static TransformerConfig Read(ConfigReader c)
    {
        TransformerConfig config = Bart.Read(c, "marian", 58101, pad: 58100, end: 0, start: 58100);
        if (c.Bool("share_encoder_decoder_embeddings", true)) return config;
        return config with { SourceVocabulary = config.Vocabulary, Vocabulary = c.OptionalInt("decoder_vocab_size") ?? config.Vocabulary };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        Bart.Write(w, config);
        w.WriteBoolean("static_position_embeddings", true);
        w.WriteBoolean("share_encoder_decoder_embeddings", config.SourceVocabulary is null);
        w.WriteNumber("decoder_vocab_size", config.Vocabulary);
    }
}
