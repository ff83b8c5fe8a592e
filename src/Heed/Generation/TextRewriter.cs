using System.Text.Json;
using Heed.Models;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>A task that a model was trained for: what stands before the text, and how the answer is written.</summary>
/// <param name="Prefix">Text put before the source, such as <c>"translate English to German: "</c>.</param>
/// <param name="Options">How to write.</param>
public sealed record RewritingTask(string Prefix, GenerationOptions Options);

/// <summary>What became of a source.</summary>
/// <param name="Text">The text.</param>
/// <param name="Tokens">Its token ids; where the model ended it, the end token is the last.</param>
public sealed record RewrittenText(string Text, IReadOnlyList<int> Tokens);

/// <summary>An encoder-decoder with its tokenizer: one text in, another out. It translates, summarises or rewrites, whatever it was trained for.</summary>
/// <code>
/// var model = TextRewriter.Load("models/opus-mt-en-de");
/// Console.WriteLine(model.Run("Where is the station?"));
/// var t5 = TextRewriter.Load("models/t5-small");
/// Console.WriteLine(t5.Run(article, t5.Tasks["summarization"]));
/// </code>
public sealed partial class TextRewriter
{
    private const int PackingSequences = 8; // so many side by side pay for laying the weights out anew: every token reads them

    private readonly Generator generator;
    private readonly BeamSearch search;

    /// <summary>Joins a model and the tokenizer that it was trained with.</summary>
    /// <param name="transformer">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="defaults">How to write where the caller does not say; null = the most probable token each time.</param>
    /// <param name="tasks">Tasks by name.</param>
    /// <exception cref="ArgumentException">The model is no encoder-decoder, or the tokenizer has more tokens than the model.</exception>
    public TextRewriter(Transformer transformer, Tokenizer tokenizer, GenerationOptions? defaults = null, IReadOnlyDictionary<string, RewritingTask>? tasks = null)
    {
        TransformerConfig config = transformer.Config;
        if (config.Encoder is null || config.Decoder is null) throw new ArgumentException($"to rewrite texts takes an encoder-decoder; the {config.ModelType} model has only one stack");
        int vocabulary = Math.Max(config.SourceVocabulary ?? 0, config.Vocabulary);
        if (tokenizer.VocabularySize > vocabulary) throw new ArgumentException($"the tokenizer has {tokenizer.VocabularySize} tokens, the model only {vocabulary}");
        (Transformer, Tokenizer, Defaults, Tasks) = (transformer, tokenizer, defaults ?? new(), tasks ?? new Dictionary<string, RewritingTask>());
        (generator, search) = (new Generator(transformer), new BeamSearch(transformer));
        MaxSourceTokens = config.Context;
    }

    /// <summary>The model.</summary>
    public Transformer Transformer { get; }

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>How to write where the caller does not say: the folder's generation_config.json.</summary>
    public GenerationOptions Defaults { get; }

    /// <summary>Tasks that the folder's config.json names (<c>task_specific_params</c>).</summary>
    public IReadOnlyDictionary<string, RewritingTask> Tasks { get; }

    /// <summary>Most tokens of a source, special tokens included; the end of a longer text is cut off.</summary>
    public int MaxSourceTokens { get; init; }

    /// <summary>Texts that are written side by side; what is written does not depend on it.</summary>
    public int BatchSize { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(BatchSize), value, "a batch has 1 text or more"); } = 16;

    /// <summary>Loads a folder in the layout of Hugging Face (config.json, generation_config.json, model.safetensors, tokenizer files) or one .gguf file.</summary>
    /// <param name="folder">The folder or file.</param>
    /// <param name="batchSize">See <see cref="BatchSize"/>.</param>
    /// <param name="adapters">Adapters of the model that take part.</param>
    /// <exception cref="InvalidDataException">A file is damaged, weights do not fit the configuration, or an adapter is of another model.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static TextRewriter Load(string folder, int batchSize = 16, params IEnumerable<AdapterUse> adapters)
    {
        GenerationOptions defaults = GenerationConfig.Load(folder);
        return new TextRewriter(AdaptedModel.Open(folder, adapters), ModelTokenizer.Load(folder), defaults, GgufModel.IsFile(folder) ? [] : ReadTasks(Path.Combine(folder, "config.json"), defaults)) { BatchSize = batchSize };
    }

    /// <summary>Rewrites one text.</summary>
    /// <param name="text">The source. Marian's target language stands in it, as <c>"&gt;&gt;fra&lt;&lt; Good morning."</c>.</param>
    /// <param name="options">How to write; null = <see cref="Defaults"/>.</param>
    /// <param name="cancellation">Ends the work between two tokens.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the tokenizer makes no token of the text.</exception>
    public string Run(string text, GenerationOptions? options = null, CancellationToken cancellation = default) => Run([text], options, cancellation)[0];

    /// <summary>Rewrites one text for a task.</summary>
    public string Run(string text, RewritingTask task, CancellationToken cancellation = default) => Run(task.Prefix + text, task.Options, cancellation);

    /// <summary>Rewrites several texts side by side, texts of like length together; the answers stand in the order of the texts.</summary>
    public IReadOnlyList<string> Run(IReadOnlyList<string> texts, GenerationOptions? options = null, CancellationToken cancellation = default) =>
        [.. RunAll(texts, options, cancellation).Select(found => found[0])];

    /// <summary>The same for a task.</summary>
    public IReadOnlyList<string> Run(IReadOnlyList<string> texts, RewritingTask task, CancellationToken cancellation = default) => Run([.. texts.Select(t => task.Prefix + t)], task.Options, cancellation);

    /// <summary>All sequences that the options ask for, for each text the best first.</summary>
    public IReadOnlyList<IReadOnlyList<string>> RunAll(IReadOnlyList<string> texts, GenerationOptions? options = null, CancellationToken cancellation = default) =>
        [.. RewriteAll(texts, options, cancellation).Select(found => (IReadOnlyList<string>)[.. found.Select(r => r.Text)])];

    /// <summary>The same, each with its tokens.</summary>
    public IReadOnlyList<IReadOnlyList<RewrittenText>> RewriteAll(IReadOnlyList<string> texts, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= Defaults;
        int[][] sources = [.. texts.Select(Encode)];
        RewrittenText[][] answers = new RewrittenText[texts.Count][];
        if (texts.Count * options.Beams.Count >= PackingSequences) Transformer.Pack();
        foreach (int[] part in Enumerable.Range(0, texts.Count).OrderBy(i => sources[i].Length).Chunk(BatchSize))
        {
            int[][][] found = Write([.. part.Select(i => sources[i])], options, cancellation);
            for (int i = 0; i < part.Length; i++) answers[part[i]] = [.. found[i].Select(ids => new RewrittenText(Decode(ids), ids))];
        }
        return answers;
    }

    /// <summary>Ids of a source with the model's special tokens, cut to <see cref="MaxSourceTokens"/>.</summary>
    /// <exception cref="ArgumentException">The tokenizer makes no token of the text.</exception>
    public int[] Encode(string text)
    {
        int[] ids = [.. Tokenizer.EncodeDetailed(text, options: new EncodeOptions { Truncation = new TruncationOptions(MaxSourceTokens) }).Ids];
        return ids.Length > 0 ? ids : throw new ArgumentException("the tokenizer makes no token of the text: give a text that is not empty");
    }

    // For each source its sequences of new tokens.
    private int[][][] Write(int[][] sources, GenerationOptions options, CancellationToken cancellation)
    {
        if (options.Beams.Count > 1) return [.. search.Run(sources, options, cancellation).Select(found => (int[][])[.. found.Select(s => (int[])[.. s.Tokens])])];
        List<int>[] tokens = [.. sources.Select(_ => new List<int>())];
        foreach (GeneratedToken[] step in generator.Write(sources, options, cancellation))
            for (int i = 0; i < step.Length; i++)
                if (step[i].Id >= 0) tokens[i].Add(step[i].Id);
        return [.. tokens.Select(t => (int[][])[[.. t]])];
    }

    private string Decode(int[] ids)
    {
        IReadOnlyList<int> ends = Transformer.Config.EndTokens;
        // A model's table may have more rows than the tokenizer has tokens; such an id writes nothing.
        return Tokenizer.Decode([.. ids.Where(id => id < Tokenizer.VocabularySize && !ends.Contains(id))], skipSpecialTokens: true);
    }

    private static Dictionary<string, RewritingTask> ReadTasks(string path, GenerationOptions defaults) => ConfigFile.Read(path, config =>
    {
        Dictionary<string, RewritingTask> tasks = [];
        if (config.Section("task_specific_params") is not { } section) return tasks;
        foreach (JsonProperty task in config.Element("task_specific_params")!.Value.EnumerateObject())
            if (section.Section(task.Name) is { } keys) tasks[task.Name] = new RewritingTask(keys.Text("prefix", ""), GenerationConfig.Apply(defaults, keys));
        return tasks;
    });
}
