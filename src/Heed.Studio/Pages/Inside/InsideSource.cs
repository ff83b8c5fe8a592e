namespace Heed.Studio.Pages.Inside;

/// <summary>What is looked into: a model of the server by name, or a run's checkpoint.</summary>
/// <param name="Model">The model's name; null where it is a run.</param>
/// <param name="Run">The run's name; null where it is a model.</param>
/// <param name="Step">The checkpoint's step.</param>
public sealed record InsideSource(string? Model, string? Run = null, int Step = 0);
