using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Heed.Kernels;

/// <summary>
/// Measures how fast the worker team reads memory that no cache holds. On a shared machine the rate changes within seconds, so a
/// measurement of something bound by memory reads this probe between its rounds and compares medians with medians.
/// </summary>
public sealed unsafe class MemoryProbe : IDisposable
{
    private readonly float* memory;
    private readonly int megabytes;
    private readonly List<double> readings = [];

    /// <param name="megabytes">Size of the memory that one reading covers; several times the last cache level for a meaningful answer.</param>
    public MemoryProbe(int megabytes = 256)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(megabytes, 1);
        this.megabytes = megabytes;
        memory = (float*)NativeMemory.AlignedAlloc(Bytes, 4096);
        NativeMemory.Clear(memory, Bytes); // pages that were never written are all the same page
        Read();
        readings.Clear();
    }

    private nuint Bytes => (nuint)megabytes * ReadJob.PartFloats * sizeof(float);

    /// <summary>Reads the memory once, on <see cref="WorkerTeam.Threads"/> threads. Returns the rate in GB/s (10^9 bytes).</summary>
    public double Read()
    {
        long start = Stopwatch.GetTimestamp();
        WorkerTeam.Run(new ReadJob(memory), megabytes);
        double rate = Bytes / Stopwatch.GetElapsedTime(start).TotalSeconds * 1e-9;
        readings.Add(rate);
        return rate;
    }

    /// <summary>The median of all readings in GB/s; reads once if there was none.</summary>
    public double Median
    {
        get
        {
            if (readings.Count == 0) Read();
            double[] sorted = [.. readings.Order()];
            return sorted[sorted.Length / 2];
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => NativeMemory.AlignedFree(memory);

    private static float sink; // what the loops computed, so that they cannot be left out

    /// <summary>Reads one megabyte in four streams, a quarter apart: what the memory delivers fastest.</summary>
    private readonly struct ReadJob(float* memory) : IPartJob
    {
        public const int PartFloats = 256 * 1024;

        public void Run(int part)
        {
            float* p = memory + (nint)part * PartFloats;
            float sum = Vec512.IsSupported ? Loop<Vec512>(p) : Vec256.IsSupported ? Loop<Vec256>(p) : Vec128.IsSupported ? Loop<Vec128>(p) : Loop<VecPortable>(p);
            if (sum == 12345) sink = sum;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static float Loop<V>(float* p) where V : struct, IVec<V>
        {
            const int Quarter = PartFloats / 4;
            V a = V.Create(0), b = a, c = a, d = a;
            for (float* end = p + Quarter; p < end; p += V.Count)
            {
                a += V.Load(p);
                b += V.Load(p + Quarter);
                c += V.Load(p + 2 * Quarter);
                d += V.Load(p + 3 * Quarter);
            }
            return V.Sum(a + b + (c + d));
        }
    }
}
