using System.Runtime.CompilerServices;
using System.Text;
using Heed.Models;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>
/// A conversation with a model, in the words of its own chat template. The model's memory of earlier turns is kept: of each turn only what is new is
/// read. Not for several threads at once.
/// <code>
/// var model = LanguageModel.Load("models/Qwen3-0.6B");
/// var chat = model.StartChat(system: "You answer in one sentence.");
/// await foreach (string piece in chat.SendAsync("Why is the sky blue?", new() { Temperature = 0.7f, MaxTokens = 200 })) Console.Write(piece);
/// </code>
/// </summary>
public sealed class Chat
{
    private readonly LanguageModel model;
    private readonly ChatText text;
    private readonly ChatMemory memory;
    private readonly IReadOnlyList<int> ends;
    private readonly List<ChatMessage> messages = [];

    /// <summary>Begins a conversation.</summary>
    /// <param name="model">The model.</param>
    /// <param name="template">How it wants a conversation written.</param>
    /// <param name="system">What the model is told before the first turn; null = nothing.</param>
    /// <param name="endTokens">Ids that end an answer beside those of the model's configuration.</param>
    /// <exception cref="ArgumentException">The model does not continue texts.</exception>
    public Chat(LanguageModel model, ChatTemplate template, string? system = null, IEnumerable<int>? endTokens = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(template);
        TransformerConfig config = model.Transformer.Config;
        if (config.Decoder is null || config.Encoder is not null || config.Head.Kind != HeadKind.Vocabulary) throw new ArgumentException($"a chat needs a model that continues texts; a {config.ModelType} model of this kind does not");
        (this.model, text, memory) = (model, new ChatText(template, model.Tokenizer), new ChatMemory(model.Transformer));
        ends = [.. config.EndTokens.Concat(endTokens ?? []).Distinct()];
        Reset(system);
    }

    /// <summary>What was said so far, the system's message first if there is one.</summary>
    public IReadOnlyList<ChatMessage> Messages => messages;

    /// <summary>Tokens of the last turn's prompt, all earlier turns included.</summary>
    public int PromptTokens { get; private set; }

    /// <summary>Of these, the tokens that were still in memory.</summary>
    public int ReusedTokens => memory.Reused;

    /// <summary>Why the last answer ended; None where it was broken off.</summary>
    public FinishReason Finish { get; private set; }

    /// <summary>Forgets what was said.</summary>
    /// <param name="system">What the model is told before the first turn; null = nothing.</param>
    public void Reset(string? system = null)
    {
        messages.Clear();
        if (!string.IsNullOrEmpty(system)) messages.Add(new ChatMessage("system", system));
    }

    /// <summary>Says something; the answer comes in pieces as it is made. An answer that is broken off counts as far as it came.</summary>
    /// <param name="message">What the user says.</param>
    /// <param name="options">How to choose tokens and when to stop; null = the defaults.</param>
    /// <param name="cancellation">Breaks the answer off between two tokens.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the conversation is longer than the model's context; it is then as before.</exception>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    public IEnumerable<GeneratedText> Send(string message, SamplingOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        options ??= new SamplingOptions();
        ChatMessage asked = new("user", message);
        int[] prompt = text.Encode([.. messages, asked]);
        PromptTokens = prompt.Length;
        return Answer(asked, model.Stream(memory.Generate(prompt, options, ends, cancellation), options));
    }

    /// <summary>The same, computed beside the caller's thread: only the text of each piece.</summary>
    /// <inheritdoc cref="Send"/>
    public async IAsyncEnumerable<string> SendAsync(string message, SamplingOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using IEnumerator<GeneratedText> pieces = Send(message, options, cancellation).GetEnumerator();
        while (await Task.Run(pieces.MoveNext, CancellationToken.None).ConfigureAwait(false))
            if (pieces.Current.Text.Length > 0) yield return pieces.Current.Text;
    }

    private IEnumerable<GeneratedText> Answer(ChatMessage asked, IEnumerable<GeneratedText> pieces)
    {
        StringBuilder answer = new();
        Finish = FinishReason.None;
        bool begun = false;
        try
        {
            foreach (GeneratedText piece in pieces)
            {
                begun = true;
                answer.Append(piece.Text);
                Finish = piece.Finish;
                yield return piece;
            }
        }
        finally
        {
            if (begun) messages.AddRange([asked, new ChatMessage("assistant", answer.ToString())]);
        }
    }
}
