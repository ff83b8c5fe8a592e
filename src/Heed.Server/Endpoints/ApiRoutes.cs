using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heed.Server;

/// <summary>All routes, each with what it takes and gives for the OpenAPI document.</summary>
internal static class ApiRoutes
{
    private const string Models = "Models", Writing = "Writing", Reading = "Reading", Operation = "Operation";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/models", ModelEndpoints.List).Produces<ModelList>().WithTags(Models).WithSummary("The models that there are");
        app.MapGet("/v1/models/{**name}", ModelEndpoints.One).Produces<ModelCard>().Produces<ErrorResponse>(404).WithTags(Models).WithSummary("One model");
        app.MapPost("/v1/completions", CompletionEndpoint.Handle).Takes<CompletionRequest, CompletionResponse>(Writing, "Continues texts, fills gaps in them, or with an encoder-decoder rewrites them");
        app.MapPost("/v1/chat/completions", ChatEndpoint.Handle).Takes<ChatRequest, ChatResponse>(Writing, "Answers a conversation");
        app.MapPost("/v1/responses", ResponseEndpoint.Handle).Takes<ResponseRequest, ResponseObject>(Writing, "Answers a conversation, in the words of the Responses API");
        app.MapPost("/v1/embeddings", EmbeddingEndpoint.Handle).Takes<EmbeddingRequest, EmbeddingResponse>(Reading, "Makes vectors of texts");
        app.MapPost("/v1/rerank", ReadingEndpoints.Rerank).Takes<RerankRequest, RerankResponse>(Reading, "Orders documents by how well they fit a question");
        app.MapPost("/v1/classify", ReadingEndpoints.Classify).Takes<ClassifyRequest, ClassifyResponse>(Reading, "Gives texts labels");
        app.MapPost("/v1/fill-mask", ReadingEndpoints.Fill).Takes<FillMaskRequest, FillMaskResponse>(Reading, "Says what may stand at the masks of texts");
        app.MapGet("/health", (Delegate)ModelEndpoints.Health).Produces<Health>().WithTags(Operation).WithSummary("The process is alive");
        app.MapGet("/ready", ModelEndpoints.Ready).Produces<Health>().Produces<Health>(503).WithTags(Operation).WithSummary("Requests are welcome");
        app.MapGet("/metrics", PrometheusText.Handle).Produces<string>(200, "text/plain").WithTags(Operation).WithSummary("What the server measures, for Prometheus");
        app.MapOpenApi("/openapi/{documentName}.json");
        ApiPage.Map(app);
    }

    private static void Takes<TRequest, TAnswer>(this RouteHandlerBuilder route, string group, string summary) where TRequest : notnull
    {
        route.Accepts<TRequest>("application/json").Produces<TAnswer>().WithTags(group).WithSummary(summary);
        route.AddOpenApiOperationTransformer((operation, context, _) =>
        {
            if (operation.RequestBody?.Content is { } content) content["application/json"].Example = ApiExamples.Of(context.Description.RelativePath!, context.ApplicationServices);
            return Task.CompletedTask;
        });
        foreach (int status in (int[])[400, 401, 404, 413, 415, 429, 500, 503]) route.Produces<ErrorResponse>(status);
    }
}
