using System.Diagnostics;
using Heed.Generation;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;

namespace Heed.Bench;

/// <summary>
/// Translating with a model of the original Transformer's base shape and random weights: 64 sentences of 32 tokens into 32 tokens each, by batches
/// of 32 and one by one. A peer that a command starts runs in turn; it prints its tokens a second as the last number of its last line but one word.
/// </summary>
internal static class TranslationBench
{
    private const int Vocabulary = 32000, Length = 32;

    public static int Run(string[] args)
    {
        int threads = int.Parse(Argument("--threads", $"{Environment.ProcessorCount}")), rounds = int.Parse(Argument("--rounds", "3"));
        string peer = Argument("--peer", "");
        WorkerTeam.Threads = threads;
        Transformer model = new(Config(), seed: 1);
        model.Pack();
        Random random = new(1);
        int[][] sources = [.. Enumerable.Range(0, 64).Select(_ => (int[])[.. Enumerable.Range(0, Length).Select(_ => random.Next(10, Vocabulary))])];
        Console.WriteLine($"{threads} threads, tokens a second{(peer.Length > 0 ? $"; peer: {peer}" : "")}");
        Console.WriteLine($"{"beams, batch",-14}{"Heed",9}{"of peak",9}{"peer",9}{"Heed/peer",11}");
        foreach ((int beams, int batch, int count) in new[] { (1, 32, 64), (4, 32, 64), (1, 1, 12), (4, 1, 12) })
        {
            List<double> ours = [], theirs = [], peaks = [];
            for (int round = 0; round <= rounds; round++)
            {
                double peak = PeakProbe.Gflops(threads, 0.05), heed = Translate(model, sources[..count], beams, batch);
                double other = peer.Length > 0 ? Peer(peer, beams, batch, count) : double.NaN;
                if (round == 0) continue; // the JIT
                ours.Add(heed);
                theirs.Add(other);
                peaks.Add(peak);
            }
            Console.WriteLine($"{$"{beams}, {batch}",-14}{Median(ours),9:F0}{Operations(beams) * Median(ours) / Median(peaks) / 1e9,9:P0}{Median(theirs),9:F0}{Median(ours) / Median(theirs),11:F2}");
        }
        return 0;

        string Argument(string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : otherwise;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static double Translate(Transformer model, int[][] sources, int beams, int batch)
    {
        GenerationOptions options = new()
        {
            Sampling = new SamplingOptions { Temperature = 0, MaxTokens = Length, Rules = new TokenRules { MinNewTokens = Length } },
            Beams = new BeamOptions { Count = beams },
        };
        long start = Stopwatch.GetTimestamp();
        int tokens = 0;
        foreach (int[][] part in sources.Chunk(batch))
        {
            if (beams > 1) tokens += new BeamSearch(model).Run(part, options).Sum(found => found[0].Tokens.Count);
            else foreach (GeneratedToken[] step in new Generator(model).Write(part, options)) tokens += step.Count(t => t.Id >= 0);
        }
        return tokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // Of one token written: the decoder for each beam, and the encoder's and the cross-attention's share of a source token.
    private static double Operations(int beams)
    {
        const double width = 512, inner = 2048, layers = 6;
        double decoder = layers * (6 * width * width + 2 * width * inner) + width * Vocabulary, source = layers * (6 * width * width + 2 * width * inner);
        return 2 * (beams * decoder + source);
    }

    private static double Peer(string command, int beams, int batch, int count)
    {
        string[] words = [.. command.Split(' '), $"{beams}", $"{batch}", $"{count}"];
        using Process process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true }) ?? throw new InvalidOperationException($"{command} did not start");
        string[] answer = process.StandardOutput.ReadToEnd().Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return double.Parse(answer[^2], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static TransformerConfig Config()
    {
        StackConfig encoder = new()
        {
            Depth = 6,
            Width = 512,
            Heads = 8,
            Causal = false,
            Placement = Placement.Post,
            Embedding = new EmbeddingConfig(Scale: MathF.Sqrt(512)),
            Positions = new PositionConfig.Sinusoidal(512),
            Norm = new NormConfig.LayerNorm(1e-5f),
            FeedForward = new FeedForwardConfig(2048, ActivationKind.Relu),
        };
        return new TransformerConfig
        {
            ModelType = "marian",
            Vocabulary = Vocabulary,
            Context = 512,
            TieEmbeddings = true,
            Encoder = encoder,
            Decoder = encoder with { Causal = true, CrossAttention = true },
            EndTokens = [2],
            PadToken = 1,
            DecoderStartToken = 1,
        };
    }
}
