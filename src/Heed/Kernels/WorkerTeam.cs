using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Heed.Kernels;

/// <summary>A piece of parallel work: an unmanaged struct (pointers and sizes) that computes part <c>i</c> of its output.</summary>
/// <remarks>Parts must write disjoint outputs and must not depend on which thread runs them: that is what keeps results bitwise equal for any thread count.</remarks>
public interface IPartJob
{
    /// <summary>Computes one part. Called once for every part number, from any thread, in any order.</summary>
    void Run(int part);
}

/// <summary>
/// The persistent worker team that every kernel runs on: threads that spin for a short time after each job and then park,
/// so that the fork-join of a small layer costs about a microsecond and an idle process uses no CPU.
/// </summary>
/// <remarks>
/// The caller works too and never waits for a worker that has not started: a job closes when its parts are all claimed, and only workers
/// that entered are awaited. A nested <see cref="Run"/> and a <see cref="Run"/> from a second thread while the team is busy run inline.
/// </remarks>
public static unsafe class WorkerTeam
{
    private const long Open = 1L << 31;
    private const long ActiveMask = Open - 1;
    private const int SpinRounds = 4000;

    private static readonly Lock Gate = new();
    private static readonly SemaphoreSlim Wake = new(0);

    // One cache line each: the claim counter is written by all threads, the state is polled by all threads.
    private static readonly long[] State = new long[32]; // [16]: generation << 32 | open << 31 | active workers
    private static readonly int[] Next = new int[64];    // [32]: next part to claim
    private static int parts;
    private static void* job;
    private static delegate*<void*, int, void> body;
    private static ExceptionDispatchInfo? failure;
    private static int parked;
    private static int started;
    private static int threads = Environment.ProcessorCount;

    [ThreadStatic] private static bool inside;

    /// <summary>Threads that a job may use, the caller included; 1 or more. Default: the number of processors.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or above 1024.</exception>
    public static int Threads
    {
        get => Volatile.Read(ref threads);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1024);
            Volatile.Write(ref threads, value);
        }
    }

    /// <summary>Runs <paramref name="work"/> for parts 0 .. <paramref name="count"/> - 1 on the team and returns when all are done.</summary>
    public static void Run<TJob>(in TJob work, int count) where TJob : unmanaged, IPartJob
    {
        if (count <= 0) return;
        int width = Threads;
        if (count == 1 || width == 1 || inside || !Gate.TryEnter())
        {
            for (int i = 0; i < count; i++) work.Run(i);
            return;
        }
        try
        {
            TJob copy = work;
            while (started < width - 1) StartWorker(started++);
            job = &copy;
            body = &Invoke<TJob>;
            parts = count;
            failure = null;
            Volatile.Write(ref Next[32], 0);
            long generation = (State[16] >> 32) + 1;
            // A full fence: the parked counter below must be read after the job is visible.
            Interlocked.Exchange(ref State[16], (generation << 32) | Open);
            int sleeping = Volatile.Read(ref parked);
            if (sleeping > 0) Wake.Release(Math.Min(sleeping, width - 1));

            inside = true;
            Work();
            inside = false;

            Interlocked.And(ref State[16], ~Open);
            SpinWait spin = default;
            while ((Volatile.Read(ref State[16]) & ActiveMask) != 0)
                if (spin.Count < 1000) spin.SpinOnce(-1); else Thread.Yield();
        }
        finally
        {
            inside = false;
            Gate.Exit();
        }
        failure?.Throw();
    }

    private static void Invoke<TJob>(void* work, int part) where TJob : unmanaged, IPartJob => ((TJob*)work)->Run(part);

    private static void Work()
    {
        void* work = job;
        delegate*<void*, int, void> run = body;
        int count = parts;
        try
        {
            for (int i; (i = Interlocked.Increment(ref Next[32]) - 1) < count;) run(work, i);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
        }
    }

    private static void StartWorker(int index)
    {
        Thread thread = new(() => WorkerLoop(index)) { IsBackground = true, Name = $"heed-{index + 1}" };
        thread.Start();
    }

    private static void WorkerLoop(int index)
    {
        inside = true;
        long seen = 0;
        int idle = 0;
        while (true)
        {
            long state = Volatile.Read(ref State[16]);
            if ((state & Open) != 0 && state >> 32 != seen && index < Threads - 1)
            {
                if (Interlocked.CompareExchange(ref State[16], state + 1, state) != state) continue;
                seen = state >> 32;
                Work();
                Interlocked.Decrement(ref State[16]);
                idle = 0;
            }
            else if (idle < SpinRounds)
            {
                idle++;
                Thread.SpinWait(8);
            }
            else
            {
                Interlocked.Increment(ref parked);
                state = Volatile.Read(ref State[16]);
                if ((state & Open) == 0 || state >> 32 == seen || index >= Threads - 1) Wake.Wait();
                Interlocked.Decrement(ref parked);
                idle = 0;
            }
        }
    }
}
