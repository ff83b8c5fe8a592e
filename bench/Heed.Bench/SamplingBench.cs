using System.Diagnostics;
using System.Globalization;
using Heed.Generation;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Bench;

/// <summary>What the choice of one token costs, for each chain of filters.</summary>
internal static class SamplingBench
{
    private static readonly (string Name, SamplingOptions Options)[] Chains =
    [
        ("greedy", new() { Temperature = 0 }),
        ("temperature 0.8", new() { Temperature = 0.8f }),
        ("temperature 0.8, top-k 40", new() { Temperature = 0.8f, TopK = 40 }),
        ("temperature 0.8, top-p 0.95", new() { Temperature = 0.8f, TopP = 0.95f }),
        ("temperature 0.8, min-p 0.05", new() { Temperature = 0.8f, MinP = 0.05f }),
        ("temperature 0.8, top-k 40, top-p 0.95, min-p 0.05", new() { Temperature = 0.8f, TopK = 40, TopP = 0.95f, MinP = 0.05f }),
        ("the same, and penalties over 64 tokens", new() { Temperature = 0.8f, TopK = 40, TopP = 0.95f, MinP = 0.05f, RepetitionPenalty = 1.1f, FrequencyPenalty = 0.1f, PenaltyRange = 64 }),
        ("the same cuts, dry over 1,000 tokens", new() { Temperature = 0.8f, TopK = 40, TopP = 0.95f, MinP = 0.05f, Dry = new() { Multiplier = 0.8f } }),
        ("llama.cpp's order: top-k 40, typical 0.9, top-p 0.95, min-p 0.05, temperature", new() { Temperature = 0.8f, TopK = 40, TopP = 0.95f, MinP = 0.05f, Cutoffs = new() { Typical = 0.9f }, Filters = TokenFilters.Parse("dry,top-n-sigma,top-k,typical,top-p,min-p,xtc,temperature") }),
        ("dynamic temperature 0.5", new() { DynamicTemperature = new(0.5f) }),
        ("typical 0.9", new() { Cutoffs = new() { Typical = 0.9f } }),
        ("top-n-sigma 1", new() { Cutoffs = new() { TopNSigma = 1 } }),
        ("epsilon 0.0003, eta 0.0003", new() { Cutoffs = new() { Epsilon = 3e-4f, Eta = 3e-4f } }),
        ("xtc 0.5", new() { Xtc = new(0.5f) }),
        ("mirostat 1", new() { Mirostat = new() { Version = 1 } }),
        ("mirostat 2", new() { Mirostat = new() }),
    ];

    public static int Run(string[] args)
    {
        int vocabulary = 150_000, rounds = 200;
        for (int i = 0; i + 1 < args.Length; i += 2)
            switch (args[i])
            {
                case "--vocab": vocabulary = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
                case "--rounds": rounds = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
                case "--threads": WorkerTeam.Threads = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
                default: throw new ArgumentException($"unknown option {args[i]}");
            }
        // As of a language model: most tokens far below a few hundred that fall by Zipf's law; and for comparison normal logits, under which thousands are probable.
        float[] peaked = new float[vocabulary], flat = new float[vocabulary];
        new RandomSource(1).FillNormal(flat, 1);
        new RandomSource(2).FillNormal(peaked, 2);
        RandomSource random = new(3);
        for (int rank = 1; rank <= 300; rank++) peaked[random.Next(vocabulary)] = (float)(18 - 1.3 * Math.Log(rank));
        int[] text = [.. Enumerable.Range(0, 1000).Select(i => i * i % 977)];
        Console.WriteLine($"{vocabulary:N0} tokens, microseconds a choice (median of {rounds}): logits as of a language model | normal logits");
        foreach ((string name, SamplingOptions options) in Chains)
            Console.WriteLine($"{Time(options, peaked, text, rounds),8:N0} |{Time(options, flat, text, Math.Max(20, rounds / 10)),8:N0}   {name}");
        return 0;
    }

    private static double Time(SamplingOptions options, float[] logits, int[] text, int rounds)
    {
        Sampler sampler = new(options with { Seed = 1 }, logits.Length, text);
        List<double> times = [];
        for (int i = -10; i < rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            sampler.Next(logits);
            if (i >= 0) times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
        times.Sort();
        return times[times.Count / 2];
    }
}
