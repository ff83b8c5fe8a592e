using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Tasks;

/// <summary>
/// Makes a vector of a text, near to those of texts that mean something like it.
/// <code>
/// var embedder = TextEmbedder.Load("models/all-MiniLM-L6-v2");
/// double near = TextEmbedder.Similarity(embedder.Embed("a cat sleeps"), embedder.Embed("the kitten is napping"));
/// </code>
/// </summary>
public sealed class TextEmbedder
{
    private readonly EncoderModel model;

    /// <summary>Joins a model and its tokenizer. The model's head is not used.</summary>
    /// <param name="transformer">Any model of one stack.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">How a text becomes one vector; null = the mean of its tokens, normalised.</param>
    /// <exception cref="ArgumentException">The model is of another kind, or an option is impossible.</exception>
    public TextEmbedder(Transformer transformer, Tokenizer tokenizer, EmbeddingOptions? options = null)
    {
        Accept(transformer.Config);
        Options = options ?? new EmbeddingOptions();
        if (Options.DefaultPrompt is { } name && !Options.Prompts.ContainsKey(name)) throw new ArgumentException($"the default prompt \"{name}\" is not one of the prompts {string.Join(", ", Options.Prompts.Keys)}");
        model = new EncoderModel(transformer, tokenizer, Options.MaximumTokens);
    }

    /// <summary>How a text becomes one vector.</summary>
    public EmbeddingOptions Options { get; }

    /// <summary>Values of a vector.</summary>
    public int Dimensions => model.Transformer.Config.Main.Width;

    /// <summary>Loads a folder of sentence-transformers, or of any encoder in the layout of Hugging Face, whatever its head.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How a text becomes one vector; null = as the folder says (<see cref="EmbeddingOptions.Read"/>).</param>
    /// <exception cref="InvalidDataException">A file is damaged, or asks for what is not supported.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static TextEmbedder Load(string folder, EmbeddingOptions? options = null)
    {
        EmbeddingOptions own = EmbeddingOptions.Read(folder, out string body);
        (Transformer transformer, Tokenizer tokenizer) = EncoderModel.Load(body, Accept, HeadKind.None);
        return new TextEmbedder(transformer, tokenizer, options ?? own);
    }

    /// <summary>The vector of a text (<see cref="Dimensions"/>).</summary>
    /// <param name="text">The text; beyond the longest length it is cut off.</param>
    /// <param name="prompt">Name of the prompt to put before it; null = the default one, if there is one.</param>
    /// <exception cref="ArgumentException">The text has no tokens, or there is no such prompt.</exception>
    public float[] Embed(string text, string? prompt = null) => EmbedAll([text], prompt)[0];

    /// <summary>The vectors of many texts, in batches of like length; each is that of the text alone.</summary>
    /// <param name="texts">The texts; beyond the longest length each is cut off.</param>
    /// <param name="prompt">Name of the prompt to put before each; null = the default one, if there is one.</param>
    /// <param name="cancellation">Ends the work between two batches.</param>
    /// <exception cref="ArgumentException">A text has no tokens, or there is no such prompt.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public float[][] EmbedAll(IReadOnlyList<string> texts, string? prompt = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Run([.. texts.Select(text => Framed(text, prompt))], cancellation);
    }

    /// <summary>The vectors of texts that are token ids already. They are read as they are: special tokens and prompts must be among them.</summary>
    /// <param name="texts">The token ids of each text.</param>
    /// <param name="cancellation">Ends the work between two batches.</param>
    /// <exception cref="ArgumentException">A text has no tokens, more than the model reads, or one that is unknown.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public float[][] EmbedTokens(IReadOnlyList<int[]> texts, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        int vocabulary = model.Transformer.Config.Vocabulary;
        foreach (int[] ids in texts)
        {
            if (ids.Length < 1 || ids.Length > model.MaximumTokens) throw new ArgumentException($"a text must have 1 to {model.MaximumTokens} tokens, given {ids.Length}");
            foreach (int id in ids)
                if ((uint)id >= (uint)vocabulary) throw new ArgumentException($"token ids must be 0 to {vocabulary - 1}, given {id}");
        }
        return Run([.. texts.Select(ids => new ModelText(ids, new int[ids.Length]))], cancellation);
    }

    /// <summary>Tokens that the model reads for a text, special ones included.</summary>
    /// <inheritdoc cref="Embed"/>
    public int CountTokens(string text, string? prompt = null) => Framed(text, prompt).Ids.Length;

    /// <summary>Cosine of the angle between two vectors, -1 to 1; 0 where one of them is zero.</summary>
    /// <exception cref="ArgumentException">They differ in length.</exception>
    public static double Similarity(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length) throw new ArgumentException($"vectors of {a.Length} and {b.Length} values cannot be compared");
        double dot = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.Length; i++)
        {
            dot += (double)a[i] * b[i];
            aa += (double)a[i] * a[i];
            bb += (double)b[i] * b[i];
        }
        return aa == 0 || bb == 0 ? 0 : dot / Math.Sqrt(aa * bb);
    }

    private float[][] Run(ModelText[] texts, CancellationToken cancellation)
    {
        float[][] vectors = new float[texts.Length][];
        model.Run(texts, model.Transformer.Hidden, (i, hidden, row) => vectors[i] = Pooled(hidden, row, texts[i].Ids.Length), cancellation);
        return vectors;
    }

    private ModelText Framed(string text, string? prompt)
    {
        ArgumentNullException.ThrowIfNull(text);
        string before = (prompt ?? Options.DefaultPrompt) is not { } name ? "" : Options.Prompts.TryGetValue(name, out string? found) ? found
            : throw new ArgumentException($"there is no prompt \"{name}\"; known are {(Options.Prompts.Count == 0 ? "none" : string.Join(", ", Options.Prompts.Keys))}");
        return model.Frame(before + (Options.LowerCase ? text.ToLowerInvariant() : text));
    }

    private float[] Pooled(Tensor hidden, int row, int tokens)
    {
        int first = row * hidden.Shape[1];
        float[] vector;
        if (Options.Pooling == Pooling.Mean)
        {
            double[] sum = new double[hidden.Columns];
            for (int t = 0; t < tokens; t++)
            {
                ReadOnlySpan<float> values = hidden.Row(first + t);
                for (int i = 0; i < sum.Length; i++) sum[i] += values[i];
            }
            vector = [.. sum.Select(s => (float)(s / tokens))];
        }
        else
        {
            vector = hidden.Row(first + (Options.Pooling == Pooling.Last ? tokens - 1 : 0)).ToArray();
        }
        Scores.Finite(vector);
        if (!Options.Normalize) return vector;
        double length = Math.Sqrt(Kernels.Reduce.SumOfSquares(vector));
        if (length > 0)
            for (int i = 0; i < vector.Length; i++) vector[i] = (float)(vector[i] / length);
        return vector;
    }

    private static void Accept(TransformerConfig config)
    {
        if (config is { Encoder: not null, Decoder: not null }) throw new ArgumentException($"a vector of a text needs a model of one stack; a {config.ModelType} model reads with one and writes with the other");
    }
}
