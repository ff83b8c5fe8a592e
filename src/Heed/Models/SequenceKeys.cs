using System.Text.Json;

namespace Heed.Models;

/// <summary>The keys that every encoder-decoder's configuration file has.</summary>
internal static class SequenceKeys
{
    public static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        w.WriteBoolean("is_encoder_decoder", true);
        if (config.PadToken is { } pad) w.WriteNumber("pad_token_id", pad);
        if (config.DecoderStartToken is { } start) w.WriteNumber("decoder_start_token_id", start);
    }
}
