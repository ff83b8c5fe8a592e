using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Trainers;

/// <summary>The texts that the recorded trainers saw, and ways of cutting them that are written for the tests alone.</summary>
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

    public static TokenizerPipeline Split(string regex, bool byteLevel) =>
        new() { PreTokenizer = new RegexSplitter(regex, byteLevel), Decoder = byteLevel ? new ByteLevelDecoder() : new FuseDecoder() };

    private sealed class RegexSplitter(string pattern, bool byteLevel) : IPreTokenizer
    {
        private readonly Regex regex = new(pattern, RegexOptions.CultureInvariant);

        public bool IsByteLevel => byteLevel;

        public void Split(ReadOnlySpan<byte> utf8, PieceBuffer pieces)
        {
            foreach (Match match in regex.Matches(Encoding.UTF8.GetString(utf8))) pieces.Add(Encoding.UTF8.GetBytes(match.Value));
        }

        public void Write(Utf8JsonWriter writer) => writer.WriteNullValue();
    }

    /// <summary>"▁" for spaces and one before the text; a piece before each.</summary>
    public static TokenizerPipeline Spaces { get; } = new() { PreTokenizer = new SpaceSplitter(), Decoder = new FuseDecoder() };

    private sealed class SpaceSplitter : IPreTokenizer
    {
        public bool IsByteLevel => false;

        public void Split(ReadOnlySpan<byte> utf8, PieceBuffer pieces)
        {
            foreach (Match match in Regex.Matches("▁" + Encoding.UTF8.GetString(utf8).Replace(' ', '▁'), "▁?[^▁]+|▁")) pieces.Add(Encoding.UTF8.GetBytes(match.Value));
        }

        public void Write(Utf8JsonWriter writer) => writer.WriteNullValue();
    }
}
