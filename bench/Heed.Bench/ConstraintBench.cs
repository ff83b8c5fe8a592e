using System.Diagnostics;
using System.Globalization;
using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Bench;

/// <summary>
/// Constrained decoding at a large vocabulary: the time to compile a grammar, and of each step of a text to take a token and find which may come next.
/// Cold is a constraint's first text, warm any later one. The share is that of a step of 15 ms, what a model of 0.5 billion weights takes.
/// </summary>
internal static class ConstraintBench
{
    private const double Step = 15; // ms

    private const string Prose = "The quick brown fox jumps over the lazy dog, and then it runs away; nobody has seen it since \u2014 \u5929\u5730\u8f6c\uff0c\u5149\u9634\u8feb\u3002";

    private static readonly string Schema = """
        {"type":"object","properties":{"name":{"type":"string","maxLength":60},"born":{"type":"string","format":"date"},"email":{"type":"string","format":"email"},
        "age":{"type":"integer","minimum":0,"maximum":150},"height":{"type":"number","minimum":0,"maximum":3},"kind":{"enum":["person","robot","cat"]},
        "notes":{"type":"array","items":{"type":"string"},"maxItems":8},"parent":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["name","born","age","kind","notes","parent"]}
        """;

    private static readonly string Person = "{\"name\":\"Ann Example of the Hill\",\"born\":\"1987-02-28\",\"email\":\"ann.example@mail.example.org\",\"age\":37,\"height\":1.72,\"kind\":\"robot\",\"notes\":["
        + string.Join(',', Enumerable.Repeat('"' + Prose + '"', 4)) + "],\"parent\":{\"name\":\"Bob\",\"born\":\"1950-12-01\",\"age\":74,\"kind\":\"cat\",\"notes\":[\"said \\\"no\\\"\"],\"parent\":null}}";

    private static readonly (string Name, Func<Grammar> Make, string Text)[] Cases =
    [
        ("schema: nested object", () => Grammar.JsonSchema(Schema), Person),
        ("schema: json_object, flexible", () => Grammar.JsonObject(new() { Whitespace = JsonWhitespace.Flexible }), Person.Replace(",\"", ", \"", StringComparison.Ordinal).Replace("\":", "\": ", StringComparison.Ordinal)),
        ("schema: string up to 300", () => Grammar.JsonSchema("""{"type":"string","maxLength":300}"""), '"' + Prose + Prose + '"'),
        ("regex: fields of a line", () => Grammar.Regex(@"([^,\n]{1,120}, ?){2,9}[^,\n]+"), string.Join(", ", Prose.Replace(",", "", StringComparison.Ordinal), Prose.Replace(",", "", StringComparison.Ordinal), "end of line")),
        ("regex: .*", () => Grammar.Regex(".*"), Prose + Prose),
        ("regex: words \\p{L}", () => Grammar.Regex(@"(\p{L}+[ ,.;\u2014\uff0c\u3002]{0,3})+"), Prose),
        ("regex: date and time", () => Grammar.Regex(@"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z"), "2024-11-24T12:30:59.123Z"),
        ("choices: 1000 names", () => Grammar.Choices(Enumerable.Range(0, 1000).Select(i => "name of number " + i)), "name of number 777"),
        ("gbnf: json", () => Grammar.Gbnf(Json), Person),
    ];

    // JSON as grammar files have it.
    private const string Json = """
        root   ::= object
        value  ::= object | array | string | number | ("true" | "false" | "null") ws
        object ::= "{" ws (string ":" ws value ("," ws string ":" ws value)*)? "}" ws
        array  ::= "[" ws (value ("," ws value)*)? "]" ws
        string ::= "\"" ([^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}))* "\"" ws
        number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws
        ws     ::= | " " | "\n" [ \t]{0,20}
        """;

    public static int Run(string[] args)
    {
        string? file = null, filter = null;
        for (int i = 0; i + 1 < args.Length; i += 2)
            if (args[i] == "--tokenizer") file = args[i + 1];
            else if (args[i] == "--case") filter = args[i + 1];
        if (file is null)
        {
            Console.Error.WriteLine("--tokenizer FILE: a tokenizer.json, or a folder with one");
            return 2;
        }
        Tokenizer tokenizer = Tokenizer.Load(file);
        long start = Stopwatch.GetTimestamp();
        _ = new TokenConstraint(Grammar.Choices(["a"]), tokenizer);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tokenizer.VocabularySize} tokens; vocabulary read once in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms"));
        Warm(tokenizer);
        Console.WriteLine($"{"case",-32}{"tokens",7}{"compile ms",11}   {"cold us p50",11}{"p99",8}{"mean",8}   {"warm us p50",11}{"p99",8}{"mean",8}{"share",8}   {"scores us",9}");
        foreach ((string name, Func<Grammar> make, string text) in Cases)
        {
            if (filter is not null && !name.Contains(filter, StringComparison.Ordinal)) continue;
            start = Stopwatch.GetTimestamp();
            TokenConstraint constraint = new(make(), tokenizer);
            double compile = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            int[] ids = tokenizer.Encode(text, SpecialTokens.None);
            double[] cold = Walk(constraint, ids);
            double[][] warm = [.. Enumerable.Range(0, 9).Select(_ => Walk(constraint, ids))];
            double[] best = [.. Enumerable.Range(0, ids.Length).Select(i => warm.Select(w => w[i]).Order().ElementAt(4))];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-32}{ids.Length,7}{compile,11:F1}   {At(cold, 0.5),11:F1}{At(cold, 0.99),8:F0}{cold.Average(),8:F1}   {At(best, 0.5),11:F1}{At(best, 0.99),8:F1}{best.Average(),8:F1}{best.Average() / Step / 1000,8:P2}   {Scores(constraint, ids),9:F1}"));
        }
        return 0;
    }

    // The code itself shall be compiled before anything is timed.
    private static void Warm(Tokenizer tokenizer)
    {
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < 3;)
            foreach ((_, Func<Grammar> make, string text) in Cases)
            {
                TokenConstraint constraint = new(make(), tokenizer);
                int[] ids = tokenizer.Encode(text, SpecialTokens.None);
                Walk(constraint, ids);
                Walk(constraint, ids);
            }
    }

    // Microseconds of each step: take a token, then find what may follow.
    private static double[] Walk(TokenConstraint constraint, int[] ids)
    {
        ConstraintState state = constraint.Start();
        ulong[] mask = new ulong[constraint.MaskWords];
        double[] times = new double[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            state.Mask(mask);
            if (!state.Accept(ids[i])) throw new InvalidOperationException($"token {i} of the text does not fit: '{constraint.Tokenizer.Decode(ids.AsSpan(0, i + 1))}'");
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }
        return times;
    }

    // Mean microseconds of a step with the scores of all tokens masked.
    private static double Scores(TokenConstraint constraint, int[] ids)
    {
        float[] scores = new float[constraint.Tokenizer.VocabularySize];
        double total = 0;
        for (int round = 0; round < 5; round++)
        {
            ConstraintState state = constraint.Start();
            foreach (int id in ids)
            {
                Array.Clear(scores);
                long start = Stopwatch.GetTimestamp();
                state.Apply(scores);
                state.Accept(id);
                total += Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }
        }
        return total / (5 * ids.Length);
    }

    private static double At(double[] times, double share) => times.Order().ElementAt((int)Math.Min(times.Length - 1, share * times.Length));
}
