using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>Measures what the processor can do at best: multiply-adds in registers. Speeds of kernels are given as a part of it, or of <see cref="MemoryProbe"/>.</summary>
public static unsafe class PeakProbe
{
    /// <summary>
    /// The highest rate of float32 multiply-adds in registers on <paramref name="threads"/> threads together, in GFLOP/s (a multiply-add counts as 2).
    /// </summary>
    /// <param name="threads">Threads to load; 1 or more, at most as many as the machine has processors for a meaningful answer.</param>
    /// <param name="seconds">About how long to measure; the best of the rounds in that time counts.</param>
    public static double Gflops(int threads, double seconds = 0.2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        const int Steps = 100_000;
        int before = WorkerTeam.Threads;
        WorkerTeam.Threads = threads;
        try
        {
            return Best(seconds, () => WorkerTeam.Run(new MultiplyAddJob(Steps), threads * 4), threads * 4.0 * Steps * MultiplyAddJob.FlopsPerStep);
        }
        finally
        {
            WorkerTeam.Threads = before;
        }
    }

    private static double Best(double seconds, Action round, double work)
    {
        round();
        double best = double.MaxValue;
        for (long begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds;)
        {
            long start = Stopwatch.GetTimestamp();
            round();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return work / best * 1e-9;
    }

    private static float sink; // what the loops computed, so that they cannot be left out

    /// <summary>12 independent chains of multiply-adds: enough to fill the pipelines of every processor known to us.</summary>
    private readonly struct MultiplyAddJob(int steps) : IPartJob
    {
        private const int Chains = 12;

        public static double FlopsPerStep => 2.0 * Chains * (Vec512.IsSupported ? 16 : Vec256.IsSupported ? 8 : Vec128.IsSupported ? 4 : VecPortable.Count);

        public void Run(int part)
        {
            float sum = Vec512.IsSupported ? Loop<Vec512>(steps) : Vec256.IsSupported ? Loop<Vec256>(steps) : Vec128.IsSupported ? Loop<Vec128>(steps) : Loop<VecPortable>(steps);
            if (sum == 12345) sink = sum;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static float Loop<V>(int steps) where V : struct, IVec<V>
        {
            V x = V.Create(1.0000001f), y = V.Create(1e-9f);
            V a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
            for (; steps > 0; steps--)
            {
                a = V.MultiplyAdd(a, x, y);
                b = V.MultiplyAdd(b, x, y);
                c = V.MultiplyAdd(c, x, y);
                d = V.MultiplyAdd(d, x, y);
                e = V.MultiplyAdd(e, x, y);
                f = V.MultiplyAdd(f, x, y);
                g = V.MultiplyAdd(g, x, y);
                h = V.MultiplyAdd(h, x, y);
                i = V.MultiplyAdd(i, x, y);
                j = V.MultiplyAdd(j, x, y);
                k = V.MultiplyAdd(k, x, y);
                l = V.MultiplyAdd(l, x, y);
            }
            return V.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
        }
    }
}
