using System.Text.Json.Nodes;
using Heed.Generation;
using Heed.Models;
using Microsoft.Extensions.DependencyInjection;

namespace Heed.Server;

/// <summary>A small request for each route, which the page of the API offers to send.</summary>
internal static class ApiExamples
{
    /// <summary>The request of a route; null where there is none. Where a key is needed it names no model: without a key nobody learns which there are.</summary>
    public static JsonNode? Of(string route, IServiceProvider services)
    {
        IReadOnlyList<ModelSource> models = services.GetRequiredService<ApiKeys>().Needed ? [] : services.GetRequiredService<ServerOptions>().Models;
        return route.TrimStart('/') switch
        {
            "v1/completions" => Example(Of(ModelKind.Writer, ModelKind.Rewriter), ("prompt", "Once upon a time"), ("max_tokens", 40)),
            "v1/chat/completions" => Example(Chat(), ("messages", new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Hello" })), ("max_tokens", 40)),
            "v1/responses" => Example(Chat(), ("input", "Hello"), ("max_output_tokens", 40)),
            "v1/embeddings" => Example(Of(ModelKind.Reader, ModelKind.Filler, ModelKind.Classifier, ModelKind.Writer), ("input", new JsonArray("A cat sleeps.", "The dog runs."))),
            "v1/rerank" => Example(Of(ModelKind.Reader, ModelKind.Filler, ModelKind.Classifier), ("query", "Who sleeps?"), ("documents", new JsonArray("The dog runs.", "A cat sleeps."))),
            "v1/classify" => Example(Of(ModelKind.Classifier), ("input", "What a fine day!")),
            "v1/fill-mask" => Example(Of(ModelKind.Filler), ("input", "A cat [MASK].")),
            _ => null,
        };

        string Of(params ModelKind[] kinds) => kinds.SelectMany(kind => models.Where(m => m.Kind == kind)).FirstOrDefault()?.Name ?? "MODEL";

        string Chat() => models.FirstOrDefault(m => m.Kind == ModelKind.Writer && ModelTokenizer.HasTemplate(m.Path))?.Name ?? Of(ModelKind.Rewriter);
    }

    private static JsonObject Example(string model, params (string Name, JsonNode Value)[] fields)
    {
        JsonObject example = new() { ["model"] = model };
        foreach ((string name, JsonNode value) in fields) example[name] = value;
        return example;
    }
}
