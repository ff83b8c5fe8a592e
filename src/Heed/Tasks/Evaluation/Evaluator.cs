using Heed.Data.Records;
using Heed.Generation;
using Heed.Models;
using Heed.Tokenization;

namespace Heed.Tasks.Evaluation;

/// <summary>
/// Measures a model on data that it has not seen, by the figures that are usual for its kind.
/// <code>
/// Evaluator evaluator = Evaluator.Load("runs/translate-en-de");
/// EvaluationResult result = evaluator.Run(evaluator.Read("test.jsonl", new("en", Target: "de")));
/// Console.WriteLine($"BLEU {result["bleu"]:F1}");
/// </code>
/// </summary>
public abstract class Evaluator
{
    /// <summary>What is measured, such as <c>classification</c>.</summary>
    public abstract string Task { get; }

    /// <summary>Whether it tells what the model said to each item.</summary>
    public virtual bool Predicts => true;

    private protected abstract EvaluationParts Parts { get; }

    /// <summary>Loads a model and what measures its kind.</summary>
    /// <param name="model">A folder in the layout of Hugging Face, or a .gguf file.</param>
    /// <param name="options">How to measure; null = the defaults.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or there are no figures for the model's kind.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static Evaluator Load(string model, EvaluationOptions? options = null)
    {
        options ??= new EvaluationOptions();
        IReadOnlyList<AdapterUse> adapters = options.Adapters;
        // The configuration of a folder of sentence-transformers may stand deeper.
        if (File.Exists(Path.Combine(model, "modules.json"))) return Embedder();
        if (Directory.Exists(model) && ImageFolder.IsImageModel(model)) throw Unmeasured(model, "is a model of images");
        if (Directory.Exists(model) && RecurrentFolder.IsRecurrentModel(model)) return new DecoderEvaluator(LanguageModel.Load(model, adapters), options);
        return ModelFolder.LoadConfig(model) switch
        {
            { Encoder: not null, Decoder: not null } => new RewriterEvaluator(TextRewriter.Load(model, options.Batch, adapters), options),
            { Head.Kind: HeadKind.Vocabulary, Decoder: not null } => new DecoderEvaluator(LanguageModel.Load(model, adapters), options),
            { Head.Kind: HeadKind.Vocabulary } => new MaskEvaluator(With(() => FillMask.Load(model), (t, k) => new FillMask(t, k)), options),
            { Head.Kind: HeadKind.Sequence } => new ClassifierEvaluator(With(() => TextClassifier.Load(model), (t, k) => new TextClassifier(t, k))),
            { Head.Kind: HeadKind.Span } => new AnswerEvaluator(With(() => QuestionAnswerer.Load(model), (t, k) => new QuestionAnswerer(t, k))),
            { Head.Kind: HeadKind.None } => Embedder(),
            { Head.Kind: HeadKind.Tokens } => throw Unmeasured(model, "is a model that tags words"),
            { ModelType: var type } => throw Unmeasured(model, $"is a {type} model whose head tells replaced words"),
        };

        EmbedderEvaluator Embedder() => adapters.Count == 0 ? new EmbedderEvaluator(TextEmbedder.Load(model)) : throw new ArgumentException("adapters change models with a head; this one makes vectors");
        T With<T>(Func<T> plain, Func<Transformer, Tokenizer, T> adapted) => adapters.Count == 0 ? plain() : adapted(AdaptedModel.Open(model, adapters), ModelTokenizer.Load(model));
    }

    /// <summary>Reads items.</summary>
    /// <param name="path">A file (.jsonl, .csv, .tsv or text, each also .gz), a glob, or a folder, of which the files of the test split.</param>
    /// <param name="columns">The columns; null = the usual ones.</param>
    /// <param name="limit">Items at most; null = all.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A file cannot be read, has no items, or lacks a column.</exception>
    /// <exception cref="ArgumentException">A column is named that the task has no use for.</exception>
    public IReadOnlyList<EvaluationItem> Read(string path, EvaluationColumns? columns = null, int? limit = null) => Read(DataFiles.Find([path], DataSplit.Test), columns, limit);

    /// <summary>Reads items.</summary>
    /// <param name="files">The files.</param>
    /// <param name="columns">The columns; null = the usual ones.</param>
    /// <param name="limit">Items at most; null = all.</param>
    /// <param name="faults">Counts records that cannot be used, and allows so many; null = the first one is an error.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A file cannot be read, has no items, or lacks a column.</exception>
    /// <exception cref="ArgumentException">A column is named that the task has no use for.</exception>
    public virtual IReadOnlyList<EvaluationItem> Read(DataFiles files, EvaluationColumns? columns = null, int? limit = null, RecordFaults? faults = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        return EvaluationData.Read(files, columns ?? new(), Parts, limit, faults ?? new RecordFaults());
    }

    /// <summary>Measures.</summary>
    /// <param name="items">What to ask.</param>
    /// <param name="watch">Who is told of progress and answers.</param>
    /// <exception cref="InvalidDataException">An item's target is nothing that the model could say; the message has its place.</exception>
    /// <exception cref="ArgumentException">There are no items.</exception>
    public EvaluationResult Run(IReadOnlyList<EvaluationItem> items, EvaluationWatch? watch = null)
    {
        ArgumentNullException.ThrowIfNull(items);
        return items.Count > 0 ? Measure(items, watch ?? new EvaluationWatch()) : throw new ArgumentException("there are no items to measure the model on");
    }

    private protected abstract EvaluationResult Measure(IReadOnlyList<EvaluationItem> items, EvaluationWatch watch);

    /// <summary>Asks the model about some items at a time, and tells of its answers.</summary>
    private protected static TAnswer[] Ask<TAnswer>(IReadOnlyList<EvaluationItem> items, int atATime, EvaluationWatch watch, Func<EvaluationItem[], IReadOnlyList<TAnswer>> ask, Func<EvaluationItem, TAnswer, EvaluatedItem> show)
    {
        List<TAnswer> answers = new(items.Count);
        foreach (EvaluationItem[] part in items.Chunk(atATime))
        {
            watch.Cancellation.ThrowIfCancellationRequested();
            IReadOnlyList<TAnswer> said = ask(part);
            for (int i = 0; i < part.Length; i++) watch.Predicted?.Invoke(show(part[i], said[i]));
            answers.AddRange(said);
            watch.Progress?.Invoke(answers.Count, items.Count);
        }
        return [.. answers];
    }

    private static InvalidDataException Unmeasured(string model, string kind) =>
        new($"{model} {kind}; there are figures for models that continue texts, rewrite them, fill masks, classify, find answers, or make vectors");
}
