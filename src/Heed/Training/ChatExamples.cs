using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>Conversations as sequences of a limited length: turns that do not fit are left out whole, from the last.</summary>
/// <param name="template">How conversations are written.</param>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="most">Most tokens of a sequence.</param>
internal sealed class ChatExamples(ChatTemplate template, Tokenizer tokenizer, int most)
{
    private readonly ChatText text = new(template, tokenizer);

    /// <summary>Conversations of which turns were left out.</summary>
    public int Shortened { get; private set; }

    /// <summary>Conversations that were left out altogether: of their first answer nothing fits.</summary>
    public int Dropped { get; private set; }

    /// <summary>The examples of conversations.</summary>
    /// <exception cref="InvalidDataException">None is left, or the template refuses one.</exception>
    public ChatExample[] Of(IReadOnlyList<ChatMessage>[] conversations, CancellationToken cancellation)
    {
        List<ChatExample> examples = [];
        for (int i = 0; i < conversations.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                examples.AddRange(Fitting(conversations[i]));
            }
            catch (ChatTemplateException e)
            {
                throw new InvalidDataException($"conversation {i + 1}: {e.Message}", e);
            }
        }
        return examples.Count > 0 ? [.. examples] : throw new InvalidDataException($"of {conversations.Length} conversations none has an answer within {most - 1} tokens (algorithm.context)");
    }

    private IEnumerable<ChatExample> Fitting(IReadOnlyList<ChatMessage> messages)
    {
        IReadOnlyList<ChatExample> whole = text.Examples(messages);
        if (whole.All(e => e.Ids.Length <= most)) return whole;
        if (whole.Count > 1)
        {
            // One example for each turn: those that fit.
            ChatExample[] fit = [.. whole.Where(e => e.Ids.Length <= most)];
            if (fit.Length == 0) Dropped++;
            else Shortened++;
            return fit;
        }
        for (int end = messages.Count - 1; end > 0; end--)
        {
            if (messages[end - 1].Role != "assistant") continue;
            ChatExample shorter = text.Examples([.. messages.Take(end)])[0];
            if (shorter.Ids.Length > most) continue;
            Shortened++;
            return [shorter];
        }
        // Not even the first answer fits whole: as much of it as there is room for.
        ChatExample cut = new(whole[0].Ids[..most], whole[0].Counted[..most]);
        if (!cut.Counted.Contains(true))
        {
            Dropped++;
            return [];
        }
        Shortened++;
        return [cut];
    }
}
