using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace Heed.Server;

/// <summary>The page on which people read the OpenAPI document and try the routes: Swagger UI, whose files are in its package. It loads nothing from elsewhere.</summary>
internal static class ApiPage
{
    /// <summary>Where it is.</summary>
    public const string Path = "/docs";

    /// <summary>What it may load and call: this server alone. The hash is of the colours of the picture at its top.</summary>
    public const string Policy = "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Map(IEndpointRouteBuilder app) => app.MapSwaggerUI(Path[1..], page =>
    {
        page.DocumentTitle = "Heed API";
        page.SwaggerEndpoint("/openapi/v1.json", "Heed");
        page.DocExpansion(DocExpansion.List);
        page.EnableTryItOutByDefault();
        page.EnableDeepLinking();
        page.DisplayRequestDuration();
        page.EnableValidator(null!); // which is a site of its makers
    });
}
