using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using CsCheck;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization;

/// <summary>Files from outside: damaged ones give one clear error, and never another exception, an endless loop or all the memory.</summary>
public sealed class HostileFileTests
{
    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    private static byte[] Field(int number, byte[] value) => [.. Varint((ulong)number << 3 | 2), .. Varint((ulong)value.Length), .. value];

    private static byte[] Field(int number, int value) => [.. Varint((ulong)number << 3), .. Varint((ulong)(long)value)];

    private static byte[] Piece(string text, float score, PieceKind kind)
    {
        var bits = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bits, score);
        return Field(1, [.. Field(1, Encoding.UTF8.GetBytes(text)), .. Varint(2 << 3 | 5), .. bits, .. Field(3, (int)kind)]);
    }

    /// <summary>A sentencepiece model of a few pieces.</summary>
    private static byte[] Model(int type, bool byteFallback = false, params (string, float, PieceKind)[] more)
    {
        (string, float, PieceKind)[] pieces =
        [
            ("<unk>", 0, PieceKind.Unknown), ("<s>", 0, PieceKind.Control), ("</s>", 0, PieceKind.Control), ("<sep>", 0, PieceKind.UserDefined),
            ("▁", -3, PieceKind.Normal), ("a", -4, PieceKind.Normal), ("b", -5, PieceKind.Normal), ("▁a", -1, PieceKind.Normal), ("ab", -2, PieceKind.Normal), .. more,
        ];
        return [.. pieces.SelectMany(p => Piece(p.Item1, p.Item2, p.Item3)), .. Field(2, [.. Field(3, type), .. Field(35, byteFallback ? 1 : 0)]), .. Field(3, [])];
    }

    private static (string, float, PieceKind)[] Bytes => [.. Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", 0f, PieceKind.Byte))];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void ASmallModelWorks(int type)
    {
        Tokenizer tokenizer = SentencePieceFile.Parse(Model(type));
        // Most probable: "▁" and "ab" with -5; merged first: "▁a" with -1.
        Assert.Equal(type == 1 ? [4, 8, 4, 8] : (int[])[7, 6, 7, 6], tokenizer.Encode(" ab  ab "));
        Assert.Equal("a b", tokenizer.Decode(tokenizer.Encode("a  b")));
        Assert.Contains(3, tokenizer.Encode("a<sep>b"));
        Assert.DoesNotContain(2, tokenizer.Encode("a</s>b"));
        Assert.Equal([4, 0], tokenizer.Encode("猫猫"));
        Assert.True(tokenizer.IsSpecial(2));
        Assert.Equal("a ⁇ ", tokenizer.Decode([7, 2, 0]));

        Tokenizer bytes = SentencePieceFile.Parse(Model(type, byteFallback: true, Bytes));
        Assert.Equal("猫 a", bytes.Decode(bytes.Encode("猫 a")));
        Assert.Equal(5, bytes.Encode("猫a").Length);
        Assert.Equal("\uFFFD\uFFFDa", bytes.Decode([9 + 0xE7, 9 + 0x8C, 5]));
    }

    public static TheoryData<string, byte[], string> BadModels => new()
    {
        { "nothing", [], "no pieces" },
        { "a length of a gigabyte", [.. Varint(1 << 3 | 2), .. Varint(1_000_000_000)], "1000000000" },
        { "a length over 64 bits", [.. Varint(1 << 3 | 2), .. Enumerable.Repeat((byte)0xFF, 11)], "ten bytes" },
        { "no unknown piece", [.. Piece("a", 0, PieceKind.Normal)], "'unknown'" },
        { "a type of model", Model(3), "type 3" },
        { "a kind of piece", [.. Model(1), .. Piece("z", 0, (PieceKind)9)], "kind 9" },
        { "a piece twice", Model(1, false, ("a", 0, PieceKind.Normal)), "two ids" },
        { "a score that is none", Model(1, false, ("z", float.NaN, PieceKind.Normal)), "score" },
        { "unused pieces", Model(2, false, ("z", 0, PieceKind.Unused)), "unused" },
        { "a group", [.. Model(1), .. Varint(9 << 3 | 3)], "wire type 3" },
        { "a text that is none", [.. Model(1), .. Field(1, Field(1, [0xFF]))], "UTF-8" },
        { "rules that are none", [.. Model(1), .. Field(3, Field(2, [1, 2, 3]))], "charsmap" },
        { "rules longer than the file", [.. Model(1), .. Field(3, Field(2, [0xFC, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0]))], "charsmap" },
        { "rules for decoding", [.. Model(1), .. Field(5, Field(2, [1]))], "denormalizer" },
    };

    [Theory]
    [MemberData(nameof(BadModels))]
    public void ABadModelIsRefused(string what, byte[] file, string named)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["bad.model"], file);
        var e = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder["bad.model"]));
        Assert.Contains("bad.model", e.Message);
        Assert.True(e.Message.Contains(named, StringComparison.Ordinal), $"{what}: {e.Message}");
    }

    [Theory]
    [InlineData("a.tiktoken", "YQ== 0\nYg== 1\n", "not known")]
    [InlineData("cl100k_base.tiktoken", "", "no tokens")]
    [InlineData("cl100k_base.tiktoken", "YQ==\n", "Line 1")]
    [InlineData("cl100k_base.tiktoken", "YQ== 0\n!!! 1\n", "Line 2")]
    [InlineData("cl100k_base.tiktoken", "YQ== -1\n", "Line 1")]
    [InlineData("cl100k_base.tiktoken", "YQ== 2000000000\n", "2000000000")]
    [InlineData("cl100k_base.tiktoken", "YQ== 99999999999\n", "Line 1")]
    [InlineData("gpt2.tiktoken", "YQ== 0\nYg== 0\n", "special token")]
    [InlineData("vocab.txt", "a\nb\n", "[CLS]")]
    [InlineData("vocab.txt", "[CLS]\n[SEP]\na\na\n", "two ids")]
    public void ABadVocabularyIsRefused(string name, string content, string named)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[name], content);
        var e = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder[name]));
        Assert.Contains(name, e.Message);
        Assert.Contains(named, e.Message);
    }

    [Fact]
    public void DeepAndCyclicJsonIsRefused()
    {
        using var folder = new TemporaryFolder();
        string deep = string.Concat(Enumerable.Repeat("""{"type":"Sequence","normalizers":[""", 20_000));
        foreach (string json in (string[])[$$"""{"normalizer": {{deep}}""", new string('[', 1_000_000), string.Concat(Enumerable.Repeat("{\"a\":", 100_000))])
        {
            File.WriteAllText(folder["deep.json"], json);
            Assert.Contains("deep.json", Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder["deep.json"])).Message);
        }
        // A template that names itself is only a name that it does not have.
        File.WriteAllText(folder["cycle.json"], """
            {"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x", "type_id": 0}}], "pair": [], "special_tokens": {}},
             "model": {"type": "WordLevel", "vocab": {"a": 0}}}
            """);
        Assert.Contains("'x'", Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder["cycle.json"])).Message);
    }

    private const string Everything = """
        {"version": "1.0",
         "truncation": {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0},
         "padding": {"strategy": {"Fixed": 4}, "direction": "Left", "pad_to_multiple_of": 2, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
         "added_tokens": [{"id": 1, "content": "[X]", "single_word": false, "lstrip": true, "rstrip": false, "normalized": true, "special": true}],
         "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
           {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}]},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "\\p{N}{1,3}"}, "behavior": "Isolated", "invert": false},
           {"type": "Punctuation", "behavior": "Contiguous"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}]},
         "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[X]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {"[X]": {"id": "[X]", "ids": [1], "tokens": ["[X]"]}}},
         "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
           {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
         "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["[X]", -1.5], ["▁", -2], ["a", -3], ["▁ab", -1], ["b", -4]], "byte_fallback": true}}
        """;

    [Fact]
    public void AFileWithEverythingComesBack()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["t.json"], Everything);
        var tokenizer = Tokenizer.Load(folder["t.json"]);
        tokenizer.Save(folder["again.json"]);
        var again = Tokenizer.Load(folder["again.json"]);
        Assert.Equal(tokenizer.Fingerprint, again.Fingerprint);
        Assert.Equal(tokenizer.DefaultOptions, again.DefaultOptions);
        Assert.Equal([1, 4], again.Encode("Ab"));
        Assert.Equal(4, again.EncodeDetailed("ab").Count);
        Assert.Equal(8, again.EncodeDetailed("ab ab ab ab ab ab ab ab ab ab").Count);
    }

    /// <summary>Bytes changed, cut off and repeated: a file either loads and works, or is refused with its name.</summary>
    [Fact]
    public void DamagedFilesNeverGiveAnotherException()
    {
        (string Name, byte[] Good)[] files =
        [
            ("t.json", Encoding.UTF8.GetBytes(Everything)), ("u.model", Model(1, true, Bytes)), ("b.model", Model(2)),
            ("cl100k_base.tiktoken", [.. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 256).Select(b => $"{Convert.ToBase64String([(byte)b])} {b}\n")) + "YWI= 256\n")]),
            ("vocab.txt", Encoding.UTF8.GetBytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\nab\n##a\nb\n")),
        ];
        using var folder = new TemporaryFolder();
        var watch = Stopwatch.StartNew();
        foreach ((string name, byte[] good) in files)
        {
            Gen.Select(Gen.Int[0, good.Length - 1], Gen.OneOf(Gen.Byte, Gen.OneOf<byte>("\"{}[],:0-9\\u\n "u8.ToArray())), Gen.Int[0, 3], Gen.Int[0, good.Length - 1]).Sample((at, value, how, other) =>
            {
                byte[] bad = [.. good];
                bad[at] = value;
                if (how == 1) bad = bad[..at];
                if (how == 2) bad = [.. bad[..at], .. bad[Math.Min(at, other)..]];
                if (how == 3) bad[other] ^= 0x80;
                File.WriteAllBytes(folder[name], bad);
                Works(folder[name]);
            }, iter: 700, threads: 1);
        }
        Assert.True(watch.Elapsed.TotalMinutes < 1, $"{watch.Elapsed}");
    }

    private static void Works(string path)
    {
        try
        {
            var tokenizer = Tokenizer.Load(path);
            int[] ids = tokenizer.Encode("ab ab12 Ä猫\0\uD800[X]");
            tokenizer.Decode(ids);
            tokenizer.EncodeDetailed("ab ab12 Ä猫\0", "b");
        }
        catch (InvalidDataException e)
        {
            Assert.Contains(Path.GetFileName(path), e.Message);
        }
        catch (ArgumentException e)
        {
            // The vocabulary has no token for what is unknown, or the truncation leaves nothing.
            Assert.Matches("vocabulary|tokens|text", e.Message);
        }
    }
}
