using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Trainers;

/// <summary>The texts that the recorded trainers saw, and ways of cutting them.</summary>
internal static class TrainingTexts
{
    public const string Folder = "fixtures/tokenizers/train/";

    /// <summary>What a fixture calls ts_train, ts_tail, ts_200k, ts_50k.</summary>
    public static string Read(string name)
    {
        byte[] all = Fixtures.ReadBytes("data/tinyshakespeare/input.txt");
        return Encoding.UTF8.GetString(name switch
        {
            "ts_train.txt" => all.AsSpan(0, 1_003_854),
            "ts_tail.txt" => all.AsSpan(1_003_854),
            "ts_200k.txt" => all.AsSpan(0, 200_000),
            "ts_50k.txt" => all.AsSpan(0, 50_000),
            _ => throw new ArgumentException(name),
        });
    }

    /// <summary>The text on which a fixture was made, which must be that text to the byte.</summary>
    public static string ReadFor(JsonElement truth)
    {
        string text = Read(truth.GetProperty("train_file").GetString()!);
        if (truth.TryGetProperty("train_sha256", out JsonElement hash))
            Assert.Equal(hash.GetString(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
        return text;
    }

    /// <summary>Lines with their line ends.</summary>
    public static string[] Lines(string text) => [.. Regex.Matches(text, ".*\n|.+$").Select(m => m.Value)];

    /// <summary>Lines that have something in them, without their line ends.</summary>
    public static string[] Sentences(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>Words between white space, of characters.</summary>
    public static TokenizerPipeline Words { get; } = new() { PreTokenizer = new WhitespaceSplitPreTokenizer(), Decoder = new FuseDecoder() };

    /// <summary>Hugging Face's "▁", which goes before a text that does not begin with a space.</summary>
    public static TokenizerPipeline Metaspace { get; } = new() { PreTokenizer = new MetaspacePreTokenizer(), Decoder = new MetaspaceDecoder() };
}
