using Heed.Studio.Assets;
using Heed.Studio.Layout;
using Heed.Studio.Pages.Chat;
using Heed.Studio.Pages.Inside;
using Heed.Studio.Pages.Next;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using MudBlazor;
using MudBlazor.Services;

namespace Heed.Studio;

/// <summary>
/// The pages on which the models of a server can be talked to and looked into, in the server's own process.
/// <code>
/// await using WebApplication server = HeedServer.Build(options, builder => builder.AddHeedStudio());
/// server.MapHeedStudio();
/// await server.StartAsync();
/// </code>
/// </summary>
public static class HeedStudio
{
    // What a page may send at once: a recipe, a text to look into.
    private const int LongestMessage = 1 << 20;

    /// <summary>Adds what the pages need to a server's services.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="options">What the pages may see and do; null = the usual.</param>
    public static WebApplicationBuilder AddHeedStudio(this WebApplicationBuilder builder, StudioOptions? options = null)
    {
        IServiceCollection services = builder.Services;
        services.AddDataProtection().AddKeyManagementOptions(keys => keys.XmlRepository = new MemoryKeys());
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error); // it warns of keys on a disk, and there are none
        services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            circuits.DisconnectedCircuitMaxRetained = 20;
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(3);
        }).AddHubOptions(hub => hub.MaximumReceiveMessageSize = LongestMessage);
        services.AddMudServices(mud => mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomCenter);
        services.AddSingleton<StudioAccess>();
        services.AddSingleton<StudioModels>();
        services.AddSingleton(options ?? new StudioOptions());
        services.AddSingleton<StudioRuns>();
        services.AddSingleton<AnswerWriter>();
        services.AddSingleton<NextReader>();
        services.AddScoped<BrowserStore>();
        services.AddScoped<CircuitWatch>();
        services.AddScoped<CircuitHandler>(provider => provider.GetRequiredService<CircuitWatch>());
        services.AddSingleton<StudioInspectors>();
        services.TryAddSingleton<ICheckpointSource, RunCheckpoints>();
        services.AddSingleton<StudioRecipes>();
        services.AddSingleton<StudioTraining>();
        services.AddHostedService(all => all.GetRequiredService<StudioTraining>());
        return builder;
    }

    /// <summary>Adds the pages, behind the server's own routes.</summary>
    public static WebApplication MapHeedStudio(this WebApplication app)
    {
        StudioAccess access = app.Services.GetRequiredService<StudioAccess>();
        app.Use(next => context => access.Watch(context, next));
        app.UseAntiforgery();
        EmbeddedAssets.Map(app);
        access.Map(app);
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(mode => mode.ContentSecurityFrameAncestorsPolicy = null); // StudioAccess sets the whole policy
        return app;
    }
}
