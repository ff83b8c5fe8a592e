using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;

namespace Heed.Server;

/// <summary>Who may call the API, and how often.</summary>
internal static class AccessLimits
{
    private const string KeyItem = "heed.key";

    /// <summary>Adds the rate limit, if there is one: for each key, or without keys for each address.</summary>
    public static void AddHeedLimits(this IServiceCollection services, ServerOptions options)
    {
        if (options.RequestsPerMinute is not { } rate) return;
        services.AddRateLimiter(limiter =>
        {
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => ApiPaths.IsApi(context) && !ApiPaths.IsProbe(context)
                ? RateLimitPartition.GetSlidingWindowLimiter(CallerOf(context), _ => new SlidingWindowRateLimiterOptions { PermitLimit = rate, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 6 })
                : RateLimitPartition.GetNoLimiter(""));
            limiter.OnRejected = (rejected, _) => new ValueTask(ApiErrors.Write(rejected.HttpContext, new ApiException(429, "rate_limit_error", "rate_limit_exceeded", $"more than {rate} requests in a minute")
            {
                RetryAfter = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait) && wait > TimeSpan.Zero ? wait : TimeSpan.FromSeconds(10),
            }));
        });
    }

    /// <summary>Asks for the key, then counts.</summary>
    public static void UseHeedLimits(this WebApplication app)
    {
        ApiKeys keys = app.Services.GetRequiredService<ApiKeys>();
        ServerOptions options = app.Services.GetRequiredService<ServerOptions>();
        if (keys.Needed)
            app.Use(next => context =>
            {
                if (!ApiPaths.IsApi(context) || ApiPaths.IsOpen(context)) return next(context);
                if (keys.Find(context.Request) is not { } key) throw new ApiException(401, "authentication_error", "invalid_api_key", "the request shows no key that the server knows: send Authorization: Bearer KEY");
                context.Items[KeyItem] = key;
                return next(context);
            });
        if (options.RequestsPerMinute is not null) app.UseRateLimiter();
    }

    private static string CallerOf(HttpContext context) => context.Items[KeyItem] is int key ? $"key {key}" : $"address {context.Connection.RemoteIpAddress}";
}
