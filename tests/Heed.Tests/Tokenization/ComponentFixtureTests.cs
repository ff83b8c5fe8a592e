using System.Text;
using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization;

/// <summary>Every component alone against the original's output: texts, pieces and their offsets.</summary>
public sealed class ComponentFixtureTests(ITestOutputHelper output)
{
    private const string Folder = "fixtures/tokenizers/";

    [Fact]
    public void ComponentsEqualTheOriginals()
    {
        int cases = 0, components = 0;
        var wrong = new List<string>();
        foreach (JsonElement line in Fixtures.ReadJsonLines(Folder + "components.jsonl.gz"))
        {
            string kind = line.GetProperty("kind").GetString()!;
            JsonElement config = WithCharsmap(line.GetProperty("config"));
            components++;
            Func<JsonElement, string?> fault = kind switch
            {
                "normalizer" => Normalizer(TokenizerJson.ReadNormalizer(config, "normalizer")!),
                "pre_tokenizer" => PreTokenizer(TokenizerJson.ReadPreTokenizer(config, "pre_tokenizer")!),
                "decoder" => Decoder(TokenizerJson.ReadDecoder(config, "decoder")!),
                _ => _ => "unknown kind",
            };
            foreach (JsonElement test in line.GetProperty("cases").EnumerateArray())
            {
                if (fault(test) is { } found) wrong.Add($"{config.GetRawText()[..Math.Min(160, config.GetRawText().Length)]} {test[0].GetRawText()}: {found}");
                cases++;
            }
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases}\n" + string.Join("\n", wrong.Take(30)));
        Assert.True(cases > 30_000, $"{cases} cases");
        output.WriteLine($"{components} components, {cases} cases");
    }

    /// <summary>The fixture only points to the rules of the T5 model; its tokenizer.json has them.</summary>
    private static JsonElement WithCharsmap(JsonElement config)
    {
        if (config.GetProperty("type").GetString() != "Precompiled") return config;
        using JsonDocument t5 = Fixtures.ReadJson(Folder + "vocab/t5/tokenizer.json.gz");
        JsonElement normalizer = t5.RootElement.GetProperty("normalizer");
        return (normalizer.GetProperty("type").GetString() == "Precompiled" ? normalizer
            : normalizer.GetProperty("normalizers").EnumerateArray().First(n => n.GetProperty("type").GetString() == "Precompiled")).Clone();
    }

    private static Func<JsonElement, string?> Normalizer(INormalizer normalizer) => test =>
    {
        string text = test[0].GetString()!, expected = test[1].GetString() ?? text;
        string given = normalizer.Normalize(text);
        if (given != expected) return $"'{Escaped(given)}', not '{Escaped(expected)}'";
        // With origins the text must be the same, and the origins lie in the text, in order of their characters.
        var aligned = new AlignedText();
        aligned.Set(Encoding.UTF8.GetBytes(text), aligned: true);
        normalizer.Normalize(aligned);
        if (Encoding.UTF8.GetString(aligned.Bytes) != expected) return "another text with origins";
        for (int i = 0; i < aligned.Length; i++)
            if (aligned.OriginOf(i, i + 1) is var (start, end) && (start < 0 || end > Encoding.UTF8.GetByteCount(text) || start > end))
                return "an origin outside the text";
        return null;
    };

    private static Func<JsonElement, string?> PreTokenizer(IPreTokenizer splitter) => test =>
    {
        string text = test[0].GetString()!;
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var buffer = new PieceBuffer();
        buffer.Text.Set(utf8, aligned: true);
        buffer.Whole();
        splitter.Split(buffer);
        string Spelled(int i) => splitter.IsByteLevel ? ByteAlphabet.Spell(buffer[i]) : Encoding.UTF8.GetString(buffer[i]);
        string given = string.Join(" | ", Enumerable.Range(0, buffer.Count).Select(i =>
        {
            (int from, int to) = buffer.RangeOf(i);
            (int start, int end) = buffer.Text.OriginOf(from, to);
            return $"{Escaped(Spelled(i))} [{Utf8Text.CharacterCount(utf8.AsSpan(0, start))},{Utf8Text.CharacterCount(utf8.AsSpan(0, end))}]";
        }));
        string expected = string.Join(" | ", test[1].EnumerateArray().Select(p => $"{Escaped(p[0].GetString()!)} [{p[1][0].GetInt32()},{p[1][1].GetInt32()}]"));
        if (given != expected) return $"{given}, not {expected}";

        int count = buffer.Count;
        splitter.Split(utf8, buffer);
        return buffer.Count == count ? null : "other pieces without origins";
    };

    private static Func<JsonElement, string?> Decoder(IDecoder decoder) => test =>
    {
        var decoded = new ByteSink();
        ITokenSink sink = decoder.Begin(decoded, fused: false);
        foreach (JsonElement token in test[0].EnumerateArray()) sink.Add(Encoding.UTF8.GetBytes(token.GetString()!));
        sink.End();
        string given = Encoding.UTF8.GetString(decoded.Bytes), expected = test[1].GetString()!;
        return given == expected ? null : $"'{Escaped(given)}', not '{Escaped(expected)}'";
    };

    private static string Escaped(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c.ToString() : $"\\u{(int)c:X4}"));
}
