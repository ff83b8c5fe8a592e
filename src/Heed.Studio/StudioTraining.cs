using System.Net;
using Heed.Formats;
using Heed.Server;
using Heed.Training;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Heed.Studio;

/// <summary>Whether visitors may train here.</summary>
internal enum TrainingLeave
{
    Given,

    /// <summary>The owner said no.</summary>
    Refused,

    /// <summary>Everybody on the network is a visitor.</summary>
    Open,
}

/// <summary>
/// Trains recipes in the server's process, one at a time, the others in a line; whether a page looks on or not. When the server ends, the running one saves a
/// checkpoint first.
/// </summary>
internal sealed class StudioTraining(StudioOptions options, ServerOptions server, ApiKeys keys, StudioRuns runs, ILogger<StudioTraining> log) : IHostedService
{
    private const int LongestLine = 20;

    private readonly Lock gate = new();
    private readonly List<TrainingJob> waiting = [];
    private readonly Dictionary<string, TrainingJob> jobs = [];
    private TrainingJob? current;
    private Task work = Task.CompletedTask;
    private bool ending;

    /// <summary>Whether visitors may train.</summary>
    public TrainingLeave Leave => !options.Train ? TrainingLeave.Refused : keys.Needed || IPAddress.IsLoopback(server.Address) ? TrainingLeave.Given : TrainingLeave.Open;

    /// <summary>The newest training of a run in this process; null if there is none.</summary>
    public TrainingJob? Of(string run)
    {
        lock (gate) return jobs.GetValueOrDefault(run);
    }

    /// <summary>Runs that wait before this one.</summary>
    public int Before(TrainingJob job)
    {
        lock (gate) return waiting.Contains(job) ? waiting.IndexOf(job) + (current is null ? 0 : 1) : 0;
    }

    /// <summary>Puts a changed recipe at the end of the line.</summary>
    /// <param name="picked">The recipe that was changed.</param>
    /// <param name="json">Its text now.</param>
    /// <returns>The run that it becomes.</returns>
    /// <exception cref="RecipeException">The text is no recipe, or names files that <paramref name="picked"/> does not.</exception>
    /// <exception cref="TrainingRefusedException">It cannot be trained here or now.</exception>
    public StudioRun Start(StudioRecipe picked, string json)
    {
        Recipe recipe = WatchedRecipe.Of(RecipeGuard.Read(json, picked.Parse()));
        if (RecipeGuard.Missing(recipe) is [var missing, ..]) throw new TrainingRefusedException($"{missing.Key}: {missing.Path} is not here");
        double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * 0.75;
        if (WatchedRecipe.Memory(recipe) is { } bytes && bytes > available) throw new TrainingRefusedException(FormattableString.Invariant($"it would take about {bytes / (1 << 30):F1} GiB of memory; there are {available / (1 << 30):F1}"));
        lock (gate)
        {
            Check();
            int number = 1;
            while (Path.Exists(Path.Combine(runs.Folder, Name()))) number++;
            StudioRun run = new(Name(), Path.Combine(runs.Folder, Name()));
            Directory.CreateDirectory(run.Folder);
            AtomicFile.WriteText(Path.Combine(run.Folder, "recipe.json"), recipe.MovedTo(Path.GetFullPath(run.Folder)).ToJson());
            Enqueue(run);
            return run;

            string Name() => FormattableString.Invariant($"{picked.Name}-{number}");
        }
    }

    /// <summary>Puts a run that was stopped at the end of the line; it goes on from its last checkpoint.</summary>
    /// <exception cref="TrainingRefusedException">It cannot go on here or now.</exception>
    public void Resume(StudioRun run)
    {
        lock (gate)
        {
            Check();
            if (jobs.GetValueOrDefault(run.Name) is { IsActive: true }) return;
            if (runs.Read(run).IsFinished) throw new TrainingRefusedException("the run has ended");
            if (runs.IsHeld(run)) throw new TrainingRefusedException("another program is training it");
            Enqueue(run);
        }
    }

    /// <summary>Ends a training after its step, with a checkpoint; takes one that waits out of the line.</summary>
    public void Stop(string run)
    {
        lock (gate)
        {
            if (jobs.GetValueOrDefault(run) is not { IsActive: true } job) return;
            job.State = waiting.Remove(job) ? TrainingState.Stopped : TrainingState.Stopping;
            job.Cancel();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task last;
        lock (gate)
        {
            (ending, last) = (true, work);
            foreach (TrainingJob job in waiting) job.State = TrainingState.Stopped;
            waiting.Clear();
            if (current is { } running) Stop(running.Run.Name);
        }
        await last.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Check()
    {
        if (Leave != TrainingLeave.Given) throw new TrainingRefusedException("visitors may not train here");
        if (ending) throw new TrainingRefusedException("the server is ending");
        if (waiting.Count >= LongestLine) throw new TrainingRefusedException($"{LongestLine} runs are waiting already");
    }

    private void Enqueue(StudioRun run)
    {
        TrainingJob job = new(run);
        if (jobs.TryGetValue(run.Name, out TrainingJob? past)) past.Dispose();
        jobs[run.Name] = job;
        waiting.Add(job);
        if (work.IsCompleted) work = Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Work()
    {
        while (true)
        {
            TrainingJob job;
            lock (gate)
            {
                current = null;
                if (waiting.Count == 0)
                {
                    work = Task.CompletedTask;
                    return;
                }
                current = job = waiting[0];
                waiting.RemoveAt(0);
                job.State = TrainingState.Running;
            }
            TrainingState end = Train(job);
            lock (gate) job.State = end;
        }
    }

    private TrainingState Train(TrainingJob job)
    {
        try
        {
            Recipe recipe = Recipe.Load(Path.Combine(job.Run.Folder, "recipe.json"));
            recipe = recipe with { Compute = recipe.Compute with { Output = job.Run.Folder, Threads = null } };
            TrainingResult result = Trainer.Run(recipe, step => job.Latest = step, ExistingRun.Resume, text => job.Message = text, job.Token);
            return result.Stopped ? TrainingState.Stopped : TrainingState.Finished;
        }
        catch (OperationCanceledException)
        {
            return TrainingState.Stopped; // while it read its data
        }
        catch (Exception e)
        {
            log.LogError(e, "the training of {Run} failed", job.Run.Name);
            job.Message = e is RecipeException or ArgumentException or InvalidDataException or IOException or TrainingException or OutOfMemoryException ? e.Message : "a fault; the server's log tells more";
            return TrainingState.Failed;
        }
    }
}

/// <summary>A training that cannot be begun here or now; the message says why.</summary>
internal sealed class TrainingRefusedException(string message) : Exception(message)
{
}
