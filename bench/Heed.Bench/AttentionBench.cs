using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Heed.Kernels;

namespace Heed.Bench;

/// <summary>
/// Attention against the multiply-add peak of the same moment: every round times the peak and then each case, and the table shows the least
/// times against the greatest peak, which a busy machine disturbs least. "full" counts T x T scores (what a model FLOP count uses), "executed" those that a causal mask leaves visible.
/// </summary>
internal static class AttentionBench
{
    public static int Run(string[] args)
    {
        int rounds = args.Length > 0 ? int.Parse(args[0]) : 15;
        WorkerTeam.Threads = args.Length > 1 ? int.Parse(args[1]) : Environment.ProcessorCount;
        string filter = args.Length > 2 ? args[2] : "";

        string pass = args.Length > 3 ? args[3] : "";

        List<Case> cases =
        [
            new("B16 H6 T256 D64", 16, 6, 256, 256, 64, 0f),
            new("B1 H1 T256 D64", 1, 1, 256, 256, 64, 0f),
            new("B1 H6 T256 D64", 1, 6, 256, 256, 64, 0f),
            new("B4 H12 T256 D64", 4, 12, 256, 256, 64, 0f),
            new("B4 H12 T64 D64", 4, 12, 64, 64, 64, 0f),
            new("B12 H4 T64 D32", 12, 4, 64, 64, 32, 0f),
            new("B12 H4 T64 D32 dropout", 12, 4, 64, 64, 32, 0.2f),
            new("B1 H12 T1024 D64", 1, 12, 1024, 1024, 64, 0f),
            new("B1 H8 T1024 D128", 1, 8, 1024, 1024, 128, 0f),
            new("BERT B8 H12 T128 D64", 8, 12, 128, 128, 64, 0f, causal: false),
            new("BERT masked B8 H12 T128 D64", 8, 12, 128, 128, 64, 0f, causal: false, padding: 32),
            new("B1 H12 Tq1 Tk1024 D64", 1, 12, 1, 1024, 64, 0f),
            new("B1 H12 Tq1 Tk128 D64", 1, 12, 1, 128, 64, 0f),
        ];
        cases = cases.FindAll(c => c.Name.Contains(filter));
        double peak = 0;
        for (int i = 0; i < 40; i++) peak = PeakProbe.Gflops(WorkerTeam.Threads, 0.01);
        foreach (Case c in cases)
        {
            for (int i = 0; i < 4; i++)
            {
                c.Time(backward: false, 30_000_000);
                Thread.Sleep(20);
                if (c.HasBackward) c.Time(backward: true, 30_000_000);
                Thread.Sleep(20);
            }
        }
        List<double> peaks = [];
        foreach (int _ in Enumerable.Range(0, rounds))
        {
            foreach (Case c in cases)
            {
                peak = PeakProbe.Gflops(WorkerTeam.Threads, 0.01);
                double forward = pass != "backward" ? c.Time(backward: false, 4_000_000) : double.NaN;
                double backward = c.HasBackward && pass != "forward" ? c.Time(backward: true, 4_000_000) : double.NaN;
                peak = Math.Max(peak, PeakProbe.Gflops(WorkerTeam.Threads, 0.01));
                peaks.Add(peak);
                c.Add(forward, backward);
            }
        }
        Console.WriteLine($"{WorkerTeam.Threads} threads, {(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)} bits, peak {peaks.Max():F0} GFLOP/s");
        Console.WriteLine($"{"case",-28}{"forward us",11}{"GFLOP/s",9}{"full",7}{"executed",9}{"backward us",13}{"GFLOP/s",9}{"full",7}{"executed",9}");
        foreach (Case c in cases) Console.WriteLine(c.Line(peaks.Max()));
        return 0;
    }
}

internal sealed class Case(string name, int batch, int heads, int tq, int tk, int depth, float dropout, bool causal = true, int padding = 0)
{
    private double forward = double.MaxValue, backward = double.MaxValue;
    private readonly AttentionShape shape = new()
    {
        Batch = batch,
        Heads = heads,
        KeyValueHeads = heads,
        QueryLength = tq,
        KeyLength = tk,
        HeadDim = depth,
        QueryBatchStride = tq * 3 * heads * depth,
        QueryRowStride = 3 * heads * depth,
        KeyBatchStride = tk * 3 * heads * depth,
        KeyRowStride = 3 * heads * depth,
        ValueBatchStride = tk * 3 * heads * depth,
        ValueRowStride = 3 * heads * depth,
        OutputBatchStride = tq * heads * depth,
        OutputRowStride = heads * depth,
        Scale = 1f / MathF.Sqrt(depth),
        Causal = causal,
        MaskBatchStride = padding == 0 ? 0 : tk,
        Dropout = dropout,
        DropoutSeed = 1,
    };
    private readonly float[] qkv = Random(batch * tk * 3 * heads * depth), gradient = new float[batch * tk * 3 * heads * depth];
    private readonly float[] output = new float[batch * tq * heads * depth], lse = new float[batch * heads * tq], dOutput = Random(batch * tq * heads * depth);

    // Every other sequence has padding at its end.
    private readonly float[] mask = padding == 0 ? [] : [.. Enumerable.Range(0, batch * tk).Select(i => i / tk % 2 == 1 && i % tk >= tk - padding ? float.NegativeInfinity : 0f)];

    public string Name => name;
    public bool HasBackward => tq > 1;

    private static float[] Random(int count)
    {
        Random random = new(1);
        float[] x = new float[count];
        for (int i = 0; i < count; i++) x[i] = random.NextSingle() * 2 - 1;
        return x;
    }

    /// <summary>Seconds of one call: the least of as many calls as fit the time.</summary>
    public double Time(bool backward, long nanoseconds)
    {
        int w = heads * depth;
        double best = double.MaxValue;
        long start = Stopwatch.GetTimestamp();
        do
        {
            long t = Stopwatch.GetTimestamp();
            if (backward)
            {
                Attention.Backward(shape, qkv, qkv.AsSpan(w), qkv.AsSpan(2 * w), [], mask, output, lse, dOutput, gradient, gradient.AsSpan(w), gradient.AsSpan(2 * w), []);
            }
            else
            {
                Attention.Forward(shape, qkv, qkv.AsSpan(w), qkv.AsSpan(2 * w), [], mask, output, lse);
            }
            best = Math.Min(best, Stopwatch.GetElapsedTime(t).TotalSeconds);
        }
        while (Stopwatch.GetElapsedTime(start).TotalNanoseconds < nanoseconds);
        return best;
    }

    private double Flops(bool backward) => (backward ? 10.0 : 4.0) * batch * heads * tq * tk * depth;

    public void Add(double f, double b)
    {
        forward = Math.Min(forward, f);
        backward = Math.Min(backward, b);
    }

    public string Line(double peak)
    {
        double visible = 0;
        for (int i = 0; i < tq; i++) visible += causal ? tk - tq + i + 1 : tk - padding / 2.0;
        double share = visible / ((double)tq * tk);
        double f = forward, b = backward, fr = Flops(false) / f / 1e9 / peak, br = Flops(true) / b / 1e9 / peak;
        return $"{name,-28}{f * 1e6,11:F1}{Flops(false) / f / 1e9,9:F1}{fr,7:P0}{fr * share,9:P0}" +
            (HasBackward ? $"{b * 1e6,13:F1}{Flops(true) / b / 1e9,9:F1}{br,7:P0}{br * share,9:P0}" : "");
    }
}
