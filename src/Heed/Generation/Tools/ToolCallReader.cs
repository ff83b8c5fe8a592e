using System.Text;

namespace Heed.Generation;

/// <summary>A part of an answer: text, or a call.</summary>
/// <param name="Text">The text; empty for a call.</param>
/// <param name="Call">The call, or null.</param>
public readonly record struct AnswerPart(string Text, ToolCall? Call);

/// <summary>
/// Takes a model's answer as it comes and separates its text from the calls of tools. What cannot be a call goes on at once; what only looked like one, or was
/// not finished, is text in the end. White space around calls is left out. One reader, one answer.
/// <code>
/// var reader = new ToolCallReader(ToolCallFormat.Hermes, ["weather"]);
/// foreach (AnswerPart part in reader.Append(piece)) { /* part.Text or part.Call */ }
/// foreach (AnswerPart part in reader.Finish()) { /* the rest */ }
/// </code>
/// </summary>
/// <param name="format">How the model writes calls.</param>
/// <param name="names">The tools that there are: where an answer in JSON could be taken for a call, the name decides. Null = any.</param>
public sealed class ToolCallReader(ToolCallFormat format, IEnumerable<string>? names = null)
{
    // A call that has begun is looked at anew where it may have ended; while it is short always, so that what is no call is found out soon.
    private const string Ends = "}]>";
    private const int Short = 64;

    private readonly HashSet<string>? known = names?.ToHashSet(StringComparer.Ordinal);
    private readonly StringBuilder held = new();
    private AnswerPlace place;

    /// <summary>Calls found so far.</summary>
    public int Calls { get; private set; }

    /// <summary>Takes the next piece of the answer.</summary>
    /// <returns>What is certain now.</returns>
    public IReadOnlyList<AnswerPart> Append(string text)
    {
        held.Append(text);
        return text.Length > 0 && (held.Length <= Short + text.Length || text.AsSpan().ContainsAny(Ends)) ? Read(ended: false) : [];
    }

    /// <summary>Ends the answer.</summary>
    /// <returns>What was held back.</returns>
    public IReadOnlyList<AnswerPart> Finish() => Read(ended: true);

    private List<AnswerPart> Read(bool ended)
    {
        List<AnswerPart> parts = [];
        string text = held.ToString();
        while (text.Length > 0)
        {
            int start = format.Start(text, place);
            if (start == text.Length)
            {
                int plain = ended ? text.Length : text.AsSpan().TrimEnd().Length; // white space may stand before a call
                Say(parts, text[..plain], ended);
                text = text[plain..];
                break;
            }
            ToolCallMatch match = format.Match(text[start..], name => known?.Contains(name) ?? true, ended);
            if (match.Calls is null)
            {
                int before = text.AsSpan(0, start).TrimEnd().Length;
                Say(parts, ended ? text : text[..before], ended);
                text = ended ? "" : text[before..];
                break;
            }
            Say(parts, match.Calls.Count > 0 ? text[..start].TrimEnd() : text[..(start + 1)], ended: false);
            parts.AddRange(match.Calls.Select(call => new AnswerPart("", call)));
            if (match.Calls.Count > 0) place = AnswerPlace.BehindCall;
            Calls += match.Calls.Count;
            text = text[(match.Calls.Count > 0 ? start + match.Length : start + 1)..];
        }
        held.Clear().Append(text);
        return parts;
    }

    private void Say(List<AnswerPart> parts, string text, bool ended)
    {
        if (place == AnswerPlace.BehindCall) text = text.TrimStart();
        if (ended && Calls > 0 && place == AnswerPlace.BehindCall && string.IsNullOrWhiteSpace(text)) return;
        if (text.Length == 0) return;
        if (!string.IsNullOrWhiteSpace(text)) place = AnswerPlace.Text;
        parts.Add(new AnswerPart(text, null));
    }
}
