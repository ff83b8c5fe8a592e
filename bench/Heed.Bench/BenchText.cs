using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Heed.Bench;

/// <summary>The text of the tokenizer benchmark: about 7.35 MB of English in 80,000 lines.</summary>
internal static partial class BenchText
{
    /// <summary>
    /// The lines, none empty, of WikiText-2 valid and test (with the spaces that its tokenisation added taken out), the questions and
    /// answers of GSM8K train, and tiny Shakespeare.
    /// </summary>
    public static string[] Lines(string data)
    {
        var lines = new List<string>();
        foreach (string name in (string[])["wikitext2/valid.txt", "wikitext2/test.txt"])
            lines.AddRange(File.ReadLines(Path.Combine(data, name)).Select(Detokenised));
        foreach (string json in File.ReadLines(Path.Combine(data, "gsm8k/train.jsonl")))
        {
            using JsonDocument item = JsonDocument.Parse(json);
            foreach (string field in (string[])["question", "answer"]) lines.AddRange(item.RootElement.GetProperty(field).GetString()!.Split('\n'));
        }
        lines.AddRange(File.ReadLines(Path.Combine(data, "tinyshakespeare/input.txt")));
        lines.RemoveAll(string.IsNullOrWhiteSpace);
        return [.. lines];
    }

    private static string Detokenised(string line)
    {
        line = Joined().Replace(line, "$1");
        line = BeforeSign().Replace(line, "$1");
        return AfterSign().Replace(line, "$1").Trim();
    }

    [GeneratedRegex(" @(.)@ ")]
    private static partial Regex Joined();

    [GeneratedRegex(@" ([,.;:!?%)\]]|'s\b|n't\b|'\w+\b)")]
    private static partial Regex BeforeSign();

    [GeneratedRegex(@"([(\[$]) ")]
    private static partial Regex AfterSign();

    /// <summary>Texts that are the worst for tokenizers: one line of about so many bytes.</summary>
    public static (string Name, string Text)[] Hard(int bytes) =>
    [
        ("one letter", new string('a', bytes)),
        ("spaces", new string(' ', bytes)),
        ("CJK without spaces", Repeated("自然语言处理是人工智能和语言学领域的分支学科此领域探讨如何处理及运用自然语言", bytes)),
        ("emoji", Repeated("😀👩‍👩‍👧🇩🇪❤️👍🏽🎉", bytes)),
        ("random letters", Random(bytes)),
    ];

    private static string Repeated(string unit, int bytes)
    {
        int times = bytes / Encoding.UTF8.GetByteCount(unit);
        return new StringBuilder(unit.Length * times).Insert(0, unit, times).ToString();
    }

    private static string Random(int bytes)
    {
        var random = new Random(7);
        return string.Create(bytes, random, (text, r) =>
        {
            for (int i = 0; i < text.Length; i++) text[i] = (char)('a' + r.Next(26));
        });
    }
}
