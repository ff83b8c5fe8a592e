using Microsoft.Extensions.Logging;

namespace Heed.Server;

/// <summary>
/// The models that a server knows by name. One is loaded when it is first asked for; where memory is short, those that were not used for the longest time
/// make room, but never one that is at work.
/// </summary>
internal sealed partial class ModelRegistry : IAsyncDisposable
{
    private readonly ServerOptions options;
    private readonly ILogger log;
    private readonly Lock gate = new();
    private readonly Dictionary<string, Slot> slots;
    private long uses;

    public ModelRegistry(ServerOptions options, ILogger<ModelRegistry> log)
    {
        (this.options, this.log) = (options, log);
        Sources = [.. options.Models.OrderBy(m => m.Name, StringComparer.Ordinal)];
        slots = Sources.ToDictionary(s => s.Name, s => new Slot(s), StringComparer.Ordinal);
    }

    /// <summary>All models, by name.</summary>
    public IReadOnlyList<ModelSource> Sources { get; }

    /// <summary>The models that are in memory and not about to leave it, with the number of requests that each works on.</summary>
    public IReadOnlyList<(LoadedModel Model, int Leases)> Loaded
    {
        get
        {
            lock (gate) return [.. slots.Values.Where(s => s.Loading is { IsCompletedSuccessfully: true }).Select(s => (s.Loading!.Result, s.Leases))];
        }
    }

    /// <summary>A model by name, or the only one where none is named.</summary>
    /// <exception cref="ApiException">There is no such model.</exception>
    public ModelSource Find(string? name)
    {
        if (name is null) return Sources is [ModelSource only] ? only : throw ApiException.Invalid("model", "the request names no model: give the name of one that /v1/models lists");
        return slots.TryGetValue(name, out Slot? slot) ? slot.Source : throw ApiException.NoModel(name);
    }

    /// <summary>A model in memory, which stays there until the lease is given back.</summary>
    /// <param name="source">One of <see cref="Sources"/>.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="ApiException">There is no memory for it now, or it cannot be loaded.</exception>
    public async Task<ModelLease> Rent(ModelSource source, CancellationToken cancellation)
    {
        Slot slot = slots[source.Name];
        Task<LoadedModel> loading;
        List<Task<LoadedModel>> leaving = [];
        lock (gate)
        {
            if (slot.Loading is null)
            {
                MakeRoom(slot, leaving);
                slot.Loading = Task.Run(() => Load(source, leaving), CancellationToken.None);
            }
            loading = slot.Loading;
            slot.Leases++;
            slot.LastUse = ++uses;
        }
        try
        {
            return new ModelLease(await loading.WaitAsync(cancellation), () => GiveBack(slot));
        }
        catch (Exception e)
        {
            GiveBack(slot);
            if (e is OperationCanceledException) throw;
            lock (gate)
                if (slot.Loading == loading) slot.Loading = null; // the next request tries again
            CannotLoad(e, source.Name);
            throw new ApiException(500, "server_error", "model_not_loaded", $"the model {source.Name} could not be loaded; the server's log says why", "model");
        }
    }

    /// <summary>Lets all models go.</summary>
    public async ValueTask DisposeAsync()
    {
        Task<LoadedModel>[] all;
        lock (gate)
        {
            all = [.. slots.Values.Select(s => s.Loading).OfType<Task<LoadedModel>>()];
            foreach (Slot slot in slots.Values) slot.Loading = null;
        }
        foreach (Task<LoadedModel> loading in all)
            try
            {
                (await loading).Dispose();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // It was never loaded, and whoever asked for it was told.
            }
    }

    private LoadedModel Load(ModelSource source, List<Task<LoadedModel>> leaving)
    {
        foreach (Task<LoadedModel> model in leaving)
        {
            model.Result.Dispose();
            Unloaded(model.Result.Source.Name);
        }
        LoadedModel loaded = LoadedModel.Load(source, options);
        LoadedNow(source.Name);
        return loaded;
    }

    // Under the gate.
    private void MakeRoom(Slot wanted, List<Task<LoadedModel>> leaving)
    {
        long needed = Cost(wanted.Source);
        if (needed > options.MemoryLimit) throw ApiException.NoMemory($"the model {wanted.Source.Name} needs about {needed >> 20} MiB; the server may use {options.MemoryLimit >> 20} MiB");
        Slot[] others = [.. slots.Values.Where(s => s.Loading is not null)];
        Queue<Slot> idle = new(others.Where(s => s.Leases == 0 && s.Loading!.IsCompletedSuccessfully).OrderBy(s => s.LastUse));
        long used = others.Sum(s => Cost(s.Source));
        List<Slot> going = [];
        while (used + needed > options.MemoryLimit)
        {
            if (!idle.TryDequeue(out Slot? oldest)) throw ApiException.NoMemory($"there is no memory for the model {wanted.Source.Name} until others have finished their work");
            going.Add(oldest);
            used -= Cost(oldest.Source);
        }
        foreach (Slot slot in going)
        {
            leaving.Add(slot.Loading!);
            slot.Loading = null;
        }
    }

    // The weights once where they lie and once rearranged for speed, and what the texts may take.
    private long Cost(ModelSource source) => 2 * source.Bytes + source.CacheBytes(options);

    private void GiveBack(Slot slot)
    {
        lock (gate)
        {
            slot.Leases--;
            slot.LastUse = ++uses;
        }
    }

    [LoggerMessage(EventId = 4, Level = LogLevel.Information, Message = "{Model} is loaded")]
    private partial void LoadedNow(string model);

    [LoggerMessage(EventId = 5, Level = LogLevel.Information, Message = "{Model} left the memory")]
    private partial void Unloaded(string model);

    [LoggerMessage(EventId = 6, Level = LogLevel.Error, Message = "{Model} could not be loaded")]
    private partial void CannotLoad(Exception error, string model);

    // All but the source under the gate.
    private sealed class Slot(ModelSource source)
    {
        public ModelSource Source { get; } = source;

        public Task<LoadedModel>? Loading { get; set; }

        public int Leases { get; set; }

        public long LastUse { get; set; }
    }
}

/// <summary>The right to use a loaded model; it stays in memory until this is disposed.</summary>
internal sealed class ModelLease(LoadedModel model, Action giveBack) : IDisposable
{
    private Action? giveBack = giveBack;

    public LoadedModel Model { get; } = model;

    public void Dispose() => Interlocked.Exchange(ref giveBack, null)?.Invoke();
}
