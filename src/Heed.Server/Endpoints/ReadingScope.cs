using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Heed.Server;

/// <summary>What the routes share whose models read texts.</summary>
internal static class ReadingScope
{
    /// <summary>Works on the thread of a model.</summary>
    /// <param name="context">The request.</param>
    /// <param name="registry">The models.</param>
    /// <param name="limits">The server's limits.</param>
    /// <param name="name">The model that the request names.</param>
    /// <param name="route">The route, which only some kinds of models answer.</param>
    /// <param name="parameter">The parameter whose value the model may refuse.</param>
    /// <param name="work">What to do.</param>
    /// <exception cref="ApiException">The model is of another kind, cannot be loaded, or refuses.</exception>
    public static async Task<T> Run<T>(HttpContext context, ModelRegistry registry, ServerOptions limits, string? name, string route, string parameter, Func<LoadedModel, CancellationToken, T> work)
    {
        ModelSource source = registry.Find(name);
        string routes = ModelEndpoints.RoutesOf(source.Kind);
        if (!routes.Contains(route, StringComparison.Ordinal)) throw ApiException.Unsupported("model", source.Name, $"does not answer {route}; it answers {routes}");
        using ModelLease lease = await registry.Rent(source, context.RequestAborted);
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        ending.CancelAfter(limits.RequestTimeout);
        using OperationWatch watch = context.RequestServices.GetRequiredService<ServerMetrics>().Begin(route["/v1/".Length..].Replace('-', '_'), source.Name);
        T answer = await ApiException.Asking(parameter, () => lease.Model.Worker.Run(end => work(lease.Model, end), ending.Token));
        watch.Succeeded();
        return answer;
    }

    /// <summary>The texts of a request.</summary>
    /// <exception cref="ApiException">There is none, or there are too many.</exception>
    public static string[] Texts(System.Text.Json.JsonElement? input, string parameter, ServerOptions limits)
    {
        string[] texts = JsonParts.Texts(input, parameter);
        if (texts.Length == 0) throw ApiException.Invalid(parameter, $"{parameter} must be a text or a list of texts, and not empty");
        return Few(texts, parameter, limits);
    }

    /// <summary>The texts, if they are not too many.</summary>
    public static T[] Few<T>(T[] texts, string parameter, ServerOptions limits)
    {
        int most = limits.MaxChoices * 16;
        return texts.Length <= most ? texts : throw ApiException.Invalid(parameter, $"at most {most} texts are taken at a time, given {texts.Length}");
    }
}
