using System.Text.Json;
using System.Text.Json.Serialization;
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
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict; // of which numbers as texts are none
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
        });
        services.AddOpenApi("v1", document => document.AddDocumentTransformer((made, context, _) =>
        {
            made.Info = new OpenApiInfo { Title = "Heed", Version = "v1", Description = "Language models of this machine, in the words of OpenAI's API." };
            made.Servers = [new OpenApiServer { Url = "/" }];
            if (context.ApplicationServices.GetRequiredService<ApiKeys>().Needed) DemandKey(made);
            return Task.CompletedTask;
        }));
    }

    private static void DemandKey(OpenApiDocument document)
    {
        const string scheme = "key";
        document.AddComponent(scheme, new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "One of the server's API keys" });
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, document)] = [] }];
    }
}
