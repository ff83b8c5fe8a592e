using Microsoft.AspNetCore.Components.Server.Circuits;

namespace Heed.Studio;

/// <summary>Tells the parts of one reader's page when the browser is gone, long before the page itself is given up: what is written for nobody ends at once.</summary>
internal sealed class CircuitWatch : CircuitHandler
{
    /// <summary>The connection is lost, or closed.</summary>
    public event Action? Gone;

    public override Task OnConnectionDownAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Gone?.Invoke();
        return Task.CompletedTask;
    }
}
