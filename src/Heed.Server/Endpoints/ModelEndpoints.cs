using Heed.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Heed.Server;

/// <summary>GET /v1/models, /v1/models/NAME, /health and /ready.</summary>
internal static class ModelEndpoints
{
    public static Task List(HttpContext context, ModelRegistry registry) =>
        context.Response.WriteAsJsonAsync(new ModelList("list", [.. registry.Sources.Select(s => Card(s, registry))]), ApiJson.Relaxed.ModelList);

    public static Task One(HttpContext context, ModelRegistry registry, string name) => context.Response.WriteAsJsonAsync(Card(registry.Find(name), registry), ApiJson.Relaxed.ModelCard);

    /// <summary>The process is alive.</summary>
    public static Task Health(HttpContext context) => context.Response.WriteAsJsonAsync(new Health("ok"), ApiJson.Relaxed.Health);

    /// <summary>Requests are welcome; not so while the server ends.</summary>
    public static Task Ready(HttpContext context, IHostApplicationLifetime lifetime)
    {
        bool ready = lifetime.ApplicationStarted.IsCancellationRequested && !lifetime.ApplicationStopping.IsCancellationRequested;
        if (!ready) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsJsonAsync(new Health(ready ? "ready" : "not ready"), ApiJson.Relaxed.Health);
    }

    /// <summary>The routes that a kind of model answers.</summary>
    public static string RoutesOf(ModelKind kind) => kind switch
    {
        ModelKind.Writer => "/v1/completions, /v1/chat/completions and /v1/embeddings",
        ModelKind.Rewriter => "/v1/completions and /v1/chat/completions",
        ModelKind.Classifier => "/v1/classify, /v1/rerank and /v1/embeddings",
        ModelKind.Filler => "/v1/fill-mask, /v1/embeddings and /v1/rerank",
        _ => "/v1/embeddings and /v1/rerank",
    };

    private static ModelCard Card(ModelSource source, ModelRegistry registry) =>
        new(source.Name, "model", source.Created.ToUnixTimeSeconds(), "heed", source.Kind.ToString().ToLowerInvariant(), source.Bytes, registry.Loaded.Any(l => l.Model.Source == source));
}
