using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Heed.Kernels;

namespace Heed.Bench;

/// <summary>
/// Many rows times weights in blocks, of the shapes of GPT-2, Qwen2.5-0.5B and BERT-base, beside a peer that multiplies the same shape in turn. Medians over the
/// rounds; ratios are taken between medians of the same run.
/// </summary>
internal static unsafe class BlockGemmBench
{
    private static readonly (int N, int K)[] Shapes = [(2304, 768), (3072, 768), (768, 3072), (4864, 896), (896, 4864), (1152, 896)];

    public static int Run(string[] args)
    {
        List<int> threadCounts = Environment.ProcessorCount > 1 ? [1, Environment.ProcessorCount] : [1];
        List<(int N, int K)> shapes = [];
        BlockType[] types = Enum.GetValues<BlockType>();
        int m = 512, rounds = 5;
        string? peer = null;
        BlockInstructions instructions = BlockKernel.Best;
        for (int i = 0; i < args.Length; i++)
        {
            if (i + 1 == args.Length) return Fail($"Unknown option {args[i]}, or its value is missing.");
            else if (args[i] == "--threads") threadCounts = [.. args[++i].Split(',').Select(int.Parse)];
            else if (args[i] == "--rounds") rounds = int.Parse(args[++i], CultureInfo.InvariantCulture);
            else if (args[i] == "--rows") m = int.Parse(args[++i], CultureInfo.InvariantCulture);
            else if (args[i] == "--type") types = [.. args[++i].Split(',').Select(Enum.Parse<BlockType>)];
            else if (args[i] == "--instructions") instructions = Enum.Parse<BlockInstructions>(args[++i]);
            else if (args[i] == "--peer") peer = args[++i];
            else if (args[i] == "--shape")
            {
                int[] s = [.. args[++i].Split('x').Select(int.Parse)];
                shapes.Add((s[0], s[1]));
            }
            else return Fail($"Unknown option {args[i]}.");
        }
        if (shapes.Count == 0) shapes.AddRange(Shapes);

        using Peer? other = peer is null ? null : new(peer);
        foreach (int threads in threadCounts)
        {
            WorkerTeam.Threads = threads;
            double peak = PeakProbe.Gflops(threads);
            Console.WriteLine($"{threads} thread{(threads > 1 ? "s" : "")}, m = {m}, {instructions}: float32 peak {peak:F1} GFLOP/s");
            Console.WriteLine($"{"type",-8} {"n x k",-12} {"GOP/s",8} {"of float",9} {"ms",9} {"peer",8}");
            foreach (BlockType type in types)
                foreach ((int n, int k) in shapes)
                    if (k % type.BlockLength() == 0) Report(type, m, n, k, threads, rounds, peak, instructions, other);
        }
        return 0;
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }

    private static void Report(BlockType type, int m, int n, int k, int threads, int rounds, double peak, BlockInstructions instructions, Peer? peer)
    {
        Random random = new(1);
        float[] x = new float[m * k], y = new float[m * n], row = new float[k];
        for (int i = 0; i < x.Length; i++) x[i] = random.NextSingle() * 2 - 1;
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)(n * type.RowBytes(k)), 64);
        try
        {
            BlockMatrix matrix = new(type, n, k, memory);
            for (int i = 0; i < row.Length; i++) row[i] = (random.NextSingle() * 2 - 1) * 0.02f;
            for (int j = 0; j < n; j++)
            {
                row[random.Next(k)] = (random.NextSingle() * 2 - 1) * 0.02f;
                if (j % 64 == 0) Blocks.Encode(type, row, new(matrix.Row(j), (int)matrix.RowBytes));
                else new Span<byte>(matrix.Row(j - 1), (int)matrix.RowBytes).CopyTo(new(matrix.Row(j), (int)matrix.RowBytes));
            }
            BlockWeight weight = new([matrix], new object());
            void Heed() => BlockGemm.Multiply(m, x, k, weight, y, n, default, ActivationKind.None, instructions);
            peer?.Setup(type, n, k, m, threads);
            double operations = 2.0 * m * n * k;
            int repeat = (int)Math.Clamp(4e9 * threads / operations, 1, 200);
            List<double> mine = [], others = [];
            for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalMilliseconds < 250;) Heed(); // let the JIT finish
            for (int round = 0; round < rounds; round++)
            {
                Heed();
                long start = Stopwatch.GetTimestamp();
                for (int i = 0; i < repeat; i++) Heed();
                mine.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / repeat);
                Thread.Sleep(3); // the team parks
                if (peer is not null) others.Add(peer.Milliseconds(repeat));
            }
            double median = mine.Order().ElementAt(mine.Count / 2), gops = operations / median * 1e-6;
            string ratio = others.Count == 0 ? "" : (others.Order().ElementAt(others.Count / 2) / median).ToString("F2", CultureInfo.InvariantCulture) + "x";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{type,-8} {$"{n}x{k}",-12} {gops,8:F1} {gops / peak,8:F2}x {median,9:F3} {ratio,8}"));
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    /// <summary>A program that reads "setup TYPE n k m threads" (answer: a line) and "run REPEAT" (answer: milliseconds of one product).</summary>
    private sealed class Peer : IDisposable
    {
        private readonly Process process;

        public Peer(string command) => process = Process.Start(new ProcessStartInfo(command) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{command} does not start.");

        public void Setup(BlockType type, int n, int k, int m, int threads) => Ask($"setup {type} {n} {k} {m} {threads}");

        public double Milliseconds(int repeat) => double.Parse(Ask($"run {repeat}"), CultureInfo.InvariantCulture);

        private string Ask(string line)
        {
            process.StandardInput.WriteLine(line);
            process.StandardInput.Flush();
            return process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{process.StartInfo.FileName} ended without an answer.");
        }

        public void Dispose()
        {
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
