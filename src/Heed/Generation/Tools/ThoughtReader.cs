using System.Text;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>A part of an answer that may begin with thoughts.</summary>
/// <param name="Text">The text; never empty.</param>
/// <param name="IsThought">Whether it is a thought, and no part of the answer proper.</param>
public readonly record struct ThoughtPart(string Text, bool IsThought);

/// <summary>
/// Takes a model's answer as it comes and separates what it thinks before it answers (<c>&lt;think&gt;...&lt;/think&gt;</c>, as DeepSeek-R1, Qwen3 and others
/// write it) from what it answers. White space at the ends of the thoughts is left out. One reader, one answer.
/// </summary>
/// <param name="opened">Whether the prompt ends within thoughts already (<see cref="IsOpen"/>).</param>
public sealed class ThoughtReader(bool opened = false)
{
    private const string Begin = "<think>", End = "</think>";
    private const int LongestEnd = 16; // tokens in which a prompt's last mark stands

    private enum Place : byte
    {
        Begin,
        FirstThought,
        Thought,
        BehindThoughts,
        Answer,
    }

    private readonly StringBuilder held = new();
    private Place place = opened ? Place.FirstThought : Place.Begin;

    /// <summary>Tokens by which thoughts are known, which a decoder must write though they are special ones of some tokenizers.</summary>
    public static IReadOnlyList<string> Marks { get; } = [Begin, End];

    /// <summary>Whether what comes next is a thought, as far as is known.</summary>
    public bool IsThinking => place is Place.FirstThought or Place.Thought;

    /// <summary>Whether a prompt ends with the mark that begins thoughts, as some templates have it.</summary>
    public static bool IsOpen(Tokenizer tokenizer, ReadOnlySpan<int> prompt) =>
        tokenizer.Decode(prompt[^Math.Min(LongestEnd, prompt.Length)..]).AsSpan().TrimEnd().EndsWith(Begin, StringComparison.Ordinal);

    /// <summary>Takes the next piece of the answer.</summary>
    /// <returns>What is certain now.</returns>
    public IReadOnlyList<ThoughtPart> Append(string text) => place == Place.Answer ? Answer(text) : Read(text, ended: false);

    /// <summary>Ends the answer.</summary>
    /// <returns>What was held back.</returns>
    public IReadOnlyList<ThoughtPart> Finish() => Read("", ended: true);

    private static IReadOnlyList<ThoughtPart> Answer(string text) => text.Length > 0 ? [new ThoughtPart(text, false)] : [];

    private List<ThoughtPart> Read(string more, bool ended)
    {
        List<ThoughtPart> parts = [];
        string text = held.Append(more).ToString();
        held.Clear();
        if (place == Place.Begin)
        {
            string start = text.TrimStart();
            if (start.StartsWith(Begin, StringComparison.Ordinal)) (place, text) = (Place.FirstThought, start[Begin.Length..]);
            else if (!ended && Begin.StartsWith(start, StringComparison.Ordinal)) held.Append(text);
            else place = Place.Answer;
        }
        if (place == Place.FirstThought && text.TrimStart() is { Length: > 0 } first) (place, text) = (Place.Thought, first);
        if (place == Place.Thought)
        {
            int end = ToolCallFormat.Find(text, End), thought = text.AsSpan(0, end).TrimEnd().Length;
            bool closed = text.AsSpan(end).StartsWith(End);
            if (ended && !closed) thought = text.AsSpan().TrimEnd().Length;
            if (thought > 0) parts.Add(new ThoughtPart(text[..thought], true));
            if (closed) (place, text) = (Place.BehindThoughts, text[(end + End.Length)..]);
            else held.Append(text, thought, text.Length - thought);
        }
        if (place == Place.BehindThoughts && text.TrimStart() is { Length: > 0 } answer) (place, text) = (Place.Answer, answer);
        if (place == Place.Answer) parts.AddRange(Answer(text));
        return parts;
    }
}
