namespace Heed.Tokenization;

/// <summary>A conversation as the text that a model reads.</summary>
/// <param name="Text">The whole text, special tokens spelled out.</param>
/// <param name="GenerationSpans">
/// What the model itself is to say: the parts of <paramref name="Text"/> which the template put between
/// <c>{% generation %}</c> and <c>{% endgeneration %}</c>, in the order of the text. Training on the assistant's turns takes
/// the loss on these alone. Empty when the template marks nothing.
/// </param>
public sealed record RenderedChat(string Text, IReadOnlyList<GenerationSpan> GenerationSpans);

/// <summary>A part of a rendered text, in UTF-16 units (indices into the .NET string, not code points): text[Start..End].</summary>
/// <param name="Start">Index of the first unit.</param>
/// <param name="End">Index after the last unit.</param>
public readonly record struct GenerationSpan(int Start, int End);
