using Heed.Tokenization;

namespace Heed.Server;

/// <summary>A conversation that a model is to answer.</summary>
/// <param name="Messages">What was said, as chat templates know it.</param>
/// <param name="LastOfUser">The last thing that the user said, if anything.</param>
/// <param name="Tools">The tools, as chat templates know them.</param>
/// <param name="Opening">How the answer begins.</param>
internal sealed record Conversation(IReadOnlyList<TemplateValue> Messages, string? LastOfUser, IReadOnlyList<TemplateValue> Tools, string Opening);
