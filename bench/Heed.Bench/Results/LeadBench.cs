using System.Globalization;
using Heed.Data.Records;
using Heed.Metrics;

namespace Heed.Bench.Results;

/// <summary>ROUGE of the plainest summary of all: the first words of the text.</summary>
internal static class LeadBench
{
    public static int Run(string[] args)
    {
        string data = "data/ag_news/test.jsonl.gz", text = "description", target = "title";
        int words = 10;
        for (int i = 0; i + 1 < args.Length; i += 2)
            switch (args[i])
            {
                case "--data": data = args[i + 1]; break;
                case "--text": text = args[i + 1]; break;
                case "--target": target = args[i + 1]; break;
                case "--words": words = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
                default: throw new ArgumentException($"unknown option {args[i]}");
            }
        RecordText source = new(text), wanted = new(target);
        (string Lead, string Title)[] records = [.. RecordFile.Read(data).Select(r => (source.Of(r), wanted.Of(r))).Where(r => r.Item1.Length > 0 && r.Item2.Length > 0).Select(r => (string.Join(' ', r.Item1.Split(' ').Take(words)), r.Item2))];
        RougeResult rouge = Rouge.Corpus([.. records.Select(r => r.Lead)], [.. records.Select(r => r.Title)]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the first {words} words: ROUGE-1 {100 * rouge.Rouge1.F:F2}   ROUGE-2 {100 * rouge.Rouge2.F:F2}   ROUGE-L {100 * rouge.RougeL.F:F2}   ({records.Length} texts)"));
        return 0;
    }
}
