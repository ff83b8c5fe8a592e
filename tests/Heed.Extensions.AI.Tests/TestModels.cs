using Heed.Generation;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tests.Generation;
using Heed.Tokenization;

namespace Heed.Extensions.AI.Tests;

/// <summary>Small models that write letters: one of random weights, and ones that say at a place what a script wants.</summary>
internal static class TestModels
{
    public const string Source = """
        {%- if tools -%}{{- '<|s|>system\n' -}}{%- for t in tools -%}{{- (t.function | tojson) + '\n' -}}{%- endfor -%}{{- 'Call with <tool_call></tool_call>.<|e|>' -}}{%- endif -%}
        {%- for m in messages -%}
        {{- '<|s|>' + m.role + '\n' + ('(' + m.reasoning_content + ') ' if m.reasoning_content else '') + m.content -}}
        {%- for c in m.tool_calls or [] -%}{{- '\n<tool_call>\n{"name": "' + c.function.name + '", "arguments": ' + (c.function.arguments | tojson) + '}\n</tool_call>' -}}{%- endfor -%}
        {{- '<|e|>' -}}
        {%- endfor -%}
        {%- if add_generation_prompt -%}{{- '<|s|>' + (speaker | default('assistant')) + '\n' -}}{%- endif -%}
        {%- if enable_thinking is defined and not enable_thinking -%}{{- '<think>\n\n</think>\n\n' -}}{%- endif -%}
        """;

    public static Tokenizer Letters { get; } = Tokenizer.Train([string.Concat(Enumerable.Range(32, 95).Select(c => (char)c)) + "\n"], new CharacterTrainer { SpecialTokens = ["<|s|>", "<|e|>", "[TOOL_CALLS]"] });

    public static ChatTemplate Template { get; } = ChatTemplate.Parse(Source);

    public static int End { get; } = Letters.TokenToId("<|e|>")!.Value;

    /// <summary>Random weights; its greatest context is 1,000 letters.</summary>
    public static LanguageModel Random { get; } = new(new Transformer(Config, seed: 3), Letters);

    private static TransformerConfig Config => new()
    {
        ModelType = "llama",
        Vocabulary = Letters.VocabularySize,
        Context = 1000,
        EndTokens = [End],
        Decoder = new StackConfig
        {
            Depth = 2,
            Width = 24,
            Heads = 4,
            KeyValueHeads = 2,
            Positions = new PositionConfig.Rotary(10000, 1000),
            Norm = new NormConfig.RmsNorm(1e-6f),
            FeedForward = new FeedForwardConfig(48, ActivationKind.Silu, Gated: true, Bias: false),
            QueryKeyValueBias = false,
            OutputBias = false,
            InitialDeviation = 0.2f,
        },
    };

    /// <summary>A model that says each text at its place, whatever it read, and then ends.</summary>
    public static LanguageModel Scripted(params (int At, string Says)[] script)
    {
        int[] text = new int[600];
        foreach ((int at, string says) in script) ((int[])[.. Letters.Encode(says), End]).CopyTo(text, at);
        return new LanguageModel(Parrot.Of(text, text.Length, Letters.VocabularySize, End), Letters);
    }

    /// <summary>Length of a prompt, in letters and special tokens.</summary>
    public static int Length(IReadOnlyList<TemplateValue> messages, params ToolDeclaration[] tools) => new ChatText(Template, Letters).Encode(messages, [.. tools.Select(t => t.ToTemplate())]).Length;

    /// <summary>A client of a model in memory.</summary>
    public static HeedChatClient Client(LanguageModel model, HeedChatClientOptions? options = null) => new(model, (options ?? new()) with { Template = Template });

    /// <summary>Saves the model of random weights with its template.</summary>
    public static string Save(string folder)
    {
        Random.Save(folder);
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), Source);
        return folder;
    }

    /// <summary>A copy of the fixture of a BERT with a tokenizer of single letters.</summary>
    public static string SaveBert(string folder)
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Heed.slnx"))) root = root.Parent;
        Directory.CreateDirectory(folder);
        foreach (string name in (string[])["config.json", "model.safetensors"]) File.Copy(Path.Combine(root!.FullName, "tests", "Heed.Tests", "Fixtures", "bert-base", name), Path.Combine(folder, name));
        string[] letters = [.. Enumerable.Range('a', 26).Select(c => ((char)c).ToString())], special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
        WordPieceModel model = new([.. special, .. letters, .. letters.Select(l => "##" + l)]);
        TokenizerPipeline pipeline = TokenizerPipeline.Bert with { PostProcessor = new BertPostProcessor(("[CLS]", model.IdOf("[CLS]")!.Value), ("[SEP]", model.IdOf("[SEP]")!.Value)) };
        new Tokenizer(model, pipeline, special.Select(t => new AddedToken(t))).Save(Path.Combine(folder, "tokenizer.json"));
        return folder;
    }
}
