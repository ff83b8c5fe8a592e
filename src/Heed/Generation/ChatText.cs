using System.Text;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>
/// A conversation as token ids: the template's special tokens become their ids, while what people wrote stays text, even where it spells one
/// (<c>&lt;|im_end|&gt;</c> typed by a user ends nothing).
/// </summary>
internal sealed class ChatText(ChatTemplate template, Tokenizer tokenizer)
{
    private readonly AddedToken[] special = [.. tokenizer.AddedTokens.Where(t => t.Special && t.Content.Length > 0).OrderByDescending(t => t.Content.Length)];

    /// <summary>The ids of a conversation, up to where the model is to answer.</summary>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    public int[] Encode(IReadOnlyList<ChatMessage> messages)
    {
        string sign = Sign(messages);
        return Encode(template.Render(Signed(messages, sign), addGenerationPrompt: true), sign);
    }

    /// <summary>
    /// A conversation to learn from. Where the template marks what the model writes (<c>{% generation %}</c>) that counts; else what it adds when a turn of the
    /// assistant follows its invitation to answer. A template that writes earlier turns otherwise than the last makes an example of each turn.
    /// </summary>
    /// <param name="messages">The messages.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    public IReadOnlyList<ChatExample> Examples(IReadOnlyList<ChatMessage> messages)
    {
        string sign = Sign(messages);
        ChatMessage[] signed = [.. Signed(messages, sign)];
        RenderedChat whole = template.RenderWithSpans([new("messages", TemplateValue.List(signed.Select(m => (TemplateValue)m))), new("add_generation_prompt", false)]);
        if (whole.GenerationSpans.Count > 0) return [Example(whole.Text, whole.GenerationSpans, sign)];
        List<GenerationSpan> spans = [];
        List<ChatExample> alone = [];
        bool stable = true;
        for (int i = 0; i < signed.Length; i++)
        {
            if (signed[i].Role != "assistant") continue;
            string before = template.Render(signed[..i], addGenerationPrompt: true), with = template.Render(signed[..(i + 1)], addGenerationPrompt: false);
            GenerationSpan span = new(before.AsSpan().CommonPrefixLength(with), Answered(with));
            spans.Add(span);
            alone.Add(Example(with, [span], sign));
            stable &= whole.Text.StartsWith(with, StringComparison.Ordinal);
        }
        return stable ? [Example(whole.Text, spans, sign)] : alone;
    }

    // Behind the token that ends a turn a template may write a line end, which nobody has to learn.
    private int Answered(string text)
    {
        int end = text.AsSpan().TrimEnd().Length;
        return special.Any(t => text.AsSpan(0, end).EndsWith(t.Content, StringComparison.Ordinal)) ? end : text.Length;
    }

    // The text is cut where an answer begins and ends, as it is when the model writes it.
    private ChatExample Example(string text, IReadOnlyList<GenerationSpan> spans, string sign)
    {
        List<int> ids = [];
        List<bool> counted = [];
        int at = 0;
        foreach (GenerationSpan span in spans)
        {
            Add(text[at..span.Start], false);
            Add(text[span.Start..span.End], true);
            at = span.End;
        }
        Add(text[at..], false);
        return new ChatExample([.. ids], [.. counted]);

        void Add(string part, bool counts)
        {
            ids.AddRange(Encode(part, sign));
            while (counted.Count < ids.Count) counted.Add(counts);
        }
    }

    // A sign that nobody uses breaks the spelling of special tokens on its way through the template, and is taken out behind it; "" where nobody spells one.
    private string Sign(IReadOnlyList<ChatMessage> messages) =>
        messages.Any(m => special.Any(t => m.Content.Contains(t.Content, StringComparison.Ordinal))) ? Unused(messages) : "";

    private IEnumerable<ChatMessage> Signed(IReadOnlyList<ChatMessage> messages, string sign) => sign.Length == 0 ? messages : messages.Select(m => m with { Content = Broken(m.Content, sign) });

    private static string Unused(IReadOnlyList<ChatMessage> messages)
    {
        for (char sign = '\uE000'; sign <= '\uF8FF'; sign++)
            if (!messages.Any(m => m.Content.Contains(sign))) return sign.ToString();
        throw new ArgumentException("the conversation holds every private character there is");
    }

    private string Broken(string content, string sign)
    {
        StringBuilder text = new();
        for (int at = 0; at < content.Length;)
        {
            bool begins = special.Any(t => string.CompareOrdinal(content, at, t.Content, 0, t.Content.Length) == 0);
            int length = char.IsHighSurrogate(content[at]) && at + 1 < content.Length ? 2 : 1;
            text.Append(content, at, length);
            if (begins) text.Append(sign);
            at += length;
        }
        return text.ToString();
    }

    private int[] Encode(string text, string sign)
    {
        if (sign.Length == 0) return tokenizer.Encode(text, SpecialTokens.Parse);
        List<int> ids = [];
        int from = 0;
        for (int at = 0; at < text.Length;)
        {
            if (special.FirstOrDefault(t => string.CompareOrdinal(text, at, t.Content, 0, t.Content.Length) == 0) is not { } token)
            {
                at++;
                continue;
            }
            string before = text[from..at];
            Plain(token.StripLeft ? before.TrimEnd() : before);
            ids.Add(token.Id);
            at += token.Content.Length;
            while (token.StripRight && at < text.Length && char.IsWhiteSpace(text[at])) at++;
            from = at;
        }
        Plain(text[from..]);
        return [.. ids];

        void Plain(string part) => ids.AddRange(tokenizer.Encode(part.Replace(sign, "", StringComparison.Ordinal), SpecialTokens.None));
    }
}

/// <summary>A conversation as token ids to learn from.</summary>
/// <param name="Ids">Its ids.</param>
/// <param name="Counted">Whether the model is to write that token.</param>
internal sealed record ChatExample(int[] Ids, bool[] Counted);
