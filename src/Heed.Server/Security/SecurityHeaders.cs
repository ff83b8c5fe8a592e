using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>Headers that keep browsers from doing more with an answer than showing it.</summary>
internal static class SecurityHeaders
{
    /// <summary>Headers of every answer.</summary>
    public static void Apply(HttpResponse response)
    {
        IHeaderDictionary headers = response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XFrameOptions = "DENY";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (ApiPaths.IsPage(response.HttpContext)) headers.ContentSecurityPolicy = ApiPage.Policy;
        if (!ApiPaths.IsApi(response.HttpContext)) return;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
    }
}

/// <summary>Which paths are the API's, and which of other pages in the same process.</summary>
internal static class ApiPaths
{
    public static bool IsApi(HttpContext context) => context.Request.Path.StartsWithSegments("/v1") || context.Request.Path.StartsWithSegments("/metrics") || context.Request.Path.StartsWithSegments("/openapi") || IsProbe(context);

    /// <summary>The page of the API.</summary>
    public static bool IsPage(HttpContext context) => context.Request.Path.StartsWithSegments(ApiPage.Path);

    /// <summary>What is answered without a key: probes, and the document, which tells nothing of this server. The page is no part of the API.</summary>
    public static bool IsOpen(HttpContext context) => IsProbe(context) || context.Request.Path.StartsWithSegments("/openapi");

    /// <summary>What asks whether the server is alive; no limit and no line in the log is for that.</summary>
    public static bool IsProbe(HttpContext context) => context.Request.Path.Value is "/health" or "/ready";
}
