using System.Diagnostics;
using System.Globalization;
using Heed.Autograd;
using Heed.Kernels;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Bench;

/// <summary>
/// One recurrent layer, forward and forward + backward, beside PyTorch's: per round every contender runs once, in turn, after a pause in which
/// the other's threads fall asleep; the median over the rounds counts. Operations are those of the matrix products: 2 (inputs + width) gates · width
/// for each token forward, twice as many backward.
/// </summary>
internal static class RecurrentBench
{
    public static int Run(string[] args)
    {
        int rounds = 9, threads = Environment.ProcessorCount, steps = 64;
        string? python = null;
        bool given = false;
        List<RecurrentKind> kinds = [RecurrentKind.Lstm, RecurrentKind.Gru, RecurrentKind.RnnTanh];
        List<(int Batch, int Width)> shapes = [(32, 256), (64, 256), (32, 512), (64, 512)];
        for (int i = 0; i < args.Length; i++)
        {
            if (i + 1 == args.Length) return Fail($"Unknown option {args[i]}, or its value is missing.");
            switch (args[i])
            {
                case "--rounds": rounds = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
                case "--threads": threads = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
                case "--steps": steps = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
                case "--python": python = args[++i]; break;
                case "--kind": kinds = [Enum.Parse<RecurrentKind>(args[++i], ignoreCase: true)]; break;
                case "--shape":
                    int[] s = [.. args[++i].Split('x').Select(int.Parse)];
                    if (!given) shapes.Clear();
                    given = true;
                    shapes.Add((s[0], s[1]));
                    break;
                default: return Fail($"Unknown option {args[i]}.");
            }
        }
        WorkerTeam.Threads = threads;
        double peak = 0;
        for (int i = 0; i < 10; i++) peak = Math.Max(peak, PeakProbe.Gflops(threads, 0.02));
        Console.WriteLine($"{threads} threads, peak {peak:F0} GFLOP/s, {steps} steps");
        Console.WriteLine($"{"kind",-8} {"batch x width",-14} {"pass",-8} {"ms",8} {"GFLOP/s",8} {"of peak",8} {"PyTorch ms",10} {"ratio",6}");
        foreach (RecurrentKind kind in kinds)
            foreach ((int batch, int width) in shapes)
                foreach (string mode in (string[])["forward", "train"])
                    Report(kind, batch, steps, width, threads, mode, rounds, peak, python);
        return 0;
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }

    private static void Report(RecurrentKind kind, int batch, int steps, int width, int threads, string mode, int rounds, double peak, string? python)
    {
        WeightScope weights = new(1);
        Layers.Recurrent stack = new(weights, new RecurrentConfig { Kind = kind, Inputs = width, Width = width });
        // A parameter, so that its gradient is computed too.
        Tensor x = Tensor.Persistent(new Shape(batch, steps, width), isParameter: true), dy = Tensor.Persistent(new Shape(batch, steps, width));
        new RandomSource(2).FillNormal(x.Span, 1);
        new RandomSource(3).FillNormal(dy.Span, 1);
        using ProcessPeer? peer = python is null ? null : Peer(python, [kind.ToString(), $"{batch}", $"{steps}", $"{width}", $"{width}", $"{threads}", mode]);
        for (int i = 0; i < 5; i++) Pass();
        List<double> own = [], other = [];
        for (int round = 0; round < rounds; round++)
        {
            Thread.Sleep(20);
            Pass(); // wakes the team, as the peer's first product does
            long start = Stopwatch.GetTimestamp();
            Pass();
            own.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            if (peer is null) continue;
            Thread.Sleep(20);
            peer.Pass();
            other.Add(peer.Pass().Seconds);
        }
        double seconds = Median(own), flops = 4.0 * width * new RecurrentShape(kind, 0, 0, 0).Gates * width * batch * steps * (mode == "train" ? 3 : 1);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kind,-8} {$"{batch} x {width}",-14} {mode,-8} {seconds * 1e3,8:F2} {flops / seconds * 1e-9,8:F1} {flops / seconds * 1e-9 / peak,8:P1} {(peer is null ? double.NaN : Median(other) * 1e3),10:F2} {(peer is null ? double.NaN : Median(other) / seconds),5:F2}x"));

        void Pass()
        {
            using MemoryScope scope = new();
            if (mode == "forward")
            {
                stack.Forward(x);
                return;
            }
            using Tape tape = new();
            x.ClearGradient();
            foreach ((_, Tensor weight) in weights.Weights) weight.ClearGradient();
            tape.Backward(stack.Forward(x).Output, dy);
        }
    }

    /// <summary>The script goes to Python as text, so that <paramref name="python"/> may be a command that enters a container.</summary>
    private static ProcessPeer Peer(string python, string[] arguments)
    {
        string[] command = python.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string script = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "../../../../peers", "torch_recurrent.py"));
        return new ProcessPeer(command[0], [.. command[1..], "-c", script, .. arguments]);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
