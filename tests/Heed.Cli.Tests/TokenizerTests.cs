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

    private string Trained()
    {
        string corpus = folder.Write("corpus.txt", string.Concat(Enumerable.Repeat("on and on and on <|endoftext|>\n", 50))), tokenizer = folder["t.json"];
        Cli.Run("tokenizer", "train", corpus, "--vocab", "262", "--output", tokenizer).Good();
        return tokenizer;
    }

    [Fact]
    public void Lines_of_texts_become_lines_of_ids_and_come_back()
    {
        string tokenizer = Trained();
        string[] texts = ["on and on", "", "\u4e00\ud83d\ude00", "a \"quote\"\n", .. Enumerable.Range(0, 5000).Select(i => $"{i} and on")];
        string input = string.Concat(texts.Select(t => JsonSerializer.Serialize(new { text = t }) + "\n"));
        Outcome encoded = Cli.RunWith(input, "tokenizer", "encode", tokenizer, "--jsonl").Good();
        Assert.Equal(texts.Length, encoded.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Outcome decoded = Cli.RunWith(encoded.Out, "tokenizer", "decode", tokenizer, "--jsonl").Good();
        Assert.Equal(texts, decoded.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("text").GetString()));

        Outcome lone = Cli.RunWith("""{"text": "a\ud800b"}""", "tokenizer", "encode", tokenizer, "--jsonl").Good();
        Assert.Equal(Cli.RunWith("""{"text": "a\ufffdb"}""", "tokenizer", "encode", tokenizer, "--jsonl").Good().Out, lone.Out);
        string offsets = Cli.RunWith("""{"text": "on 小on"}""", "tokenizer", "encode", tokenizer, "--jsonl", "--offsets").Good().Out;
        JsonElement root = JsonDocument.Parse(offsets).RootElement;
        Assert.Equal(root.GetProperty("ids").GetArrayLength(), root.GetProperty("offsets").GetArrayLength());
        Assert.Equal(6, root.GetProperty("offsets").EnumerateArray().Last()[1].GetInt32());

        Cli.RunWith("{\"text\": \"a\"}\n{\"no\": 1}", "tokenizer", "encode", tokenizer, "--jsonl").Failed("line 2");
        Cli.RunWith("{\"ids\": [1, 99999]}", "tokenizer", "decode", tokenizer, "--jsonl").Failed("99999");
        Cli.RunWith("", "tokenizer", "encode", tokenizer, "text", "--jsonl").Misused("--jsonl");
    }

    [Fact]
    public void Special_tokens_are_text_when_asked_for()
    {
        string tokenizer = Trained();
        Assert.Equal("0", Cli.Run("tokenizer", "encode", tokenizer, "<|endoftext|>").Good().Out.Trim());
        Assert.Equal("0", Cli.Run("tokenizer", "encode", tokenizer, "<|endoftext|>", "--plain").Good().Out.Trim());
        string ids = Cli.RunWith("<|endoftext|>", "tokenizer", "encode", tokenizer, "-", "--no-special").Good().Out.Trim();
        Assert.DoesNotContain("0", ids.Split(' '));
        Assert.Equal("<|endoftext|>", Cli.Run(["tokenizer", "decode", tokenizer, "--skip-special", "0", .. ids.Split(' ')]).Good().Out);
    }

    [Fact]
    public void A_text_is_shown_in_tokens()
    {
        string tokenizer = Trained();
        Outcome shown = Cli.Run("tokenizer", "show", tokenizer, "on and on 一\n").Good();
        Assert.DoesNotContain("\e[", shown.Out, StringComparison.Ordinal);
        string[] lines = shown.Out.Split('\n');
        Assert.StartsWith("|on|·and|·on|·|<E4>|", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("|⏎|", lines[0].Trim(), StringComparison.Ordinal);
        Assert.Equal(lines[0].Count(c => c == '|') - 1, lines[1].Trim().Split(' ').Length);
        Assert.Matches(@"English  2\.33 letters a token", shown.Out);
        Assert.Matches(@"Chinese  0\.33 characters a token", shown.Out);
        Cli.Run("tokenizer", "show", folder["nothing.json"], "a").Failed("nothing.json");
    }
}
