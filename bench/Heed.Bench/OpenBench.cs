using System.Diagnostics;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Bench;

/// <summary>From a path to the first answer: opening a model whose weights stay in their file, and a first pass over a few tokens, with the memory that each takes.</summary>
internal static class OpenBench
{
    public static int Run(string[] args)
    {
        if (args is not [string path, ..])
        {
            Console.Error.WriteLine("name a model folder or a .gguf file");
            return 2;
        }
        long before = Resident();
        long start = Stopwatch.GetTimestamp();
        Transformer model = ModelFolder.Open(path);
        double opened = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        long after = Resident();
        double first, second;
        int[] ids = [1, 2, 3, 4, 5, 6, 7, 8];
        first = Forward();
        long read = Resident();
        second = Forward();
        Console.WriteLine($"{model.Stored.Sum(s => s.Value.Bytes) / 1e6:F0} MB of matrices in {path}");
        Console.WriteLine($"opened in {opened:F0} ms, resident memory + {(after - before) / 1e6:F0} MB");
        Console.WriteLine($"first pass over {ids.Length} tokens {first:F0} ms, + {(read - after) / 1e6:F0} MB; second pass {second:F0} ms");
        Console.WriteLine($"path to first answer {opened + first:F0} ms");
        return 0;

        double Forward()
        {
            long begin = Stopwatch.GetTimestamp();
            using MemoryScope scope = new();
            _ = model.Forward(Tensor.From(new Shape(1, ids.Length), ids)).Span[0];
            return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        }
    }

    private static long Resident()
    {
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
