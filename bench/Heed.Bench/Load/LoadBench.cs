using System.Diagnostics;
using System.Globalization;
using Heed.Generation;
using Heed.Models;
using Heed.Server;
using Microsoft.AspNetCore.Builder;

namespace Heed.Bench.Load;

/// <summary>A server under many streaming clients that go away at random: whether every answer is the right one, how soon and how fairly they come, and whether memory stays flat.</summary>
internal static class LoadBench
{
    public static int Run(string[] args)
    {
        string model = "poems-zh";
        int seconds = 120, clients = 64, parallel = 16, prompts = 32, tokens = 48;
        for (int i = 0; i + 1 < args.Length; i += 2)
            switch (args[i])
            {
                case "--model": model = args[i + 1]; break;
                case "--seconds": seconds = Number(args[i + 1]); break;
                case "--clients": clients = Number(args[i + 1]); break;
                case "--parallel": parallel = Number(args[i + 1]); break;
                case "--prompts": prompts = Number(args[i + 1]); break;
                case "--tokens": tokens = Number(args[i + 1]); break;
                default: throw new ArgumentException($"unknown option {args[i]}");
            }
        return Run(ModelCatalog.Find(model) ?? model, TimeSpan.FromSeconds(seconds), clients, parallel, prompts, tokens).GetAwaiter().GetResult();
    }

    private static async Task<int> Run(string path, TimeSpan time, int clients, int parallel, int count, int tokens)
    {
        ModelSource source = ModelSource.Read(path, "model");
        LoadPrompt[] prompts = Prompts(path, count, tokens);
        await using WebApplication server = HeedServer.Build(new ServerOptions { Models = [source], Port = 0, Parallel = parallel, QueueLimit = 4 * clients });
        await server.StartAsync();
        Uri url = new(server.Urls.Single());
        Console.WriteLine($"{clients} clients, {parallel} texts at a time, {prompts.Length} prompts of which each has its answer, {time.TotalSeconds:F0} s; {Environment.ProcessorCount} processors, which clients and server share");
        await new LoadRun(url, "model", prompts, clients).Run(TimeSpan.FromSeconds(5), seed: 1); // the JIT compiles in several rounds
        Show("memory at the start", Memory());
        long before = await Written(url), start = Stopwatch.GetTimestamp();
        Task<LoadResult> running = new LoadRun(url, "model", prompts, clients).Run(time, seed: 1000);
        await Task.Delay(time / 2);
        Show("memory in the middle, under load", Memory());
        LoadResult result = await running;
        double took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Show("memory at the end", Memory());
        string metrics = await Metrics(url);
        long written = Value(metrics, "heed_server_tokens_total", "output") - before;
        CultureInfo c = CultureInfo.InvariantCulture;
        Console.WriteLine(string.Create(c, $"{result.Answers} whole answers, {result.Left} left in the middle, {result.Wrong.Count} wrong, {result.Lost.Count} lost"));
        foreach (string what in result.Wrong.Concat(result.Lost).Take(5)) Console.WriteLine($"  {what}");
        Console.WriteLine(string.Create(c, $"{written / took:F0} tokens/s written, {(result.Answers + result.Left) / took:F1} requests/s"));
        Console.WriteLine(string.Create(c, $"time to first token: p50 {1000 * result.FirstPieceAt(0.5):F0} ms, p95 {1000 * result.FirstPieceAt(0.95):F0} ms, p99 {1000 * result.FirstPieceAt(0.99):F0} ms"));
        Console.WriteLine(string.Create(c, $"fairness (Jain): {result.Fairness:F4}; pieces of a client: {result.Pieces.Min()} to {result.Pieces.Max()}, mean {result.Pieces.Average():F0}"));
        Console.WriteLine($"texts at work afterwards: {Value(metrics, "heed_engine_sequences", "running")}, waiting: {Value(metrics, "heed_engine_sequences", "waiting")}");
        return result.Wrong.Count + result.Lost.Count == 0 ? 0 : 1;
    }

    private static LoadPrompt[] Prompts(string path, int count, int tokens)
    {
        LanguageModel alone = LanguageModel.Load(path);
        SamplingOptions own = alone.Folder is { } folder ? GenerationConfig.Load(folder).Sampling : new SamplingOptions();
        if (own.Temperature == 0) own = new SamplingOptions();
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            string text = string.Concat(Enumerable.Range(0, 2 + i % 4).Select(j => alone.Tokenizer.Decode([100 + 37 * i + 11 * j])));
            int most = tokens / 2 + i * tokens / (2 * count);
            return new LoadPrompt(text, i, most, alone.Complete(text, own with { Seed = (ulong)i, MaxTokens = most }));
        })];
    }

    private static (double Heap, double Resident) Memory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using Process process = Process.GetCurrentProcess();
        return (GC.GetTotalMemory(forceFullCollection: true) / 1e6, process.WorkingSet64 / 1e6);
    }

    private static void Show(string when, (double Heap, double Resident) memory) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{when}: {memory.Heap:F1} MB on the heap after a full collection, {memory.Resident:F0} MB resident"));

    private static async Task<string> Metrics(Uri url)
    {
        using HttpClient http = new() { BaseAddress = url };
        return await http.GetStringAsync("/metrics");
    }

    private static async Task<long> Written(Uri url) => Value(await Metrics(url), "heed_server_tokens_total", "output");

    private static long Value(string metrics, string name, string label) =>
        metrics.Split('\n').Where(l => l.StartsWith(name + "{", StringComparison.Ordinal) && l.Contains($"\"{label}\"", StringComparison.Ordinal)).Sum(l => long.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
