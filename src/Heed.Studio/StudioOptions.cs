namespace Heed.Studio;

/// <summary>What the pages may see and do beside the server's models.</summary>
public sealed record StudioOptions
{
    /// <summary>The working folder: <c>recipes/</c> in it is offered for training, and runs go to <c>runs/</c>. Default: the current directory.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Whether visitors may train. Never where everybody on the network is a visitor: beyond this machine the server must ask for keys.</summary>
    public bool Train { get; init; } = true;
}
