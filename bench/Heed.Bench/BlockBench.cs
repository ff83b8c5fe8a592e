using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Heed.Kernels;

namespace Heed.Bench;

/// <summary>
/// Products of one and of eight rows with weights in blocks: GB/s of weights read, and what part that is of the memory's measured speed. Weights
/// that a model keeps in memory are read from there: several copies take turns (--cached: one copy).
/// </summary>
internal static unsafe class BlockBench
{
    private static readonly (int Rows, int Columns)[] Shapes = [(576, 576), (896, 4864), (4864, 896), (768, 3072), (3072, 768), (50257, 768)];

    public static int Run(string[] args)
    {
        List<int> threadCounts = Environment.ProcessorCount > 1 ? [1, Environment.ProcessorCount] : [1];
        List<(int, int)> shapes = [];
        BlockType[] types = [BlockType.F32, BlockType.BF16, BlockType.F16, BlockType.Q8_0, BlockType.Q4_0, BlockType.Q4_K, BlockType.Q6_K, BlockType.Q5_K, BlockType.Q5_0, BlockType.IQ4_NL];
        int rounds = 7;
        bool cached = false, repack = false;
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--cached") cached = true;
            else if (args[i] == "--repack") repack = true;
            else if (i + 1 == args.Length) return Fail(args[i]);
            else if (args[i] == "--threads") threadCounts = [.. args[++i].Split(',').Select(int.Parse)];
            else if (args[i] == "--types") types = [.. args[++i].Split(',').Select(name => Enum.Parse<BlockType>(name, true))];
            else if (args[i] == "--rounds") rounds = int.Parse(args[++i], CultureInfo.InvariantCulture);
            else if (args[i] == "--shape")
            {
                int[] s = [.. args[++i].Split('x').Select(int.Parse)];
                shapes.Add((s[0], s[1]));
            }
            else return Fail(args[i]);
        }
        if (shapes.Count == 0) shapes.AddRange(Shapes);
        foreach (int threads in threadCounts)
        {
            WorkerTeam.Threads = threads;
            using MemoryProbe memory = new();
            for (int i = 0; i < 5; i++) memory.Read();
            Console.WriteLine($"{threads} thread{(threads > 1 ? "s" : "")}: memory {memory.Median:F1} GB/s{(cached ? ", weights in the cache" : "")}{(repack ? ", repacked" : "")}");
            Console.WriteLine($"{"rows x columns",-15} {"type",-7} {"MB",7} {"us m=1",9} {"GB/s",7} {"of mem",7} {"us m=8",9} {"GB/s",7} {"of mem",7} {"8 x 1",6}");
            foreach ((int rows, int columns) in shapes)
                foreach (BlockType type in types)
                    if (columns % type.BlockLength() == 0) Report(type, rows, columns, rounds, cached, repack, memory);
        }
        return 0;
    }

    private static int Fail(string option)
    {
        Console.Error.WriteLine($"Unknown option {option}, or its value is missing.");
        return 2;
    }

    private static void Report(BlockType type, int rows, int columns, int rounds, bool cached, bool repack, MemoryProbe memory)
    {
        long bytes = rows * type.RowBytes(columns);
        int copies = cached ? 1 : (int)Math.Clamp(160L * 1024 * 1024 / bytes, 1, 256);
        byte* blocks = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes * copies), 4096);
        Random random = new(7);
        float[] values = [.. Enumerable.Range(0, columns).Select(_ => random.NextSingle() - 0.5f)];
        int rowBytes = (int)type.RowBytes(columns);
        Blocks.Encode(type, values, new(blocks, rowBytes));
        for (long i = 1; i < (long)rows * copies; i++) Buffer.MemoryCopy(blocks, blocks + i * rowBytes, rowBytes, rowBytes);
        BlockWeight[] weights = [.. Enumerable.Range(0, copies).Select(i => new BlockWeight([new BlockMatrix(type, rows, columns, blocks + i * bytes)], values))];
        if (repack) foreach (BlockWeight weight in weights) weight.Repack();
        float[] x = [.. Enumerable.Range(0, 8 * columns).Select(_ => random.NextSingle() - 0.5f)], y = new float[8 * rows];
        try
        {
            int turn = 0;
            double one = Time(1), eight = Time(8);
            double gigabytes = bytes / one * 1e-9, gigabytes8 = bytes / eight * 1e-9;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{$"{rows}x{columns}",-15} {type,-7} {bytes / 1e6,7:F2} {one * 1e6,9:F1} {gigabytes,7:F1} {gigabytes / memory.Median,7:P0} {eight * 1e6,9:F1} {gigabytes8,7:F1} {gigabytes8 / memory.Median,7:P0} {8 * one / eight,6:F2}"));

            double Time(int m)
            {
                List<double> times = [];
                int repeat = (int)Math.Clamp(40e6 / m / bytes, 1, 400);
                for (int i = 0; i < 30; i++) BlockProduct.Multiply(m, x, columns, weights[turn++ % copies], y, rows);
                for (int round = 0; round < rounds; round++)
                {
                    if (!cached) memory.Read();
                    long start = Stopwatch.GetTimestamp();
                    for (int i = 0; i < repeat; i++) BlockProduct.Multiply(m, x, columns, weights[turn++ % copies], y, rows);
                    times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds / repeat);
                }
                return times.Order().ElementAt(times.Count / 2);
            }
        }
        finally
        {
            NativeMemory.AlignedFree(blocks);
        }
    }
}
