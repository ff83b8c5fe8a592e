using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Heed.Server;

/// <summary>
/// Heed's models over HTTP, in the words of OpenAI's API.
/// <code>
/// await using WebApplication server = HeedServer.Build(new ServerOptions { Models = [ModelSource.Read("models/poems-zh")] });
/// await server.StartAsync();
/// </code>
/// In an application that has other pages too: <c>builder.AddHeed(options)</c>, then <c>app.MapHeed()</c>.
/// </summary>
public static class HeedServer
{
    /// <summary>A server of its own, which reads no configuration but the options, and whose owner starts and stops it.</summary>
    /// <param name="options">What it serves, where, and its limits.</param>
    /// <param name="configure">Adds to its services, such as logging.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message says which.</exception>
    public static WebApplication Build(ServerOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "heed" });
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<IHostLifetime, OwnedLifetime>();
        builder.AddHeed(options);
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        app.MapHeed();
        return app;
    }

    /// <summary>Adds what the routes need, the address to listen on, and the limits of connections.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message says which.</exception>
    public static WebApplicationBuilder AddHeed(this WebApplicationBuilder builder, ServerOptions options)
    {
        options.Validate();
        IServiceCollection services = builder.Services;
        services.AddLogging();
        services.AddRoutingCore();
        services.AddSingleton(new ApiKeys(options.ApiKeys));
        options = options with { ApiKeys = [] }; // none is kept as it is
        services.AddSingleton(options);
        services.AddSingleton<ModelRegistry>();
        services.AddMetrics();
        services.AddSingleton<ServerMetrics>();
        services.AddSingleton<PrometheusText>();
        services.AddSingleton<RequestLog>();
        services.AddHeedLimits(options);
        services.AddHeedDocument();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
            kestrel.Listen(options.Address, options.Port);
        });
        // A page of another site that gives itself this machine's address is not let in by it.
        if (IPAddress.IsLoopback(options.Address)) services.AddHostFiltering(filter => (filter.AllowedHosts, filter.IncludeFailureMessage) = (["localhost", "127.0.0.1", "[::1]"], false));
        if (options.Origins.Count > 0) services.AddCors(cors => cors.AddDefaultPolicy(new CorsPolicyBuilder([.. options.Origins]).WithMethods("GET", "POST").WithHeaders("Authorization", "Content-Type").Build()));
        return builder;
    }

    /// <summary>Adds the routes, and before them what watches over every request.</summary>
    public static WebApplication MapHeed(this WebApplication app)
    {
        ServerOptions options = app.Services.GetRequiredService<ServerOptions>();
        RequestLog log = app.Services.GetRequiredService<RequestLog>();
        app.Services.GetRequiredService<PrometheusText>(); // which counts from now on
        app.Use(next => context =>
        {
            SecurityHeaders.Apply(context.Response);
            return log.Watch(context, next);
        });
        if (IPAddress.IsLoopback(options.Address)) app.UseHostFiltering();
        app.UseMiddleware<ApiErrors>();
        if (options.Origins.Count > 0) app.UseCors();
        app.UseHeedLimits();
        app.UseRouting();
        ApiRoutes.Map(app);
        return app;
    }

    // Signals are the owner's.
    private sealed class OwnedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
