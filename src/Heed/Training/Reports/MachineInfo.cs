using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;
using Heed.Kernels;

namespace Heed.Training;

/// <summary>The machine that a run runs on, as its reports name it.</summary>
internal static class MachineInfo
{
    private static readonly ConcurrentDictionary<int, double> Peaks = new();

    /// <summary>The highest rate of multiply-adds on the present number of threads, in operations a second, that was seen in this process.</summary>
    public static double Peak => 1e9 * Peaks.GetOrAdd(WorkerTeam.Threads, Measured);

    /// <summary><see cref="Peak"/> after one more measurement, of about 30 ms: the machine may have had other work when it was asked before.</summary>
    public static double Probe() => 1e9 * Peaks.AddOrUpdate(WorkerTeam.Threads, Measured, (threads, seen) => Math.Max(seen, Measured(threads)));

    /// <summary>Writes what is known as members of an object.</summary>
    public static void Write(Utf8JsonWriter writer)
    {
        writer.WriteString("started", DateTimeOffset.UtcNow.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", System.Globalization.CultureInfo.InvariantCulture));
        writer.WriteString("processor", Processor());
        writer.WriteNumber("processors", Environment.ProcessorCount);
        writer.WriteNumber("threads", WorkerTeam.Threads);
        writer.WriteNumber("vector_bits", Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0);
        writer.WriteNumber("peak_gflops", Math.Round(Peak / 1e9, 1));
        writer.WriteNumber("memory_mb", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20);
        writer.WriteString("system", RuntimeInformation.OSDescription);
        writer.WriteString("runtime", RuntimeInformation.FrameworkDescription);
    }

    private static double Measured(int threads) => PeakProbe.Gflops(threads, seconds: 0.02);

    private static string Processor()
    {
        const string key = "model name";
        try
        {
            if (OperatingSystem.IsLinux() && File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal)) is { } line)
                return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
        catch (IOException)
        {
            // Not every system shows it.
        }
        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
