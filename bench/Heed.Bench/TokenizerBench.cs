using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Bench;

/// <summary>
/// Speed of encoding beside other tokenizers over the same vocabularies and lines. In every round each takes one pass over the text;
/// the first round is the cold one, and of the others the median counts. Ratios are taken between medians of the same run.
/// </summary>
internal static class TokenizerBench
{
    private const string Batch = "Heed, batch";

    private sealed record Options(string[] Families, int Rounds, int[] Threads, bool Json, bool Hard, string Shared, string Python, string? HuggingFace, bool Alone);

    public static int Run(string[] args)
    {
        if (Parse(args) is not { } options) return 2;
        string scratch = Directory.CreateTempSubdirectory("heed-bench").FullName;
        try
        {
            var files = new TokenizerFiles(Path.Combine(options.Shared, "fixtures/tokenizers/vocab"), scratch);
            if (options.Hard)
            {
                foreach (string family in options.Families) RunHard(family, files.Heed(family), options);
                return 0;
            }
            string[] lines = BenchText.Lines(Path.Combine(options.Shared, "data"));
            string text = Path.Combine(scratch, "lines.txt");
            File.WriteAllText(text, string.Join('\n', lines));
            long bytes = lines.Sum(line => (long)Encoding.UTF8.GetByteCount(line));
            if (!options.Json)
            {
                Console.WriteLine($"{lines.Length} lines, {bytes} bytes; MB/s, {options.Rounds} rounds");
                Console.WriteLine($"{"vocabulary",-13} {"tokenizer",-25} {"threads",7} {"ids",10} {"cold",7} {"median",7} {"best",7} {"Heed is",9}");
            }
            foreach (string family in options.Families) RunFamily(family, files, lines, text, bytes, options);
            return 0;
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static Options? Parse(string[] args)
    {
        string? shared = null, huggingFace = null;
        string python = "python3";
        string[] families = ["gpt2", "cl100k", "o200k"];
        int rounds = 7;
        int[] threads = [1, 2];
        bool json = false, hard = false, alone = false;
        for (int i = 0; i < args.Length; i++)
            switch (args[i])
            {
                case "--json":
                    json = true;
                    break;
                case "--hard":
                    hard = true;
                    break;
                case "--alone":
                    alone = true;
                    break;
                case "--vocab" when i + 1 < args.Length:
                    families = args[++i].Split(',');
                    break;
                case "--rounds" when i + 1 < args.Length:
                    rounds = int.Parse(args[++i], CultureInfo.InvariantCulture);
                    break;
                case "--threads" when i + 1 < args.Length:
                    threads = [.. args[++i].Split(',').Select(n => int.Parse(n, CultureInfo.InvariantCulture))];
                    break;
                case "--shared" when i + 1 < args.Length:
                    shared = args[++i];
                    break;
                case "--python" when i + 1 < args.Length:
                    python = args[++i];
                    break;
                case "--huggingface" when i + 1 < args.Length:
                    huggingFace = args[++i];
                    break;
                default:
                    Console.Error.WriteLine($"Unknown option {args[i]}, or its value is missing.");
                    return null;
            }
        shared ??= Above("shared/data");
        if (shared is null)
        {
            Console.Error.WriteLine("The texts and vocabularies (shared/data, shared/fixtures) are not above this folder; say where with --shared.");
            return null;
        }
        return new(families, rounds, threads, json, hard, shared, python, huggingFace, alone);
    }

    private static string? Above(string relative)
    {
        for (var folder = new DirectoryInfo(Directory.GetCurrentDirectory()); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, relative)))
                return Path.Combine(folder.FullName, "shared");
        return null;
    }

    private static void RunFamily(string family, TokenizerFiles files, string[] lines, string text, long bytes, Options options)
    {
        Tokenizer heed = files.Heed(family);
        var peers = new List<ProcessPeer>();
        var contenders = new List<TokenizerContender>();
        contenders.Add(new("Heed", 1, () => Timed(() => lines.Sum(line => (long)heed.Encode(line, SpecialTokens.None).Length))));
        foreach (int threads in options.Threads)
            contenders.Add(new(Batch, threads, () => Timed(() => heed.EncodeBatch(lines, SpecialTokens.None, threads).Sum(ids => (long)ids.Length))));
        if (!options.Alone)
        {
            if (files.Microsoft(family) is { } microsoft)
                contenders.Add(new("Microsoft.ML.Tokenizers", 1, () => Timed(() => lines.Sum(line => (long)microsoft.EncodeToIds(line).Count))));
            string script = Path.Combine(AppContext.BaseDirectory, "../../../../peers");
            if (family is "llama2" or "t5")
                Add("sentencepiece", new ProcessPeer(options.Python, Path.Combine(script, "sentencepiece_encode.py"), files.Unpacked(family, family == "t5" ? "spiece.model" : "tokenizer.model"), text));
            if (options.HuggingFace is not null && files.Has(family, "tokenizer.json"))
                Add("Hugging Face (Rust)", new ProcessPeer("node", Path.Combine(script, "huggingface_encode.mjs"), options.HuggingFace, files.Unpacked(family, "tokenizer.json"), text));
        }
        void Add(string name, ProcessPeer peer)
        {
            peers.Add(peer);
            contenders.Add(new(name, 1, peer.Pass));
        }

        List<double>[] rates = [.. contenders.Select(_ => new List<double>())];
        long[] ids = new long[contenders.Count];
        for (int round = 0; round <= options.Rounds; round++)
            for (int i = 0; i < contenders.Count; i++)
            {
                (double seconds, ids[i]) = contenders[i].Pass();
                rates[i].Add(bytes / seconds / 1e6);
            }
        foreach (ProcessPeer peer in peers) peer.Dispose();
        double batch = contenders.FindIndex(c => c is { Name: Batch, Threads: 1 }) is int one and >= 0 ? Median(rates[one]) : double.NaN;
        for (int i = 0; i < contenders.Count; i++)
            Report(family, contenders[i], ids[i], rates[i], Median(rates[0]), batch, options.Json);
    }

    private static (double, long) Timed(Func<long> pass)
    {
        long start = Stopwatch.GetTimestamp();
        long ids = pass();
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, ids);
    }

    /// <summary>The median of the rounds after the first.</summary>
    private static double Median(List<double> rates) => rates.Skip(1).Order().ElementAt((rates.Count - 1) / 2);

    /// <summary>A peer's ratio is Heed's speed over its own; that of a batch over threads is its speed over a batch on one.</summary>
    private static void Report(string family, TokenizerContender contender, long ids, List<double> rates, double heed, double batch, bool json)
    {
        double median = Median(rates), best = rates.Skip(1).Max();
        double? ratio = contender switch
        {
            { Name: Batch, Threads: > 1 } => double.IsNaN(batch) ? null : median / batch,
            { Name: "Heed" or Batch } => null,
            _ => heed / median,
        };
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                vocabulary = family,
                tokenizer = contender.Name,
                threads = contender.Threads,
                ids,
                cold = Math.Round(rates[0], 2),
                median = Math.Round(median, 2),
                best = Math.Round(best, 2),
                ratio = ratio is { } r ? Math.Round(r, 3) : (double?)null,
            }));
        else
        {
            string shown = ratio is not { } r ? "" : contender.Name == Batch ? $"{r:F2} of 1" : $"{r:F2}x";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{family,-13} {contender.Name,-25} {contender.Threads,7} {ids,10} {rates[0],7:F1} {median,7:F1} {best,7:F1} {shown,9}"));
        }
    }

    /// <summary>Worst cases: the time must grow no faster than n log n from 0.5 to 5 MB.</summary>
    private static void RunHard(string family, Tokenizer heed, Options options)
    {
        int[] sizes = [500_000, 1_000_000, 2_000_000, 5_000_000];
        foreach ((string _, string warm) in BenchText.Hard(100_000)) heed.Encode(warm, SpecialTokens.None);
        if (!options.Json) Console.WriteLine($"{"vocabulary",-13} {"one line of",-20} {string.Join(' ', sizes.Select(s => $"{s / 1e6,7:F1} MB"))}  {"ns a byte at 5 MB",18}");
        foreach ((string name, string _) in BenchText.Hard(1))
        {
            double[] milliseconds = new double[sizes.Length];
            for (int i = 0; i < sizes.Length; i++)
            {
                string text = BenchText.Hard(sizes[i]).First(t => t.Name == name).Text;
                var times = new List<double>();
                for (int round = 0; round < 3; round++) times.Add(Timed(() => heed.Encode(text, SpecialTokens.None).Length).Item1);
                milliseconds[i] = 1000 * times.Order().ElementAt(1);
            }
            if (options.Json) Console.WriteLine(JsonSerializer.Serialize(new { vocabulary = family, text = name, sizes, milliseconds = milliseconds.Select(m => Math.Round(m, 1)) }));
            else
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{family,-13} {name,-20} {string.Join(' ', milliseconds.Select(m => $"{m.ToString("F0", CultureInfo.InvariantCulture),7} ms"))}  {milliseconds[^1] / 5,18:F0}"));
        }
    }
}
