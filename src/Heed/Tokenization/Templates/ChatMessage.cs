namespace Heed.Tokenization;

/// <summary>One message of a conversation: who speaks, and what.</summary>
/// <param name="Role">The speaker: "system", "user", "assistant", "tool".</param>
/// <param name="Content">The text.</param>
public sealed record ChatMessage(string Role, string Content);
