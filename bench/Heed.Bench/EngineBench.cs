using System.Diagnostics;
using Heed.Generation;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;

namespace Heed.Bench;

/// <summary>
/// Several requests at once through one engine, in tokens a second of all together, beside one request alone (with random weights, too: the text does not
/// matter to the time); and one long text in bounded memory.
/// </summary>
internal static class EngineBench
{
    public static int Run(string[] args)
    {
        int threads = int.Parse(Argument("--threads", $"{Environment.ProcessorCount}")), rounds = int.Parse(Argument("--rounds", "3"));
        int requests = int.Parse(Argument("--requests", "8")), prompt = int.Parse(Argument("--prompt", "16")), tokens = int.Parse(Argument("--tokens", "128"));
        WorkerTeam.Threads = threads;
        BlockType type = Enum.Parse<BlockType>(Argument("--cache-type", "F32"), ignoreCase: true);
        if (args.Contains("--long")) return Long(int.Parse(Argument("--tokens", "32768")), new PageOptions { Type = type, Window = int.Parse(Argument("--window", "0")), Sinks = int.Parse(Argument("--sinks", "0")) });
        Console.WriteLine($"{threads} threads; prompts of {prompt} tokens, {tokens} new ones; cache in {type}; tokens a second");
        Console.WriteLine($"{"model",-16}{"generator",11}{"engine, 1",11}{$"engine, {requests}",11}{"ratio",8}{"first token ms",16}");
        foreach (string shape in Argument("--shape", "stories-15m,gpt2").Split(','))
        {
            Transformer model = File.Exists(shape) || Directory.Exists(shape) ? ModelFolder.Open(shape) : new(Config(shape), seed: 1);
            if (args.Contains("--pack")) model.Pack();
            List<double> plain = [], one = [], many = [], first = [];
            for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < 2;) // the JIT compiles in several rounds
            {
                Generator(model, prompt, 16);
                Engine(model, requests, prompt, 16, type);
            }
            for (int round = 0; round < rounds; round++)
            {
                double a = Generator(model, prompt, tokens);
                (double b, _) = Engine(model, 1, prompt, tokens, type);
                (double c, double wait) = Engine(model, requests, prompt, tokens, type);
                plain.Add(a);
                one.Add(b);
                many.Add(c);
                first.Add(wait);
            }
            Console.WriteLine($"{Path.GetFileNameWithoutExtension(shape),-16}{Median(plain),11:F1}{Median(one),11:F1}{Median(many),11:F1}{Median(many) / Median(one),8:F2}{Median(first),16:F1}");
        }
        return 0;

        string Argument(string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : otherwise;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static GenerationOptions Greedy(int tokens) => new() { Sampling = new SamplingOptions { Temperature = 0, MaxTokens = tokens, StopAtEnd = false } };

    private static int[] Prompt(Transformer model, int length, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(model.Config.Vocabulary))];
    }

    private static double Generator(Transformer model, int prompt, int tokens)
    {
        long start = Stopwatch.GetTimestamp();
        int count = new Generator(model).Write([Prompt(model, prompt, 0)], Greedy(tokens)).Count();
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static (double Speed, double First) Engine(Transformer model, int requests, int prompt, int tokens, BlockType type)
    {
        using Engine engine = new(model, new EngineOptions { Cache = new PageOptions { Type = type } });
        long start = Stopwatch.GetTimestamp();
        int count = Task.WhenAll(Enumerable.Range(0, requests).Select(async i =>
        {
            int own = 0;
            await foreach (GeneratedToken _ in engine.Submit(new GenerationRequest { Prompt = Prompt(model, prompt, i), Options = Greedy(tokens) }).Tokens) own++;
            return own;
        })).GetAwaiter().GetResult().Sum();
        return (count / Stopwatch.GetElapsedTime(start).TotalSeconds, engine.Statistics.MeanTimeToFirstToken.TotalMilliseconds);
    }

    // A prompt of all but the last 128 tokens, read in pieces; what the process takes is the model, the pages, and the work of one piece.
    private static int Long(int tokens, PageOptions cache)
    {
        TransformerConfig config = Config("stories-15m") with { Context = tokens };
        Transformer model = new(config with { Decoder = config.Decoder! with { Positions = new PositionConfig.Rotary(10000, tokens) } }, seed: 1);
        using Engine engine = new(model, new EngineOptions { ReusePrefixes = false, Cache = cache });
        long start = Stopwatch.GetTimestamp(), before = 0, peak = 0;
        int most = 0;
        GenerationHandle handle = engine.Submit(new GenerationRequest { Prompt = Prompt(model, tokens - 128, 1), Options = Greedy(128) });
        while (!handle.Tokens.IsCompleted)
        {
            Thread.Sleep(20);
            most = Math.Max(most, engine.Statistics.PagesInUse);
            using Process self = Process.GetCurrentProcess();
            if (before == 0 && engine.Statistics.TokensRead > 2048) before = self.WorkingSet64;
            peak = Math.Max(peak, self.WorkingSet64);
        }
        double read = handle.Tokens.TimeToFirstToken!.Value.TotalSeconds, wrote = Stopwatch.GetElapsedTime(start).TotalSeconds - read;
        Console.WriteLine($"{tokens} tokens, {cache.Type}, {(cache.Window == 0 ? "no window" : $"window {cache.Window}, {cache.Sinks} sinks")}: {(tokens - 128) / read:F0} read and {127 / wrote:F1} written a second");
        Console.WriteLine($"{most} pages at most, {engine.Statistics.CacheBytes >> 20} MB of cache; the process had {before >> 20} MB after 2048 tokens, {peak >> 20} MB at most");
        return 0;
    }

    private static TransformerConfig Config(string shape)
    {
        StackConfig gpt2 = new()
        {
            Depth = 12,
            Width = 768,
            Heads = 12,
            Positions = new PositionConfig.Learned(1024),
            Norm = new NormConfig.LayerNorm(1e-5f),
            FeedForward = new FeedForwardConfig(3072, ActivationKind.GeluTanh),
        };
        StackConfig stories = gpt2 with
        {
            Depth = 6,
            Width = 288,
            Heads = 6,
            Positions = new PositionConfig.Rotary(10000, 1024),
            Norm = new NormConfig.RmsNorm(1e-5f),
            FeedForward = new FeedForwardConfig(768, ActivationKind.Silu, Gated: true, Bias: false),
            QueryKeyValueBias = false,
            OutputBias = false,
        };
        StackConfig qwen = stories with
        {
            Depth = 24,
            Width = 896,
            Heads = 14,
            KeyValueHeads = 2,
            Positions = new PositionConfig.Rotary(1000000, 1024),
            FeedForward = new FeedForwardConfig(4864, ActivationKind.Silu, Gated: true, Bias: false),
            QueryKeyValueBias = true,
        };
        return shape switch
        {
            "gpt2" => new TransformerConfig { ModelType = "gpt2", Vocabulary = 50257, Context = 1024, Decoder = gpt2 },
            "stories-15m" => new TransformerConfig { ModelType = "llama", Vocabulary = 32000, Context = 1024, Decoder = stories },
            "qwen-0.5b" => new TransformerConfig { ModelType = "qwen2", Vocabulary = 151936, Context = 1024, Decoder = qwen },
            _ => throw new ArgumentException($"unknown shape {shape}: gpt2, stories-15m or qwen-0.5b"),
        };
    }
}
