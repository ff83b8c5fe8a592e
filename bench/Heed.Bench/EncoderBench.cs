using System.Diagnostics;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Tensor = Heed.Tensors.Tensor;

namespace Heed.Bench;

/// <summary>The forward pass of an encoder of BERT-base's shape, in turn with ONNX Runtime on a graph of the same weights, against the multiply-add peak of the same minutes.</summary>
internal static class EncoderBench
{
    private const int Vocabulary = 30522;

    public static int Run(string[] args)
    {
        int threads = int.Parse(Argument("--threads", $"{Environment.ProcessorCount}")), rounds = int.Parse(Argument("--rounds", "9"));
        string folder = Argument("--folder", Path.Combine(Path.GetTempPath(), "heed-bench-bert"));
        WorkerTeam.Threads = threads;
        Transformer model = Model(folder);
        InferenceSession? peer = Peer(folder, Argument("--python", "python3"), threads);
        Console.WriteLine($"{threads} threads; {(peer is null ? "ONNX Runtime: no graph, left out" : "ONNX Runtime " + typeof(InferenceSession).Assembly.GetName().Version)}");
        Console.WriteLine($"{"batch x tokens",-16}{"Heed ms",9}{"of peak",9}{"ONNX ms",9}{"of peak",9}{"ONNX/Heed",11}{"difference",12}");
        foreach ((int batch, int tokens) in new[] { (8, 128), (1, 128), (1, 16), (32, 32) })
        {
            Random random = new(1);
            int[] ids = [.. Enumerable.Range(0, batch * tokens).Select(_ => random.Next(Vocabulary))];
            List<double> ours = [], theirs = [], peaks = [];
            float[] expected = [], given = [];
            for (int i = 0; i < rounds + 2; i++)
            {
                double peak = PeakProbe.Gflops(threads, 0.02);
                Stopwatch watch = Stopwatch.StartNew();
                given = Forward(model, ids, batch, tokens);
                double heed = watch.Elapsed.TotalMilliseconds;
                Thread.Sleep(30); // spinning workers of one side must not disturb the other
                watch.Restart();
                if (peer is not null) expected = Forward(peer, ids, batch, tokens);
                double onnx = watch.Elapsed.TotalMilliseconds;
                Thread.Sleep(30);
                if (i < 2) continue; // the JIT and the caches warm up
                ours.Add(heed);
                theirs.Add(onnx);
                peaks.Add(peak);
            }
            double flops = ModelCost.ForwardOperations(model.Config, tokens) * batch * tokens, limit = flops / Median(peaks) / 1e6;
            double difference = given.Zip(expected, (a, b) => (double)Math.Abs(a - b)).DefaultIfEmpty(double.NaN).Max();
            Console.WriteLine($"{$"{batch} x {tokens}",-16}{Median(ours),9:F1}{limit / Median(ours),9:P0}{Median(theirs),9:F1}{(peer is null ? double.NaN : limit / Median(theirs)),9:P0}{Median(theirs) / Median(ours),11:F2}{difference,12:E1}");
        }
        return 0;

        string Argument(string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : otherwise;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static Transformer Model(string folder)
    {
        if (File.Exists(Path.Combine(folder, "model.safetensors"))) return ModelFolder.Load(folder);
        Transformer model = new(new TransformerConfig
        {
            ModelType = "bert",
            Vocabulary = Vocabulary,
            Context = 512,
            Head = new HeadConfig { Kind = HeadKind.None },
            PadToken = 0,
            Encoder = new StackConfig
            {
                Depth = 12,
                Width = 768,
                Heads = 12,
                Causal = false,
                Placement = Placement.Post,
                Embedding = new EmbeddingConfig(Norm: true, TokenTypes: 2),
                Positions = new PositionConfig.Learned(512),
                Norm = new NormConfig.LayerNorm(1e-12f),
                FeedForward = new FeedForwardConfig(3072, ActivationKind.Gelu),
            },
        }, seed: 1);
        ModelFolder.Save(model, folder);
        return model;
    }

    private static float[] Forward(Transformer model, int[] ids, int batch, int tokens)
    {
        using MemoryScope scope = new();
        return model.Hidden(Tensor.From(new Shape(batch, tokens), ids)).ToArray();
    }

    private static InferenceSession? Peer(string folder, string python, int threads)
    {
        string graph = Path.Combine(folder, "model.onnx");
        if (!File.Exists(graph))
        {
            string script = Path.Combine("bench", "peers", "export_bert.py");
            string[] command = [.. python.Split(' '), script, folder, graph];
            using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true }) ?? throw new InvalidOperationException($"{python} did not start");
            process.WaitForExit();
            if (process.ExitCode != 0 || !File.Exists(graph)) return null;
        }
        return new InferenceSession(graph, new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL });
    }

    private static float[] Forward(InferenceSession session, int[] ids, int batch, int tokens)
    {
        int[] shape = [batch, tokens];
        DenseTensor<long> input = new(ids.Select(id => (long)id).ToArray(), shape), mask = new(Enumerable.Repeat(1L, ids.Length).ToArray(), shape);
        using var outputs = session.Run([NamedOnnxValue.CreateFromTensor("input_ids", input), NamedOnnxValue.CreateFromTensor("attention_mask", mask)]);
        return [.. outputs[0].AsTensor<float>()];
    }
}
