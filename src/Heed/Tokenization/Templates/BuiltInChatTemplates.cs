namespace Heed.Tokenization;

/// <summary>
/// Chat templates by name, for models that bring none: the ways in which well-known models want conversations written. What the model itself is to write
/// stands between <c>{% generation %}</c> and <c>{% endgeneration %}</c>.
/// </summary>
public static class BuiltInChatTemplates
{
    // The turn ends with one token, so that a model can learn to stop.
    private const string ChatMl = """
        {%- for message in messages -%}
        {{- '<|im_start|>' + message.role + '\n' -}}
        {%- if message.role == 'assistant' -%}{%- generation -%}{{- message.content + '<|im_end|>' -}}{%- endgeneration -%}{%- else -%}{{- message.content + '<|im_end|>' -}}{%- endif -%}
        {{- '\n' -}}
        {%- endfor -%}
        {%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%}
        """;

    private const string Llama3 = """
        {{- '<|begin_of_text|>' -}}
        {%- for message in messages -%}
        {{- '<|start_header_id|>' + message.role + '<|end_header_id|>\n\n' -}}
        {%- if message.role == 'assistant' -%}{%- generation -%}{{- message.content | trim + '<|eot_id|>' -}}{%- endgeneration -%}{%- else -%}{{- message.content | trim + '<|eot_id|>' -}}{%- endif -%}
        {%- endfor -%}
        {%- if add_generation_prompt -%}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}{%- endif -%}
        """;

    private const string Zephyr = """
        {%- for message in messages -%}
        {{- '<|' + message.role + '|>\n' -}}
        {%- if message.role == 'assistant' -%}{%- generation -%}{{- message.content + eos_token -}}{%- endgeneration -%}{%- else -%}{{- message.content + eos_token -}}{%- endif -%}
        {{- '\n' -}}
        {%- endfor -%}
        {%- if add_generation_prompt -%}{{- '<|assistant|>\n' -}}{%- endif -%}
        """;

    private static readonly Dictionary<string, (string Source, string[] Tokens)> all = new()
    {
        ["chatml"] = (ChatMl, ["<|im_start|>", "<|im_end|>"]),
        ["llama3"] = (Llama3, ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]),
        ["zephyr"] = (Zephyr, []),
    };

    /// <summary>The names: chatml (Qwen and many others), llama3, and zephyr, which needs no token but the one that ends a text.</summary>
    public static IReadOnlyCollection<string> Names => all.Keys;

    /// <summary>The text of a template.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static string Source(string name) => Find(name).Source;

    /// <summary>The special tokens that a template writes, beside the one that ends a text.</summary>
    /// <exception cref="ArgumentException">There is no template of that name.</exception>
    public static IReadOnlyList<string> Tokens(string name) => Find(name).Tokens;

    private static (string Source, string[] Tokens) Find(string name) =>
        all.TryGetValue(name, out (string, string[]) found) ? found : throw new ArgumentException($"there is no chat template {name}; there are {string.Join(", ", all.Keys)}");
}
