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
        if (!messages.Any(m => special.Any(t => m.Content.Contains(t.Content, StringComparison.Ordinal))))
            return tokenizer.Encode(template.Render(messages, addGenerationPrompt: true), SpecialTokens.Parse);
        // A sign that nobody uses breaks the spelling on its way through the template, and is taken out behind it.
        string sign = Unused(messages);
        string text = template.Render(messages.Select(m => m with { Content = Broken(m.Content, sign) }), addGenerationPrompt: true);
        return Encode(text, sign);
    }

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
