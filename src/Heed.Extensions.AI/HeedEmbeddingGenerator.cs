using Heed.Models;
using Heed.Tasks;
using Microsoft.Extensions.AI;

namespace Heed.Extensions.AI;

/// <summary>
/// A model in this process as an <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/>. Callers take turns, a batch each, on which all processors work.
/// <code>
/// using var generator = HeedEmbeddingGenerator.Load("models/all-MiniLM-L6-v2");
/// Embedding&lt;float&gt; vector = await generator.GenerateAsync("a cat sleeps");
/// </code>
/// </summary>
/// <remarks>
/// <see cref="EmbeddingGenerationOptions.Dimensions"/> keeps the first values of each vector, made to length 1 again where the model's are: for models that were
/// trained for that (Kusupati et al. 2022, https://arxiv.org/abs/2205.13147). The additional property <c>prompt</c> names one of the model's prompts, such as <c>query</c>.
/// </remarks>
public sealed class HeedEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private const int TextsOfATurn = 64;

    private readonly TextEmbedder embedder;
    private readonly EmbeddingGeneratorMetadata metadata;
    private readonly SemaphoreSlim turn = new(1);

    /// <summary>Serves an embedder.</summary>
    /// <param name="embedder">The embedder.</param>
    /// <param name="modelId">What the model is called.</param>
    public HeedEmbeddingGenerator(TextEmbedder embedder, string? modelId = null)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        this.embedder = embedder;
        metadata = new EmbeddingGeneratorMetadata("heed", null, modelId, embedder.Dimensions);
    }

    /// <summary>Loads a model and serves it.</summary>
    /// <param name="model">A folder of sentence-transformers or of any encoder in the layout of Hugging Face, a .gguf file, or the name of a model of the catalog (<see cref="ModelCatalog"/>).</param>
    /// <param name="options">How a text becomes one vector; null = as the folder says.</param>
    /// <exception cref="FileNotFoundException">There is no such model, or a file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or asks for what is not supported.</exception>
    public static HeedEmbeddingGenerator Load(string model, EmbeddingOptions? options = null)
    {
        string path = ModelPath.Find(model);
        return new HeedEmbeddingGenerator(TextEmbedder.Load(path, options), ModelPath.NameOf(path));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A text has no tokens, or there are fewer dimensions than asked for, or another model or an unknown prompt is asked for.</exception>
    /// <exception cref="OperationCanceledException">The request was cancelled.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (options?.ModelId is { } id && metadata.DefaultModelId is { } own && id != own) throw new ArgumentException($"this generator serves the model '{own}'; '{id}' is asked for");
        int dimensions = options?.Dimensions ?? embedder.Dimensions;
        if (dimensions < 1 || dimensions > embedder.Dimensions) throw new ArgumentException($"the model's vectors have {embedder.Dimensions} values; {dimensions} are asked for");
        string? prompt = options?.AdditionalProperties.Text("prompt");
        string[] texts = [.. values];
        int[] order = [.. Enumerable.Range(0, texts.Length).OrderBy(i => texts[i].Length)]; // those of like length share a batch
        Embedding<float>[] embeddings = new Embedding<float>[texts.Length];
        long tokens = 0;
        foreach (int[] places in order.Chunk(TextsOfATurn))
        {
            string[] some = [.. places.Select(i => texts[i])];
            await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                float[][] vectors = await Task.Run(() => embedder.EmbedAll(some, prompt, cancellationToken), cancellationToken).ConfigureAwait(false);
                for (int i = 0; i < places.Length; i++) embeddings[places[i]] = new Embedding<float>(Cut(vectors[i], dimensions)) { ModelId = metadata.DefaultModelId, CreatedAt = DateTimeOffset.UtcNow };
            }
            finally
            {
                turn.Release();
            }
            tokens += some.Sum(text => (long)embedder.CountTokens(text, prompt));
        }
        return new GeneratedEmbeddings<Embedding<float>>(embeddings) { Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens } };
    }

    /// <summary>The generator itself, its <see cref="EmbeddingGeneratorMetadata"/> or its <see cref="TextEmbedder"/>.</summary>
    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null : new object[] { this, metadata, embedder }.FirstOrDefault(serviceType.IsInstanceOfType);
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private float[] Cut(float[] vector, int dimensions)
    {
        if (dimensions == vector.Length) return vector;
        float[] cut = vector[..dimensions];
        double length = Math.Sqrt(cut.Sum(v => (double)v * v));
        return embedder.Options.Normalize && length > 0 ? [.. cut.Select(v => (float)(v / length))] : cut;
    }
}
