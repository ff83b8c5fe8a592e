using System.Text;
using System.Text.Json;

namespace Heed.Tokenization;

public sealed partial class ChatTemplate
{
    private const int MaxFileBytes = 64 << 20;

    private static readonly string[] SpecialTokens = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>
    /// Loads the template of a model: a file of a template (.jinja), or a folder with chat_template.jinja, chat_template.json or
    /// the <c>chat_template</c> of tokenizer_config.json, looked for in this order. The special tokens of a folder's
    /// tokenizer_config.json and special_tokens_map.json (<c>bos_token</c>, <c>eos_token</c>, ...) become variables.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="name">Which template, where a model has several with names, such as "tool_use"; null: "default", or the only one.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder has no template.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, the template breaks the grammar, or has not that name; the message names file and place.</exception>
    public static ChatTemplate Load(string path, string? name = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path)) return name is null ? Read(path, ReadText(path), []) : throw new ArgumentException($"'{path}' is one template, without a name; '{name}' is asked for.", nameof(name));

        string configuration = Path.Combine(path, "tokenizer_config.json"), map = Path.Combine(path, "special_tokens_map.json");
        var tokens = new Dictionary<string, TemplateValue>(StringComparer.Ordinal);
        foreach (string file in (string[])[map, configuration])
            if (File.Exists(file))
                TokenizerJson.ReadFile(file, root => ReadTokens(root, tokens));
        (string Name, TemplateValue Value)[] defaults = [.. tokens.Select(t => (t.Key, t.Value))];

        string jinja = Path.Combine(path, "chat_template.jinja"), json = Path.Combine(path, "chat_template.json");
        if (name is not null && Path.Combine(path, "additional_chat_templates", $"{name}.jinja") is var additional && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-') && File.Exists(additional))
            return Read(additional, ReadText(additional), defaults);
        if (name is null or "default" && File.Exists(jinja)) return Read(jinja, ReadText(jinja), defaults);
        foreach (string file in (string[])[json, configuration])
            if (File.Exists(file) && TokenizerJson.ReadFile(file, root => Choose(root, name)) is { } source)
                return Read(file, source, defaults);
        throw new FileNotFoundException(name is null
            ? $"The folder '{path}' has no chat template: neither chat_template.jinja nor chat_template.json, nor chat_template in tokenizer_config.json."
            : $"The folder '{path}' has no chat template called '{name}'.", jinja);
    }

    private static ChatTemplate Read(string path, string source, (string Name, TemplateValue Value)[] defaults)
    {
        try
        {
            return Parse(source, defaults);
        }
        catch (ChatTemplateException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    private static string ReadText(string path)
    {
        long size = new FileInfo(path).Length;
        if (size > MaxFileBytes) throw new InvalidDataException($"{path}: the file has {size} bytes; at most {MaxFileBytes} are read.");
        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path));
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{path}: the file is not UTF-8 text.", e);
        }
    }

    // A token is its text, or an object with the text as "content".
    private static bool ReadTokens(JsonElement root, Dictionary<string, TemplateValue> tokens)
    {
        if (root.ValueKind != JsonValueKind.Object) throw JsonFields.Wrong("", "an object", root);
        foreach (string name in SpecialTokens)
            if (root.TryGetProperty(name, out JsonElement value) && TokenText(value, name) is { } text)
                tokens[name] = text;
        if (root.TryGetProperty("additional_special_tokens", out JsonElement more) && more.ValueKind == JsonValueKind.Array)
            tokens["additional_special_tokens"] = TemplateValue.List([.. more.EnumerateArray().Select(t => (TemplateValue)(TokenText(t, "additional_special_tokens") ?? ""))]);
        return true;
    }

    private static string? TokenText(JsonElement value, string place) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Object when value.TryGetProperty("content", out JsonElement content) => JsonFields.AsString(content, $"{place}.content"),
        _ => JsonFields.AsString(value, place),
    };

    private static string? Choose(JsonElement root, string? name)
    {
        if (root.ValueKind != JsonValueKind.Object) throw JsonFields.Wrong("", "an object", root);
        if (!root.TryGetProperty("chat_template", out JsonElement given) || given.ValueKind == JsonValueKind.Null) return null;
        if (given.ValueKind == JsonValueKind.String) return name is null or "default" ? JsonFields.AsString(given, "chat_template") : null;

        var templates = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonElement entry in JsonFields.AsArray(given, "chat_template"))
        {
            var fields = new JsonFields(entry, "chat_template[]");
            templates[fields.String("name")] = fields.String("template");
        }
        if (templates.TryGetValue(name ?? "default", out string? source)) return source;
        if (name is null && templates.Count == 1) return templates.GetAt(0).Value;
        throw new FormatException($"chat_template has no template called '{name ?? "default"}'; it has {string.Join(", ", templates.Keys.Select(k => $"'{k}'"))}.");
    }
}
