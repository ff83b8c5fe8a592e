using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Bench;

/// <summary>Encoding speed beside other tokenizers.</summary>
internal static class TokenizerBench
{
    public static int Run(string[] args)
    {
        string[] families = ["gpt2", "cl100k", "o200k"];
        int rounds = 7;
        bool peer = true;
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--vocab") families = args[++i].Split(',');
            else if (args[i] == "--rounds") rounds = int.Parse(args[++i], CultureInfo.InvariantCulture);
            else if (args[i] == "--no-peer") peer = false;
            else if (args[i] == "--hard") return Hard(families);
        }
        string shared = FindShared();
        string folder = Directory.CreateTempSubdirectory("heed-bench").FullName;
        string[] lines = BenchText.Lines(Path.Combine(shared, "data"));
        long bytes = lines.Sum(l => (long)Encoding.UTF8.GetByteCount(l));
        Console.WriteLine($"{lines.Length} lines, {bytes} bytes");
        foreach (string family in families)
        {
            var heed = TokenizerContenders.Heed(family, Path.Combine(shared, "fixtures/tokenizers/vocab"), folder);
            List<(string, Func<string, int>)> all = [("Heed", t => heed.Encode(t, SpecialTokens.None).Length)];
            if (peer)
            {
                var ml = TokenizerContenders.Microsoft(family, Path.Combine(shared, "fixtures/tokenizers/vocab"), folder);
                all.Add(("Microsoft.ML.Tokenizers", t => ml.EncodeToIds(t).Count));
            }
            var times = all.Select(_ => new List<double>()).ToArray();
            for (int r = 0; r <= rounds; r++)
                for (int c = 0; c < all.Count; c++)
                {
                    long ids = 0;
                    long start = Stopwatch.GetTimestamp();
                    foreach (string line in lines) ids += all[c].Item2(line);
                    double mb = bytes / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e6;
                    if (r == 0) Console.WriteLine($"{family,-8} {all[c].Item1,-26} {ids} ids, cold {mb:F1} MB/s");
                    else times[c].Add(mb);
                }
            for (int c = 0; c < all.Count; c++) Console.WriteLine($"{family,-8} {all[c].Item1,-26} {times[c].Order().ElementAt(rounds / 2):F1} MB/s (best {times[c].Max():F1})");
        }
        return 0;
    }

    private static int Hard(string[] families)
    {
        string shared = FindShared();
        string folder = Directory.CreateTempSubdirectory("heed-bench").FullName;
        foreach (string family in families)
        {
            var heed = TokenizerContenders.Heed(family, Path.Combine(shared, "fixtures/tokenizers/vocab"), folder);
            foreach (int size in (int[])[500_000, 1_000_000, 2_500_000, 5_000_000])
                foreach ((string name, string text) in BenchText.Hard(size))
                {
                    long start = Stopwatch.GetTimestamp();
                    int ids = heed.Encode(text, SpecialTokens.None).Length;
                    Console.WriteLine($"{family,-8} {name,-20} {size,9} {ids,9} ids {Stopwatch.GetElapsedTime(start).TotalMilliseconds,9:F1} ms");
                }
        }
        return 0;
    }

    private static string FindShared()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "shared", "fixtures"))) return Path.Combine(folder.FullName, "shared");
        throw new InvalidOperationException("no shared");
    }
}
