using System.Text;
using Heed.Tokenization;
using Heed.Tokenization.Templates;

namespace Heed.Generation;

/// <summary>
/// A conversation as token ids: the template's special tokens become their ids, while what people wrote stays text, even where it spells one
/// (<c>&lt;|im_end|&gt;</c> typed by a user ends nothing). For any number of threads.
/// </summary>
/// <param name="template">How the model wants a conversation written.</param>
/// <param name="tokenizer">Its tokenizer.</param>
public sealed class ChatText(ChatTemplate template, Tokenizer tokenizer)
{
    private readonly AddedToken[] special = [.. tokenizer.AddedTokens.Where(t => t.Special && t.Content.Length > 0).OrderByDescending(t => t.Content.Length)];

    /// <summary>The ids of a conversation, up to where the model is to answer.</summary>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    public int[] Encode(IReadOnlyList<ChatMessage> messages) => Encode([.. messages.Select(m => (TemplateValue)m)], []);

    /// <summary>The ids of a conversation in which tools may be called.</summary>
    /// <param name="messages">The messages: <see cref="ChatMessage"/>s, and those of <see cref="ToolMessages"/>.</param>
    /// <param name="tools">The tools as <see cref="ToolDeclaration.ToTemplate"/> makes them; none = the template hears of none.</param>
    /// <param name="opening">How the answer begins: tokens behind the prompt, in which special ones are meant.</param>
    /// <param name="variables">What else the template knows by name, such as <c>enable_thinking</c>.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    public int[] Encode(IReadOnlyList<TemplateValue> messages, IReadOnlyList<TemplateValue> tools, string opening = "", params IEnumerable<KeyValuePair<string, TemplateValue>> variables)
    {
        List<KeyValuePair<string, TemplateValue>> given = [.. variables, new("messages", TemplateValue.List(messages))];
        if (tools.Count > 0) given.Add(new("tools", TemplateValue.List(tools)));
        string sign = SignOf([.. given.SelectMany(v => Strings(v.Value))]);
        if (sign.Length > 0) given = [.. given.Select(v => KeyValuePair.Create(v.Key, Signed(v.Value, sign)))];
        given.Add(new("add_generation_prompt", true));
        int[] ids = Encode(template.Render(given), sign);
        return opening.Length == 0 ? ids : [.. ids, .. tokenizer.Encode(opening, SpecialTokens.Parse)];
    }

    /// <summary>
    /// A conversation to learn from. Where the template marks what the model writes (<c>{% generation %}</c>) that counts; else what it adds when a turn of the
    /// assistant follows its invitation to answer. A template that writes earlier turns otherwise than the last makes an example of each turn.
    /// </summary>
    /// <param name="messages">The messages.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    internal IReadOnlyList<ChatExample> Examples(IReadOnlyList<ChatMessage> messages)
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

    private string Sign(IReadOnlyList<ChatMessage> messages) => SignOf([.. messages.Select(m => m.Content)]);

    private IEnumerable<ChatMessage> Signed(IReadOnlyList<ChatMessage> messages, string sign) => sign.Length == 0 ? messages : messages.Select(m => m with { Content = Broken(m.Content, sign) });

    // A sign that nobody uses breaks the spelling of special tokens on its way through the template, and is taken out behind it; "" where nobody spells one.
    private string SignOf(IReadOnlyList<string> texts)
    {
        if (!texts.Any(text => special.Any(t => text.Contains(t.Content, StringComparison.Ordinal)))) return "";
        for (char sign = '\uE000'; sign <= '\uF8FF'; sign++)
            if (!texts.Any(text => text.Contains(sign))) return sign.ToString();
        throw new ArgumentException("the conversation holds every private character there is");
    }

    private static IEnumerable<string> Strings(TemplateValue value) => value switch
    {
        StringValue text => [text.Text],
        SequenceValue list => list.Values.SelectMany(Strings),
        DictValue dict => dict.Pairs.SelectMany(p => Strings(p.Key).Concat(Strings(p.Value))),
        _ => [],
    };

    private TemplateValue Signed(TemplateValue value, string sign) => value switch
    {
        StringValue text => Broken(text.Text, sign),
        SequenceValue list => TemplateValue.List(list.Values.Select(v => Signed(v, sign))),
        DictValue dict => TemplateValue.Dict(dict.Pairs.Select(p => (((StringValue)Signed(p.Key, sign)).Text, Signed(p.Value, sign)))),
        _ => value,
    };

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
