using Heed.Generation;

namespace Heed.Studio.Pages.Chat;

/// <summary>A token of an answer.</summary>
/// <param name="Id">Its id.</param>
/// <param name="LogProb">ln of its probability under the model.</param>
/// <param name="Start">Where in the answer's text it begins; where the next one does, it ends.</param>
/// <param name="Top">The most probable ones in its place, best first.</param>
public sealed record AnswerToken(int Id, float LogProb, int Start, IReadOnlyList<TokenProbability> Top);

/// <summary>One turn of a conversation: what the reader wrote, or what a model answered.</summary>
public sealed class ChatTurn
{
    /// <summary>Whether it is the reader's.</summary>
    public required bool IsUser { get; init; }

    /// <summary>What was written. An answer's thoughts and calls stand in it as the model wrote them.</summary>
    public string Text { get; set; } = "";

    /// <summary>The model that answered.</summary>
    public string? Model { get; set; }

    /// <summary>What the model did with the text before.</summary>
    public ModelUse Use { get; set; }

    /// <summary>Whether the prompt ended within thoughts already.</summary>
    public bool Thinking { get; set; }

    /// <summary>The answer's tokens; empty where they were not kept.</summary>
    public List<AnswerToken> Tokens { get; set; } = [];

    /// <summary>Tokens that were written.</summary>
    public int Count { get; set; }

    /// <summary>Seconds that they took.</summary>
    public double Seconds { get; set; }

    /// <summary>Why it ended: "stop", "length", "stopped" (by the reader); null = it is being written.</summary>
    public string? Finish { get; set; }

    /// <summary>What went wrong, as a sentence.</summary>
    public string? Failure { get; set; }

    /// <summary>The text of one token.</summary>
    public string TextOf(int place)
    {
        int start = Tokens[place].Start, end = place + 1 < Tokens.Count ? Tokens[place + 1].Start : Text.Length;
        return end > start ? Text[start..end] : ""; // the last one's text may still be missing
    }
}
