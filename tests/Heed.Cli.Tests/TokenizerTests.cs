using System.Text.Json;

namespace Heed.Cli.Tests;

public sealed class TokenizerTests : IDisposable
{
    private const string Text = "Two lines,\nand 一只小兔 says: \"na\u00efve\"  😀\t!";

    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("bpe")]
    [InlineData("characters")]
    public void Train_encode_decode_is_a_round_trip(string kind)
    {
        string corpus = folder.Write("corpus.txt", string.Concat(Enumerable.Range(0, 200).Select(i => $"{i} {Text}\n"))), tokenizer = folder["t.json"];
        string[] size = kind == "bpe" ? ["--vocab", "320"] : ["--kind", kind];
        Outcome trained = Cli.Run(["tokenizer", "train", corpus, "--output", tokenizer, .. size]).Good();
        Assert.Matches(@"compression  \d+\.\d{3} bytes a token", trained.Out);
        string ids = Cli.Run("tokenizer", "encode", tokenizer, Text).Good().Out;
        Assert.Equal(ids, Cli.RunWith(Text, "tokenizer", "encode", tokenizer).Good().Out);
        Assert.Equal(Text, Cli.RunWith(ids, "tokenizer", "decode", tokenizer).Good().Out);
        Assert.Equal(Text, Cli.Run(["tokenizer", "decode", tokenizer, .. ids.Split(' ', StringSplitOptions.TrimEntries)]).Good().Out);
        string json = Cli.Run("tokenizer", "encode", tokenizer, Text, "--json").Good().Out;
        Assert.Equal(ids.Trim(), string.Join(' ', JsonDocument.Parse(json).RootElement.GetProperty("ids").EnumerateArray()));
        Outcome decoded = Cli.RunWith(ids, "tokenizer", "decode", tokenizer, "--json").Good();
        Assert.Equal(Text, JsonDocument.Parse(decoded.Out).RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public void Tokens_show_their_spaces()
    {
        string corpus = folder.Write("corpus.txt", string.Concat(Enumerable.Repeat("on and on and on\n", 50))), tokenizer = folder["t.json"];
        Outcome trained = Cli.Run("tokenizer", "train", corpus, "--vocab", "262", "--output", tokenizer, "--json").Good();
        JsonElement root = JsonDocument.Parse(trained.Out).RootElement;
        Assert.InRange(root.GetProperty("bytes_per_token").GetDouble(), 1.5, 6);
        string[] lines = [.. Cli.Run("tokenizer", "encode", tokenizer, "on and\n\u4e00", "--tokens").Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        Assert.Contains(lines, line => line.EndsWith("·and", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith('⏎'));
        Assert.Contains(lines, line => line.EndsWith("<E4>", StringComparison.Ordinal));
    }
}
