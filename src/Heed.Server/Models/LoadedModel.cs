using Heed.Generation;
using Heed.Models;
using Heed.Tasks;

namespace Heed.Server;

/// <summary>A model in memory: what it can do, each part made when it is first asked for.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly Lazy<TextEmbedder> embedder;
    private readonly Lazy<TextClassifier> classifier;
    private readonly Lazy<FillMask> fillMask;
    private readonly Lazy<Reranker> reranker;
    private readonly Lazy<ModelInspector> inspector;

    private LoadedModel(ModelSource source, ServerOptions options)
    {
        Source = source;
        Worker = new ModelWorker(options.QueueLimit);
        try
        {
            Writer = source.Kind is ModelKind.Writer or ModelKind.Rewriter ? ModelWriter.Load(source, options, Worker) : null;
        }
        catch
        {
            Worker.Dispose();
            throw;
        }
        embedder = new(() => TextEmbedder.Load(source.Path));
        classifier = new(() => TextClassifier.Load(source.Path));
        fillMask = new(() => FillMask.Load(source.Path));
        reranker = new(() => Reranker.Load(source.Path));
        inspector = new(() => ModelInspector.Load(source.Path));
    }

    /// <summary>Where it came from.</summary>
    public ModelSource Source { get; }

    /// <summary>What writes texts; null where it does not.</summary>
    public ModelWriter? Writer { get; }

    /// <summary>The thread on which all that reads texts runs.</summary>
    public ModelWorker Worker { get; }

    /// <summary>Makes vectors; to be used by the worker alone.</summary>
    public TextEmbedder Embedder => embedder.Value;

    /// <summary>Classifies; to be used by the worker alone.</summary>
    public TextClassifier Classifier => classifier.Value;

    /// <summary>Fills masks; to be used by the worker alone.</summary>
    public FillMask FillMask => fillMask.Value;

    /// <summary>Orders texts; to be used by the worker alone.</summary>
    public Reranker Reranker => reranker.Value;

    /// <summary>Looks into it; to be used by the worker alone.</summary>
    public ModelInspector Inspector => inspector.Value;

    /// <summary>Loads a model.</summary>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static LoadedModel Load(ModelSource source, ServerOptions options)
    {
        LoadedModel model = new(source, options);
        try
        {
            // What a model is for is loaded at once, so that a damaged file shows now.
            if (source.Kind == ModelKind.Classifier) _ = model.Classifier;
            if (source.Kind == ModelKind.Filler) _ = model.FillMask;
            if (source.Kind == ModelKind.Reader) _ = model.Embedder;
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Writer?.Dispose();
        Worker.Dispose();
    }
}
