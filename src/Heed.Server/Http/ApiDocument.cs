using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Heed.Server;

/// <summary>The OpenAPI document, which other programs make clients and pages of: /openapi/v1.json.</summary>
internal static class ApiDocument
{
    public static void AddHeedDocument(this IServiceCollection services)
    {
        services.Configure<JsonOptions>(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
        });
        services.AddOpenApi("v1", document => document.AddDocumentTransformer((made, _, _) =>
        {
            made.Info = new OpenApiInfo { Title = "Heed", Version = "v1", Description = "Language models of this machine, in the words of OpenAI's API." };
            return Task.CompletedTask;
        }));
    }
}
