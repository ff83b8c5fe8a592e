namespace Heed.Generation;

/// <summary>How far a constrained text has come.</summary>
/// <param name="IsComplete">Whether the text is whole as it stands.</param>
/// <param name="Missing">A shortest text that would complete it, empty where it is complete; null where no text would, since a token did not fit.</param>
/// <param name="Open">The rules that have begun and not ended, the innermost first: of a JSON Schema the paths of the schemas.</param>
public sealed record ConstraintStatus(bool IsComplete, string? Missing, IReadOnlyList<string> Open);
