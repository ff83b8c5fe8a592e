using System.Text;
using Heed.Generation;
using Heed.Server;

namespace Heed.Studio.Pages.Chat;

/// <summary>Makes an answer's text of its tokens as they come, those that it begins with included.</summary>
internal sealed class AnswerText
{
    private readonly ChatTurn answer;
    private readonly TextPieces pieces;
    private readonly StringBuilder text = new();

    public AnswerText(ChatTurn answer, ModelWriter writer)
    {
        this.answer = answer;
        // Marks of thoughts and calls are special tokens of some models; the page shows what they mark.
        pieces = new TextPieces(writer.Tokenizer, [], answer.Use == ModelUse.Converse ? [.. ThoughtReader.Marks, .. writer.ToolFormat?.Marks ?? []] : null);
        List<AnswerToken> given = answer.Tokens;
        answer.Tokens = [];
        foreach (AnswerToken token in given) Append(token.Id, token.LogProb, token.Top);
    }

    /// <summary>The next token.</summary>
    public void Append(WrittenToken token) => Append(token.Token.Id, token.Token.LogProb, token.Top);

    /// <summary>No more tokens come.</summary>
    public void End()
    {
        text.Append(pieces.Flush());
        answer.Text = text.ToString();
    }

    private void Append(int id, float logProb, IReadOnlyList<TokenProbability> top)
    {
        answer.Tokens.Add(new AnswerToken(id, logProb, text.Length, top));
        text.Append(pieces.Append(new GeneratedToken(id, logProb, [], FinishReason.None)).Text);
        answer.Text = text.ToString();
    }
}
