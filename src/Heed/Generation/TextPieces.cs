using System.Text;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>A piece of generated text.</summary>
/// <param name="Text">Text that became complete with this token; may be empty, never holds half a character.</param>
/// <param name="Token">The token, or null for what was held back at the end.</param>
/// <param name="Finish">Why the generation ended here, or None.</param>
public readonly record struct GeneratedText(string Text, GeneratedToken? Token, FinishReason Finish);

/// <summary>
/// Makes text of the tokens of one sequence as they come: no half characters, and stop texts are found across tokens and never written.
/// Not thread-safe: one sequence, one of these.
/// </summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="stops">Texts that end the sequence.</param>
/// <param name="shown">Special tokens that are written as they are spelled, where all others write nothing, such as <see cref="ToolCallFormat.Marks"/>; null = none.</param>
public sealed class TextPieces(Tokenizer tokenizer, IReadOnlyList<string> stops, IEnumerable<string>? shown = null)
{
    private readonly HashSet<int> shown = [.. tokenizer.AddedTokens.Where(t => t.Special).IntersectBy(shown ?? [], t => t.Content).Select(t => t.Id)];
    private readonly StreamingDecoder decoder = tokenizer.DecodeStream(skipSpecialTokens: true);
    private readonly StringBuilder held = new(); // text that may be the start of a stop text

    /// <summary>Characters that are held back, because a stop text may begin with them.</summary>
    public int Held => held.Length;

    /// <summary>Takes the next token. Behind a piece that finishes there must come none: the caller ends the sequence where it was a stop text.</summary>
    public GeneratedText Append(GeneratedToken token)
    {
        FinishReason finish = token.Finish;
        // A model's table may have more rows than the tokenizer has tokens; such an id writes nothing.
        if (finish != FinishReason.Stop && token.Id < tokenizer.VocabularySize) held.Append(shown.Contains(token.Id) ? decoder.Flush() + tokenizer.IdToToken(token.Id) : decoder.Append(token.Id));
        if (finish != FinishReason.None) held.Append(decoder.Flush());
        string text = held.ToString();
        int stop = Earliest(text);
        if (stop >= 0) return new GeneratedText(text[..stop], token, FinishReason.Stop);
        int keep = finish == FinishReason.None ? Tail(text) : 0;
        held.Clear().Append(text, text.Length - keep, keep);
        return new GeneratedText(text[..^keep], token, finish);
    }

    /// <summary>Ends a sequence that was broken off: what was held back.</summary>
    public string Flush()
    {
        string text = held.Append(decoder.Flush()).ToString();
        held.Clear();
        return text;
    }

    private int Earliest(string text)
    {
        int first = -1;
        foreach (string stop in stops)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (first < 0 || at < first)) first = at;
        }
        return first;
    }

    // Length of the longest end of the text with which a stop text may begin.
    private int Tail(string text)
    {
        int longest = 0;
        foreach (string stop in stops)
            for (int length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
                if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length))) longest = length;
        return longest;
    }
}
