using System.Runtime.InteropServices;
using Heed.Kernels;

namespace Heed.Tests;

/// <summary>What the tests of kernels share: seeded values, guarded outputs, team sizes, comparison.</summary>
internal static class KernelTest
{
    private const float Guard = -12345.5f;
    private const int Margin = 32;
    private static readonly Lock Team = new();

    /// <summary>Sizes around the widths of registers, of unrolled loops, and of parts.</summary>
    public static readonly int[] Sizes = [0, 1, 3, 7, 8, 15, 16, 17, 31, 33, 64, 65, 100, 1023, 16384, 16385, 50001];

    public static float[] Values(int count, int seed, float scale = 1f)
    {
        Random random = new(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (random.NextSingle() * 2 - 1) * scale;
        return values;
    }

    public delegate void Fill(Span<float> output);

    /// <summary>
    /// Runs a kernel with 1, 2 and 7 threads, each time on an output inside of guard values and with the same start values.
    /// The outputs must be bitwise equal and the guards untouched.
    /// </summary>
    public static float[] Run(int length, Fill kernel, float[]? start = null)
    {
        float[]? first = null;
        foreach (int threads in (int[])[1, 2, 7])
        {
            float[] memory = new float[length + 2 * Margin];
            Array.Fill(memory, Guard);
            Span<float> output = memory.AsSpan(Margin, length);
            if (start is null) output.Fill(float.NaN);
            else start.AsSpan(0, length).CopyTo(output);
            lock (Team)
            {
                int before = WorkerTeam.Threads;
                WorkerTeam.Threads = threads;
                try
                {
                    kernel(output);
                }
                finally
                {
                    WorkerTeam.Threads = before;
                }
            }
            for (int i = 0; i < Margin; i++)
                Assert.True(memory[i] == Guard && memory[^(i + 1)] == Guard, $"A guard value next to the output of {length} was overwritten.");
            if (first is null) first = output.ToArray();
            else Assert.True(MemoryMarshal.AsBytes(output).SequenceEqual(MemoryMarshal.AsBytes(first.AsSpan())), $"{threads} threads give other bits than 1.");
        }
        return first!;
    }

    /// <summary>|actual - expected| within absolute + relative * |expected|; infinities and NaN must agree.</summary>
    public static void Close(double expected, float actual, double absolute, double relative, string what)
    {
        if (Math.Abs(expected) > float.MaxValue * 1.00000003) expected = expected > 0 ? double.PositiveInfinity : double.NegativeInfinity;
        bool close = double.IsFinite(expected) ? Math.Abs(actual - expected) <= absolute + relative * Math.Abs(expected) : expected.Equals((double)actual);
        if (!close) Assert.Fail($"{what}: {actual:R} was computed, {expected:R} was expected.");
    }

    public static void Close(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, double absolute, double relative, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Close(expected[i], actual[i], absolute, relative, $"{what} [{i}]");
    }

    /// <summary>The message of the ArgumentException that the action must throw holds every one of the texts.</summary>
    public static void Rejects(Action action, params string[] texts)
    {
        ArgumentException e = Assert.ThrowsAny<ArgumentException>(action);
        foreach (string text in texts) Assert.Contains(text, e.Message);
    }

    /// <summary>The calls after the first allocate nothing on the managed heap, on one thread.</summary>
    public static void AllocatesNothing(Action kernel)
    {
        lock (Team)
        {
            int before = WorkerTeam.Threads;
            WorkerTeam.Threads = 1;
            try
            {
                kernel();
                // The least of a few: another test may change the team meanwhile, and starting a worker does allocate.
                long least = long.MaxValue;
                for (int i = 0; i < 5; i++)
                {
                    long start = GC.GetAllocatedBytesForCurrentThread();
                    kernel();
                    least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - start);
                }
                Assert.Equal(0, least);
            }
            finally
            {
                WorkerTeam.Threads = before;
            }
        }
    }
}
