using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Heed.Kernels;

namespace Heed.Bench;

/// <summary>
/// float32 products of the shapes that Transformers use. Per round every contender runs once more, in turn, after a pause in which the
/// others' threads fall asleep; the median over the rounds counts, and ratios are taken between medians of the same run.
/// </summary>
internal static unsafe class GemmBench
{
    private static readonly (int M, int N, int K, string Forms)[] Shapes =
    [
        (1024, 1024, 1024, "nn nt tn"), (2048, 2048, 2048, "nn nt tn"),
        (512, 1536, 384, "nn nt tn"), (256, 3072, 768, "nn nt tn"), (256, 768, 3072, "nn nt tn"),
        (4096, 1536, 384, "nn nt tn"), (256, 50257, 768, "nn nt tn"),
        (768, 384, 128, "nn nt"), (768, 512, 128, "nn nt"), (768, 128, 512, "nn nt"), (768, 128, 128, "nn nt"),
        (384, 128, 768, "tn"), (512, 128, 768, "tn"), (128, 512, 768, "tn"), (128, 128, 768, "tn"),
        (64, 64, 64, "nn nt tn"), (32, 128, 128, "nn nt"),
        (1, 4096, 4096, "nn nt"), (2, 4096, 4096, "nn nt"), (4, 4096, 4096, "nn nt"), (8, 4096, 4096, "nn nt"), (11, 4096, 4096, "nn nt"), (16, 4096, 4096, "nn nt"),
        (1, 768, 768, "nn nt"), (1, 50257, 768, "nt"),
    ];

    public static int Run(string[] args)
    {
        List<int> threadCounts = Environment.ProcessorCount > 1 ? [1, Environment.ProcessorCount] : [1];
        List<(int, int, int, string)> shapes = [];
        string? forms = null;
        int rounds = 9;
        bool json = false;
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--json") json = true;
            else if (i + 1 == args.Length) return Fail($"Unknown option {args[i]}, or its value is missing.");
            else if (args[i] == "--threads") threadCounts = [.. args[++i].Split(',').Select(int.Parse)];
            else if (args[i] == "--rounds") rounds = int.Parse(args[++i], CultureInfo.InvariantCulture);
            else if (args[i] == "--form") forms = args[++i].Replace(',', ' ');
            else if (args[i] == "--shape")
            {
                int[] s = [.. args[++i].Split('x').Select(int.Parse)];
                shapes.Add((s[0], s[1], s[2], "nn nt tn"));
            }
            else return Fail($"Unknown option {args[i]}.");
        }
        if (shapes.Count == 0) shapes.AddRange(Shapes);

        Peers.Load();
        if (!Peers.HasOneDnn) Console.Error.WriteLine("oneDNN: not found");
        if (!Peers.HasOpenBlas) Console.Error.WriteLine("OpenBLAS: not found");
        foreach (int threads in threadCounts)
        {
            WorkerTeam.Threads = threads;
            Peers.SetThreads(threads);
            using MemoryProbe memory = new();
            double peak = PeakProbe.Gflops(threads);
            if (!json)
            {
                Console.WriteLine($"{threads} thread{(threads > 1 ? "s" : "")}: peak {peak:F1} GFLOP/s, reads {memory.Median:F1} GB/s");
                Console.WriteLine($"{"m x n x k",-18} {"form",-5} {"GFLOP/s",9} {"of peak",8} {"GB/s of B",9} {"of memory",9} {"us",10} {"oneDNN",8} {"OpenBLAS",9}");
            }
            foreach ((int m, int n, int k, string shapeForms) in shapes)
                foreach (string form in (forms ?? shapeForms).Split(' '))
                {
                    peak = Math.Max(peak, PeakProbe.Gflops(threads, 0.02));
                    Report(m, n, k, form[0] == 't', form[1] == 't', threads, rounds, peak, json);
                }
        }
        return 0;
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }

    private static void Report(int m, int n, int k, bool ta, bool tb, int threads, int rounds, double peak, bool json)
    {
        // Weights that a cache cannot hold are read from memory in use; several copies make sure of it here too.
        int copies = m <= 16 ? (int)Math.Clamp(256L * 1024 * 1024 / ((long)n * k * 4), 1, 16) : 1;
        float* a = Allocate((long)m * k), c = Allocate((long)m * n);
        float*[] b = new float*[copies];
        using MemoryProbe? memory = m <= 16 ? new() : null; // few rows are bound by reading B: a reading in each round says how fast that can be
        for (int i = 0; i < copies; i++) b[i] = Allocate((long)n * k);
        try
        {
            int lda = ta ? m : k, ldb = tb ? k : n;
            int turn = 0;
            void Heed(float* b) => MatMul.Multiply(m, n, k, new(a, m * k), lda, ta, new(b, n * k), ldb, tb, new(c, m * n), n, accumulate: ta);
            List<(string Name, Action Run)> contenders = [("Heed", () => Heed(b[turn++ % copies]))];
            if (Peers.HasOneDnn) contenders.Add(("oneDNN", () => Peers.OneDnn(m, n, k, a, lda, ta, b[turn++ % copies], ldb, tb, c, n, ta)));
            if (Peers.HasOpenBlas) contenders.Add(("OpenBLAS", () => Peers.OpenBlas(m, n, k, a, lda, ta, b[turn++ % copies], ldb, tb, c, n, ta)));

            double flops = 2.0 * m * n * k;
            int repeat = (int)Math.Clamp(4e8 * threads / flops, 1, 1000);
            List<double>[] times = [.. contenders.Select(_ => new List<double>())];
            for (int i = 0; i < 40 && flops * i < 1e9; i++) contenders[0].Run(); // let the JIT finish
            for (int round = 0; round <= rounds; round++)
            {
                memory?.Read();
                for (int i = 0; i < contenders.Count; i++)
                {
                    Thread.Sleep(3);
                    contenders[i].Run();
                    long start = Stopwatch.GetTimestamp();
                    for (int r = 0; r < repeat; r++) contenders[i].Run();
                    if (round > 0) times[i].Add(Stopwatch.GetElapsedTime(start).TotalSeconds / repeat);
                }
            }
            double[] medians = [.. times.Select(t => t.Order().ElementAt(t.Count / 2))];
            double Ratio(string name)
            {
                int i = contenders.FindIndex(c => c.Name == name);
                return i < 0 ? double.NaN : medians[i] / medians[0];
            }
            double gflops = flops / medians[0] * 1e-9, gigabytes = 4.0 * n * k / medians[0] * 1e-9;
            string form = $"{(ta ? 't' : 'n')}{(tb ? 't' : 'n')}";
            if (json)
                Console.WriteLine(JsonSerializer.Serialize(new
                {
                    m,
                    n,
                    k,
                    form,
                    threads,
                    gflops = Math.Round(gflops, 2),
                    ofPeak = Math.Round(gflops / peak, 4),
                    gigabytesOfB = Math.Round(gigabytes, 2),
                    ofBandwidth = memory is null ? (double?)null : Math.Round(gigabytes / memory.Median, 4),
                    microseconds = Math.Round(medians[0] * 1e6, 2),
                    oneDnnRatio = Peers.HasOneDnn ? Math.Round(Ratio("oneDNN"), 4) : (double?)null,
                    openBlasRatio = Peers.HasOpenBlas ? Math.Round(Ratio("OpenBLAS"), 4) : (double?)null,
                }));
            else
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{$"{m}x{n}x{k}",-18} {form,-5} {gflops,9:F1} {gflops / peak,8:P1} {gigabytes,9:F1} {(memory is null ? "" : (gigabytes / memory.Median).ToString("P0", CultureInfo.InvariantCulture)),9} {medians[0] * 1e6,10:F1} {Ratio("oneDNN"),7:F2}x {Ratio("OpenBLAS"),8:F2}x"));
        }
        finally
        {
            NativeMemory.AlignedFree(a);
            NativeMemory.AlignedFree(c);
            foreach (float* copy in b) NativeMemory.AlignedFree(copy);
        }
    }

    private static float* Allocate(long floats)
    {
        float* memory = (float*)NativeMemory.AlignedAlloc((nuint)floats * sizeof(float), 64);
        Random random = new(7);
        for (long i = 0; i < floats; i++) memory[i] = random.NextSingle() - 0.5f;
        return memory;
    }
}
