namespace Heed.Generation;

/// <summary>A template with its blanks filled.</summary>
/// <param name="Text">The whole text.</param>
/// <param name="Values">What stands in the blanks, in their order.</param>
public sealed record FilledTemplate(string Text, IReadOnlyList<FilledBlank> Values);

/// <summary>What stands in a blank.</summary>
/// <param name="Name">The blank's name.</param>
/// <param name="Value">Its text.</param>
/// <param name="FromModel">Whether the model wrote it.</param>
/// <param name="Probability">How probable the model holds it among all that the blank allows; null where it came from data.</param>
/// <param name="Tokens">Tokens that the model wrote.</param>
/// <param name="IsCut">Whether the most tokens were reached and the value was completed in the shortest way.</param>
public sealed record FilledBlank(string Name, string Value, bool FromModel, double? Probability, int Tokens, bool IsCut);
