using System.Text;
using System.Text.Json;
using Heed.Formats;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>A token that may come next.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">What it writes.</param>
/// <param name="Probability">Softmax of its logit.</param>
public readonly record struct NextToken(int Id, string Text, double Probability);

/// <summary>A model with its tokenizer: text in, text out.</summary>
/// <code>
/// var model = LanguageModel.Load("runs/stories");
/// foreach (var piece in model.Generate("Once upon a time", new() { Temperature = 0.8f })) Console.Write(piece.Text);
/// </code>
public sealed class LanguageModel
{
    private readonly Transformer? transformer;
    private readonly RecurrentGenerator? recurrent;
    private readonly Func<int[], SamplingOptions, CancellationToken, IEnumerable<GeneratedToken>> generate;

    /// <summary>Joins a model and the tokenizer that it was trained with.</summary>
    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    public LanguageModel(Transformer transformer, Tokenizer tokenizer)
    {
        if (tokenizer.VocabularySize > transformer.Config.Vocabulary) throw new ArgumentException($"the tokenizer has {tokenizer.VocabularySize} tokens, the model only {transformer.Config.Vocabulary}");
        (this.transformer, Tokenizer) = (transformer, tokenizer);
        (Vocabulary, Context, BeginToken, EndTokens) = (transformer.Config.Vocabulary, transformer.Config.Context, transformer.Config.BeginToken, transformer.Config.EndTokens);
        generate = new Generator(transformer).Generate;
    }

    /// <summary>Joins a recurrent model and the tokenizer that it was trained with.</summary>
    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    public LanguageModel(RecurrentModel model, Tokenizer tokenizer)
    {
        if (tokenizer.VocabularySize > model.Config.Vocabulary) throw new ArgumentException($"the tokenizer has {tokenizer.VocabularySize} tokens, the model only {model.Config.Vocabulary}");
        (Recurrent, Tokenizer) = (model, tokenizer);
        (Vocabulary, Context, BeginToken, EndTokens) = (model.Config.Vocabulary, model.Config.Context, model.Config.BeginToken, model.Config.EndTokens);
        recurrent = new RecurrentGenerator(model);
        generate = recurrent.Generate;
    }

    /// <summary>The model, where it is a Transformer, as beams, speculation, constraints over many texts and the engine need it.</summary>
    /// <exception cref="NotSupportedException">It is a recurrent model.</exception>
    public Transformer Transformer => transformer ?? throw new NotSupportedException($"a {Recurrent!.Config.ModelType} model is recurrent; this needs a Transformer");

    /// <summary>The model, where it is a recurrent one; else null.</summary>
    public RecurrentModel? Recurrent { get; }

    /// <summary>Number of the model's token ids.</summary>
    public int Vocabulary { get; }

    /// <summary>Tokens that it was made to see at once.</summary>
    public int Context { get; }

    /// <summary>Id that starts a text, if there is one.</summary>
    public int? BeginToken { get; }

    /// <summary>Ids that end a text.</summary>
    public IReadOnlyList<int> EndTokens { get; }

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The folder or .gguf file that it was loaded from, if it was.</summary>
    public string? Folder { get; private init; }

    // Where a chat template is looked for: an adapter was trained with its own, if it has one.
    private IReadOnlyList<string> TemplateFolders { get; init; } = [];

    /// <summary>Loads a folder in the layout of Hugging Face (config.json, model.safetensors, tokenizer.json) or one .gguf file.</summary>
    /// <param name="folder">The folder or file.</param>
    /// <param name="adapters">Folders of adapters (PEFT's LoRA) that are to take part, and how much each counts.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or weights do not fit the configuration.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static LanguageModel Load(string folder, params IEnumerable<AdapterUse> adapters)
    {
        AdapterUse[] uses = [.. adapters];
        if (RecurrentFolder.IsRecurrentModel(folder))
            return uses.Length == 0 ? new(RecurrentFolder.Load(folder), ModelTokenizer.Load(folder)) { Folder = folder } : throw new NotSupportedException($"{folder} is a recurrent model, which has no adapters");
        return new(AdaptedModel.Open(folder, uses), ModelTokenizer.Load(folder)) { Folder = folder, TemplateFolders = [.. uses.Select(u => u.Folder).Reverse(), folder] };
    }

    /// <summary>Loads one more adapter; it takes part after <see cref="UseAdapter"/>.</summary>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the adapter is of another model.</exception>
    public Adapter LoadAdapter(string folder) => Adapter.Load(Transformer, folder);

    /// <summary>Lets one adapter take part and no other. Not while a text is being written.</summary>
    /// <param name="adapter">The adapter; null = none.</param>
    /// <param name="weight">How much it counts.</param>
    public void UseAdapter(Adapter? adapter, float weight = 1) => UseAdapters(adapter is null ? [] : [(adapter, weight)]);

    /// <summary>Lets some adapters take part, each with its weight, and no others. Not while a text is being written.</summary>
    /// <exception cref="InvalidOperationException">Two of them replace the same module.</exception>
    public void UseAdapters(params IEnumerable<(Adapter Adapter, float Weight)> adapters)
    {
        foreach (Adapter used in Transformer.Adapters.ToArray()) used.Detach();
        foreach ((Adapter adapter, float weight) in adapters) adapter.Attach(weight);
    }

    /// <summary>Saves the folder.</summary>
    public void Save(string folder)
    {
        if (Recurrent is not null) RecurrentFolder.Save(Recurrent, folder);
        else ModelFolder.Save(Transformer, folder);
        Tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
        int? end = EndTokens is [int first, ..] ? first : null;
        AtomicFile.WriteText(Path.Combine(folder, "tokenizer_config.json"), TokenizerConfigJson(Tokenizer, Context, end));
    }

    /// <summary>Ids of a prompt; an empty one becomes the token that starts a text.</summary>
    /// <exception cref="ArgumentException">The prompt is empty and the model has no such token, or holds what the tokenizer cannot write.</exception>
    public int[] Encode(string prompt)
    {
        int[] ids = Tokenizer.Encode(prompt);
        if (ids.Length > 0) return ids;
        return BeginToken is { } begin ? [begin] : throw new ArgumentException("the prompt is empty and the model has no token that starts a text: give a prompt");
    }

    /// <summary>Continues a prompt, streamed: stop texts are found across tokens and never written.</summary>
    /// <param name="prompt">The text to continue.</param>
    /// <param name="options">How to choose and when to stop.</param>
    /// <param name="cancellation">Ends the generation between two tokens.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the prompt is longer than the context.</exception>
    public IEnumerable<GeneratedText> Generate(string prompt, SamplingOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new SamplingOptions();
        return Stream(generate(Encode(prompt), options, cancellation), options);
    }

    /// <summary>The same by a generator that guesses ahead (<see cref="SpeculativeGenerator"/>), made for this model.</summary>
    /// <inheritdoc cref="Generate(string, SamplingOptions?, CancellationToken)"/>
    public IEnumerable<GeneratedText> Generate(SpeculativeGenerator speculative, string prompt, SamplingOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new SamplingOptions();
        return Stream(speculative.Generate(Encode(prompt), options, cancellation), options);
    }

    /// <summary>Writes what stands between two texts (<see cref="GapTokens"/>), streamed, up to its end: for models that were trained to fill gaps.</summary>
    /// <param name="prefix">What stands before the gap; may be empty.</param>
    /// <param name="suffix">What stands behind it; may be empty.</param>
    /// <param name="options">How to choose and when to stop.</param>
    /// <param name="cancellation">Ends the generation between two tokens.</param>
    /// <exception cref="ArgumentException">The model's tokenizer has no tokens for gaps, an option is out of range, or both texts are longer than the context.</exception>
    public IEnumerable<GeneratedText> FillGap(string prefix, string suffix, SamplingOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new SamplingOptions();
        GenerationOptions filling = new() { Sampling = options, EndTokens = [.. Transformer.Config.EndTokens.Concat(GapTokens.EndsOf(Tokenizer)).Distinct()] };
        return Stream(new Generator(Transformer).Write([EncodeGap(prefix, suffix)], filling, cancellation).Select(step => step[0]), options);
    }

    /// <summary>Ids that ask for what stands between two texts.</summary>
    /// <exception cref="ArgumentException">The model's tokenizer has no tokens for gaps.</exception>
    public int[] EncodeGap(string prefix, string suffix)
    {
        GapTokens tokens = GapTokens.Find(Tokenizer) ?? throw new ArgumentException($"the model was not trained to fill gaps: its tokenizer has no tokens for them, such as {string.Join(", ", GapTokens.Names)}");
        IEnumerable<int> begin = Tokenizer.Encode("").Where(id => id == Transformer.Config.BeginToken); // where the tokenizer puts it before every text
        return [.. begin, .. tokens.Ask(Tokenizer.Encode(prefix, SpecialTokens.None), Tokenizer.Encode(suffix, SpecialTokens.None))];
    }

    /// <summary>The whole continuation of a prompt.</summary>
    public string Complete(string prompt, SamplingOptions? options = null, CancellationToken cancellation = default)
    {
        StringBuilder text = new();
        foreach (GeneratedText piece in Generate(prompt, options, cancellation)) text.Append(piece.Text);
        return text.ToString();
    }

    /// <summary>Begins a conversation.</summary>
    /// <param name="system">What the model is told before the first turn; null = nothing.</param>
    /// <param name="template">How the model wants a conversation written; null = as the folder that it was loaded from says.</param>
    /// <exception cref="FileNotFoundException">The folder has no chat template.</exception>
    /// <exception cref="ArgumentException">There is no folder and no template, or the model does not continue texts.</exception>
    public Chat StartChat(string? system = null, ChatTemplate? template = null) => new(this, template ?? LoadChatTemplate(), system, LoadEndTokens());

    /// <summary>How the folder that the model was loaded from wants a conversation written; an adapter's own way goes before the model's.</summary>
    /// <exception cref="FileNotFoundException">The folder has no chat template.</exception>
    /// <exception cref="ArgumentException">There is no folder.</exception>
    /// <exception cref="InvalidDataException">The template is damaged.</exception>
    public ChatTemplate LoadChatTemplate() => Folder is null
        ? throw new ArgumentException("a model that was not loaded from a folder has no chat template: give one")
        : ModelTokenizer.LoadTemplate(TemplateFolders.FirstOrDefault(ModelTokenizer.HasTemplate) ?? Folder);

    /// <summary>Ids that end an answer: those of the configuration, and those that generation_config.json names beside them.</summary>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public IReadOnlyList<int> LoadEndTokens()
    {
        IEnumerable<string> folders = TemplateFolders.Where(f => f == Folder || File.Exists(Path.Combine(f, "generation_config.json")));
        return [.. EndTokens.Concat(folders.SelectMany(f => GenerationConfig.Load(f).EndTokens ?? [])).Distinct()];
    }

    /// <summary>The most probable next tokens of a prompt, best first; probabilities are the softmax of the logits.</summary>
    public IReadOnlyList<NextToken> Next(string prompt, int count = 10)
    {
        using MemoryScope scope = new();
        int[] ids = Encode(prompt);
        if (recurrent is not null) return Best(recurrent.Read(ids), count);
        if (ids.Length > Transformer.Config.Context) throw new ArgumentException($"the prompt has {ids.Length} tokens; the model's context is {Transformer.Config.Context}");
        Tensor hidden = Transformer.Hidden(Tensor.From(new Shape(1, ids.Length), ids));
        Tensor last = Tensor.From(new Shape(1, hidden.Columns), hidden.Row(ids.Length - 1));
        ReadOnlySpan<float> logits = Transformer.Logits(last).Row(0);
        if (!Kernels.Reduce.AllFinite(logits)) throw new InvalidDataException("the model's logits are not finite: its weights are damaged or its training diverged");
        return Best(logits, count);
    }

    /// <summary>What one token writes; bytes that are no whole character show as U+FFFD.</summary>
    public string TextOf(int id) => id < Tokenizer.VocabularySize ? Tokenizer.Decode([id]) : "";

    /// <summary>A tokenizer_config.json that Hugging Face transformers reads.</summary>
    internal static string TokenizerConfigJson(Tokenizer tokenizer, int context, int? endToken, int? beginToken = null)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter w = new(stream, new JsonWriterOptions { Indented = true }))
        {
            w.WriteStartObject();
            w.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
            w.WriteNumber("model_max_length", context);
            w.WriteBoolean("clean_up_tokenization_spaces", false);
            if ((beginToken ?? endToken) is { } begin) w.WriteString("bos_token", tokenizer.IdToToken(begin));
            if (endToken is { } end) w.WriteString("eos_token", tokenizer.IdToToken(end));
            w.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>Tokens as text: stop texts are found across tokens and never written.</summary>
    internal IEnumerable<GeneratedText> Stream(IEnumerable<GeneratedToken> tokens, SamplingOptions options)
    {
        TextPieces pieces = new(Tokenizer, options.Stop);
        foreach (GeneratedToken token in tokens)
        {
            GeneratedText piece = pieces.Append(token);
            yield return piece;
            if (piece.Finish != FinishReason.None) yield break;
        }
    }

    private NextToken[] Best(ReadOnlySpan<float> logits, int count) => [.. Sampler.Top(logits, count).Select(t => new NextToken(t.Id, TextOf(t.Id), t.Probability))];
}
