using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heed.Studio.Assets;

/// <summary>The scripts and styles of the pages, which lie in the assembly.</summary>
internal static class EmbeddedAssets
{
    private static readonly Dictionary<string, EmbeddedAsset> All = new[]
    {
        // The path is the one that Blazor asks for.
        new EmbeddedAsset("/_framework/blazor.web.js", "blazor.web.js", "text/javascript"),
        new EmbeddedAsset("/studio/MudBlazor.min.css", "MudBlazor.min.css", "text/css"),
        new EmbeddedAsset("/studio/MudBlazor.min.js", "MudBlazor.min.js", "text/javascript"),
        new EmbeddedAsset("/studio/studio.css", "studio.css", "text/css"),
        new EmbeddedAsset("/studio/studio.js", "studio.js", "text/javascript"),
        new EmbeddedAsset("/studio/icon.svg", "icon.svg", "image/svg+xml"),
    }.ToDictionary(a => a.Name);

    /// <summary>The address of an asset, which changes with its content, so that a browser may keep it for ever.</summary>
    public static string Url(string name) => All[name].Url;

    /// <summary>Adds their routes.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (EmbeddedAsset asset in All.Values) app.MapGet(asset.Path, asset.Write).ExcludeFromDescription();
    }
}

/// <summary>One file of the assembly.</summary>
internal sealed class EmbeddedAsset(string path, string name, string type)
{
    private readonly Lazy<(byte[] Plain, byte[] Small, string Hash)> content = new(() => Read(name));

    public string Path => path;

    public string Name => name;

    public string Url => $"{path}?v={content.Value.Hash}";

    /// <summary>Answers a request.</summary>
    public Task Write(HttpContext context)
    {
        (byte[] plain, byte[] small, string hash) = content.Value;
        HttpResponse response = context.Response;
        response.Headers.CacheControl = context.Request.Query.ContainsKey("v") ? "public, max-age=31536000, immutable" : "no-cache";
        response.Headers.ETag = $"\"{hash}\"";
        response.Headers.Vary = "Accept-Encoding";
        if (context.Request.Headers.IfNoneMatch.Contains($"\"{hash}\""))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        bool takesSmall = context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
        if (takesSmall) response.Headers.ContentEncoding = "gzip";
        byte[] bytes = takesSmall ? small : plain;
        response.ContentType = $"{type}; charset=utf-8";
        response.ContentLength = bytes.Length;
        return response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    private static (byte[] Plain, byte[] Small, string Hash) Read(string name)
    {
        using Stream stream = typeof(EmbeddedAsset).Assembly.GetManifestResourceStream(name)!;
        byte[] plain = new byte[stream.Length];
        stream.ReadExactly(plain);
        using MemoryStream small = new();
        using (GZipStream zip = new(small, CompressionLevel.Optimal)) zip.Write(plain);
        return (plain, small.ToArray(), Convert.ToHexStringLower(SHA256.HashData(plain))[..16]);
    }
}
