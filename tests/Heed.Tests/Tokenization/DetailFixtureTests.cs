using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization;

/// <summary>Offsets, pairs, truncation and padding against the original, field by field.</summary>
public sealed class DetailFixtureTests(ITestOutputHelper output)
{
    [Fact]
    public void AllDetailsEqualTheOriginals()
    {
        var cases = new SortedDictionary<string, int>();
        var wrong = new List<string>();
        foreach (JsonElement line in Fixtures.ReadJsonLines("fixtures/tokenizers/extra.jsonl.gz"))
        {
            string kind = line.GetProperty("kind").GetString()!, family = line.GetProperty("family").GetString()!;
            Tokenizer tokenizer = EncodeFixtureTests.Of(family);
            EncodeOptions options = ReadOptions(line.GetProperty("options"));
            TokenEncoding[] given;
            JsonElement[] expected;
            if (kind == "pad_batch")
            {
                given = tokenizer.EncodeDetailedBatch([.. line.GetProperty("batch").EnumerateArray().Select(t => (t.GetString()!, (string?)null))], options);
                expected = [.. line.GetProperty("results").EnumerateArray()];
            }
            else
            {
                given = [tokenizer.EncodeDetailed(line.GetProperty("a").GetString()!, line.GetProperty("b").GetString(), options)];
                expected = [line];
            }
            for (int i = 0; i < given.Length; i++)
                if (Difference(expected[i], given[i]) is { } difference)
                    wrong.Add($"{kind} {family} {line.GetProperty("options").GetRawText()} '{(line.TryGetProperty("a", out JsonElement a) ? a.GetString() : i)}': {difference}");
            cases[kind] = cases.GetValueOrDefault(kind) + 1;
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong\n" + string.Join("\n", wrong.Take(20)));
        Assert.True(cases.Values.Sum() > 500);
        output.WriteLine(string.Join(", ", cases.Select(c => $"{c.Key} {c.Value}")));
    }

    private static string? Difference(JsonElement expected, TokenEncoding given)
    {
        foreach (JsonProperty field in expected.EnumerateObject())
        {
            string? value = field.Name switch
            {
                "ids" => Text(given.Ids),
                "type_ids" => Text(given.TypeIds),
                "attention_mask" => Text(given.AttentionMask),
                "special_tokens_mask" => Text(given.SpecialTokensMask),
                "tokens" => Text(given.Tokens),
                "offsets" => Text(given.Offsets.Select(o => (int[])[o.Start, o.End])),
                "word_ids" => Text(given.WordIds),
                "sequence_ids" => Text(given.SequenceIds),
                _ => null,
            };
            if (value is not null && Text(field.Value) != value) return $"{field.Name} {value}, not {Text(field.Value)}";
        }
        if (!expected.TryGetProperty("overflowing", out JsonElement overflowing)) return null;
        if (overflowing.GetArrayLength() != given.Overflowing.Count) return $"{given.Overflowing.Count} overflowing parts, not {overflowing.GetArrayLength()}";
        return overflowing.EnumerateArray().Select((part, i) => Difference(part, given.Overflowing[i]) is { } d ? $"overflowing {i}: {d}" : null).FirstOrDefault(d => d is not null);
    }

    private static string Text<T>(T value) => JsonSerializer.Serialize(value);

    private static EncodeOptions ReadOptions(JsonElement options) => new()
    {
        Special = options.GetProperty("add_special_tokens").GetBoolean() ? SpecialTokens.ParseAndAdd : SpecialTokens.Parse,
        Truncation = !options.TryGetProperty("truncation", out JsonElement t) ? null : new TruncationOptions(t.GetProperty("max_length").GetInt32())
        {
            Strategy = Enum.Parse<TruncationStrategy>(t.GetProperty("strategy").GetString()!),
            Stride = t.GetProperty("stride").GetInt32(),
            Side = Enum.Parse<TextSide>(t.GetProperty("direction").GetString()!),
        },
        Padding = !options.TryGetProperty("padding", out JsonElement p) ? null : new PaddingOptions(p.GetProperty("pad_id").GetInt32(), p.GetProperty("pad_token").GetString()!)
        {
            TypeId = p.GetProperty("pad_type_id").GetInt32(),
            Length = p.GetProperty("fixed_length").ValueKind == JsonValueKind.Null ? null : p.GetProperty("fixed_length").GetInt32(),
            MultipleOf = p.GetProperty("pad_to_multiple_of").ValueKind == JsonValueKind.Null ? 0 : p.GetProperty("pad_to_multiple_of").GetInt32(),
            Side = Enum.Parse<TextSide>(p.GetProperty("direction").GetString()!),
        },
    };

    [Fact]
    public void OffsetsOfDotNetStringsCutTheTokensOut()
    {
        Tokenizer tokenizer = EncodeFixtureTests.Of("bert_uncased");
        const string Text = "Ünïted 😀 States, a\uD800b";
        TokenEncoding encoding = tokenizer.EncodeDetailed(Text);
        (int Start, int End)[] units = encoding.OffsetsInUtf16(Text);
        string[] cut = [.. units.Select(u => Text[u.Start..u.End])];
        Assert.Equal("Ünïted", cut[1]);
        Assert.Contains("😀", cut);
        Assert.Contains("States", cut);
        Assert.Equal((0, 0), encoding.Offsets[0]);
    }
}
