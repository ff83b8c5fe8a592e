using Heed.Kernels;

namespace Heed.Tests;

/// <summary>
/// The worker team belongs to the process: every class that changes its number of threads is in this collection, which never runs beside
/// other tests. (While another test keeps the team busy, a kernel runs on its caller alone, and a test of threads would test nothing.)
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Threads
{
    public const string Name = "threads";

    /// <summary>Runs with a number of threads and puts the number before back.</summary>
    public static T With<T>(int threads, Func<T> run)
    {
        int before = WorkerTeam.Threads;
        WorkerTeam.Threads = threads;
        try
        {
            return run();
        }
        finally
        {
            WorkerTeam.Threads = before;
        }
    }
}
