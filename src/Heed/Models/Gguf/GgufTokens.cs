using System.Text.Json.Nodes;

namespace Heed.Models;

/// <summary>The ids that start, end and fill texts: GGUF has them with the tokenizer.</summary>
internal static class GgufTokens
{
    private const string Prefix = "tokenizer.ggml.";

    // The end of a text, of a turn, of a message.
    private static readonly string[] ends = ["eos", "eot", "eom"];

    /// <summary>Ids that end a text, at most.</summary>
    public const int MostEnds = 3;

    public static void Read(GgufReader file, JsonObject keys)
    {
        keys["bos_token_id"] = file.Token(Prefix + "bos_token_id");
        keys["pad_token_id"] = file.Token(Prefix + "padding_token_id");
        int[] found = [.. ends.Select(e => file.Token($"{Prefix}{e}_token_id")).OfType<int>().Distinct()];
        keys["eos_token_id"] = new JsonArray([.. found.Select(e => JsonValue.Create(e))]);
    }

    public static void Write(GgufKeys keys, TransformerConfig config)
    {
        if (config.BeginToken is { } begin) keys[Prefix + "bos_token_id"] = (uint)begin;
        if (config.PadToken is { } padding) keys[Prefix + "padding_token_id"] = (uint)padding;
        foreach ((string name, int id) in ends.Zip(config.EndTokens)) keys[$"{Prefix}{name}_token_id"] = (uint)id;
    }
}
