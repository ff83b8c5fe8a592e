using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Server;

/// <summary>Makes pieces of text, thoughts and calls of tools of the tokens of one sequence.</summary>
/// <param name="choice">Which text of the request it is.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="plan">What the request wants.</param>
/// <param name="prompt">What stands before the text.</param>
internal sealed class ChoiceText(int choice, Tokenizer tokenizer, WritingPlan plan, Prompt prompt)
{
    private readonly TextPieces pieces = new(tokenizer, plan.Options.Sampling.Stop, [.. plan.Thoughts ? ThoughtReader.Marks : [], .. plan.Tools?.Marks ?? []]);
    private readonly ThoughtReader? thoughts = plan.Thoughts ? new ThoughtReader(ThoughtReader.IsOpen(tokenizer, prompt.Ids)) : null;
    private readonly ToolCallReader? reader = plan.Tools?.NewReader();
    private readonly List<WrittenToken> waiting = []; // tokens whose text is held back
    private int length; // of what the tokens wrote so far

    /// <summary>The next token.</summary>
    public TextPiece Append(GeneratedToken token)
    {
        int start = length + pieces.Held;
        GeneratedText piece = pieces.Append(token);
        length += piece.Text.Length;
        // The end token is no part of the text.
        if (plan.LogProbs && token.Finish != FinishReason.Stop) waiting.Add(new WrittenToken(new TokenProbability(token.Id, token.LogProb), token.Top, start));
        // What belongs to a stop text was never written.
        bool all = piece.Finish is not (FinishReason.None or FinishReason.Stop) || token.Finish == FinishReason.Stop;
        return Piece(piece.Text, Told(all), 1, token.LogProb, Name(piece.Finish));
    }

    /// <summary>The end of a sequence that stops before its own.</summary>
    public TextPiece Cut()
    {
        string text = pieces.Flush();
        length += text.Length;
        return Piece(text, Told(all: true), 0, 0, "length");
    }

    private TextPiece Piece(string text, WrittenToken[] tokens, int count, float logProb, string? finish)
    {
        string thought = "";
        int thinking = thoughts?.IsThinking == true ? count : 0;
        if (thoughts is not null)
        {
            List<ThoughtPart> told = [.. thoughts.Append(text)];
            if (finish is not null) told.AddRange(thoughts.Finish());
            (text, thought) = (string.Concat(told.Where(p => !p.IsThought).Select(p => p.Text)), string.Concat(told.Where(p => p.IsThought).Select(p => p.Text)));
        }
        IEnumerable<ToolCall> calls = [];
        if (reader is not null)
        {
            List<AnswerPart> parts = [.. reader.Append(text)];
            if (reader.Calls > 0 && plan.Tools!.Single) finish = "stop";
            else if (finish is not null) parts.AddRange(reader.Finish());
            if (finish == "stop" && reader.Calls > 0) finish = "tool_calls";
            text = string.Concat(parts.Select(p => p.Text));
            calls = parts.Select(p => p.Call).OfType<ToolCall>();
            if (plan.Tools!.Single) calls = calls.Take(1);
        }
        return new TextPiece(choice, text, tokens, count, logProb, finish, [.. calls]) { Thought = thought, ThoughtCount = thinking };
    }

    private static string? Name(FinishReason finish) => finish switch
    {
        FinishReason.None => null,
        FinishReason.Length => "length",
        _ => "stop",
    };

    private WrittenToken[] Told(bool all)
    {
        int count = all ? waiting.Count : waiting.TakeWhile(t => t.Start < length).Count();
        if (count == 0) return [];
        WrittenToken[] told = [.. waiting.Take(count)];
        waiting.RemoveRange(0, count);
        return told;
    }
}
