using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Heed.Server;

/// <summary>The time in which a request's texts are written: the model is held, and all ends when the client goes away.</summary>
internal sealed class WritingScope : IDisposable
{
    private readonly ModelLease lease;
    private readonly CancellationTokenSource ending, deadline;
    private readonly ServerMetrics metrics;

    private WritingScope(HttpContext context, ModelLease lease, ModelWriter writer, ServerOptions options)
    {
        (this.lease, Writer, metrics) = (lease, writer, context.RequestServices.GetRequiredService<ServerMetrics>());
        ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        deadline = new CancellationTokenSource(options.RequestTimeout);
    }

    /// <summary>The model.</summary>
    public ModelWriter Writer { get; }

    /// <summary>The model with all that it can do.</summary>
    public LoadedModel Model => lease.Model;

    /// <summary>When it was asked for, in seconds since 1970.</summary>
    public long Created { get; } = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>When texts end as they are.</summary>
    public CancellationToken Deadline => deadline.Token;

    /// <summary>When nobody wants the texts any more.</summary>
    public CancellationToken Cancellation => ending.Token;

    /// <summary>Holds the model that a request names.</summary>
    /// <exception cref="ApiException">There is none, it cannot be loaded, or it writes no texts.</exception>
    public static async Task<WritingScope> Open(HttpContext context, ModelRegistry registry, ServerOptions options, string? model)
    {
        ModelSource source = registry.Find(model);
        if (source.Kind is not (Heed.Models.ModelKind.Writer or Heed.Models.ModelKind.Rewriter)) throw ApiException.Unsupported("model", source.Name, $"writes no texts; it answers {ModelEndpoints.RoutesOf(source.Kind)}");
        ModelLease lease = await registry.Rent(source, context.RequestAborted);
        return new WritingScope(context, lease, lease.Model.Writer!, options);
    }

    /// <summary>Begins to write.</summary>
    /// <exception cref="ApiException">A prompt is too long, or the model has too much to do.</exception>
    public IAsyncEnumerable<TextPiece> Write(WritingPlan plan, string parameter) => metrics.Watch(Writer.Source.Name, plan, ApiException.Asking(parameter, () => Writer.Write(plan, Cancellation)));

    /// <summary>How many tokens were read and written.</summary>
    public static Usage Usage(WritingPlan plan, int written, int reused, int? thought = null) =>
        new(plan.PromptTokens, written, plan.PromptTokens + written, new PromptDetails(Math.Min(reused, plan.PromptTokens)), thought is { } count ? new OutputDetails(count) : null);

    public void Dispose()
    {
        ending.Cancel();
        ending.Dispose();
        deadline.Dispose();
        lease.Dispose();
    }
}
