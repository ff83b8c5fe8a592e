using Heed.Tokenization.Templates;

namespace Heed.Tokenization;

/// <summary>
/// The template with which a model wants a conversation written: the <c>chat_template</c> of Hugging Face models, in the
/// language of Jinja 3.1 as transformers runs it (sandboxed, <c>trim_blocks</c> and <c>lstrip_blocks</c> on, with loop
/// controls, <c>tojson</c>, <c>raise_exception</c>, <c>strftime_now</c> and <c>{% generation %}</c>). What needs a second
/// template file (<c>include</c>, <c>extends</c>) is not part of it. Immutable and thread-safe: the tree is built once, and each
/// rendering has its own state. A template is data from a stranger: it can reach nothing but the values it is given,
/// and what it may use is bounded by <see cref="ChatTemplateOptions"/>.
/// <code>
/// var template = ChatTemplate.Load("models/Qwen3-0.6B");
/// string text = template.Render([new("user", "Why is the sky blue?")], addGenerationPrompt: true);
/// </code>
/// </summary>
public sealed partial class ChatTemplate
{
    private const int MaxSourceLength = 4 << 20;

    private readonly string source;      // line endings are \n
    private readonly Block body;
    private readonly (string Name, TemplateValue Value)[] defaults;

    private ChatTemplate(string source, Block body, (string Name, TemplateValue Value)[] defaults)
    {
        this.source = source;
        this.body = body;
        this.defaults = defaults;
    }

    /// <summary>The template's text.</summary>
    public string Source => source;

    /// <summary>Reads a template.</summary>
    /// <param name="source">The text of the template.</param>
    /// <exception cref="ChatTemplateException">The text breaks the grammar, or has more than 4 Mi UTF-16 units; line and column are named.</exception>
    public static ChatTemplate Parse(string source) => Parse(source, []);

    internal static ChatTemplate Parse(string source, (string Name, TemplateValue Value)[] defaults)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Length > MaxSourceLength) throw Failure(source, 0, $"the template has {source.Length} characters; at most {MaxSourceLength} are read", raised: false);
        source = source.Replace("\r\n", "\n").Replace('\r', '\n');
        try
        {
            return new ChatTemplate(source, Parser.Parse(source), defaults);
        }
        catch (SyntaxError e)
        {
            throw Failure(source, e.Position, e.Message, raised: false);
        }
        catch (TemplateError e)
        {
            throw Failure(source, 0, e.Message, raised: false);
        }
    }

    /// <summary>Writes a conversation of plain messages.</summary>
    /// <param name="messages">The messages in order.</param>
    /// <param name="addGenerationPrompt">Ends with what stands before an answer of the model, so that it begins to answer.</param>
    /// <param name="options">Clock and bounds; null: the defaults.</param>
    /// <exception cref="ChatTemplateException">The rendering fails, or the template refuses the conversation.</exception>
    public string Render(IEnumerable<ChatMessage> messages, bool addGenerationPrompt, ChatTemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return Render([new("messages", TemplateValue.List(messages.Select(message => (TemplateValue)message))), new("add_generation_prompt", addGenerationPrompt)], options);
    }

    /// <summary>Writes a conversation.</summary>
    /// <inheritdoc cref="RenderWithSpans"/>
    public string Render(IEnumerable<KeyValuePair<string, TemplateValue>> variables, ChatTemplateOptions? options = null) => RenderWithSpans(variables, options).Text;

    /// <summary>Writes a conversation, and says which parts of the text the model is to generate itself.</summary>
    /// <param name="variables">
    /// What the template knows by name: usually <c>messages</c>, <c>add_generation_prompt</c>, and <c>tools</c> and
    /// <c>documents</c>, which are none unless given. They go before the special tokens of a loaded model (<see cref="Load"/>).
    /// </param>
    /// <param name="options">Clock and bounds; null: the defaults.</param>
    /// <exception cref="ChatTemplateException">The rendering fails, or the template refuses the conversation; line and column are named.</exception>
    public RenderedChat RenderWithSpans(IEnumerable<KeyValuePair<string, TemplateValue>> variables, ChatTemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(variables);
        var rendering = new Rendering(options ?? new ChatTemplateOptions());
        var scope = new Scope(rendering);
        scope.Set("tools", NoneValue.Instance);
        scope.Set("documents", NoneValue.Instance);
        foreach ((string name, TemplateValue value) in defaults) scope.Set(name, value);
        foreach ((string name, TemplateValue value) in variables)
        {
            ArgumentNullException.ThrowIfNull(value, name);
            scope.Set(name, value);
        }
        try
        {
            body.Execute(scope);
            return new RenderedChat(rendering.Output.ToString(), [.. rendering.Output.Spans.OrderBy(span => span.Start)]);
        }
        catch (TemplateError e)
        {
            throw Failure(source, rendering.Position, e.Message, e.IsRaised);
        }
    }

    private static ChatTemplateException Failure(string source, int position, string reason, bool raised)
    {
        ReadOnlySpan<char> before = source.AsSpan(0, Math.Min(position, source.Length));
        return new ChatTemplateException(reason, raised, before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }
}
