using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>Who attends to whom.</summary>
public sealed class AttentionMaps
{
    internal const long MostValues = 1 << 28;

    private readonly float[][] weights; // each layer's heads · queries · keys

    internal AttentionMaps(bool cross, string[] queries, string[] keys, int heads, float[][] weights) =>
        (Cross, Queries, Keys, Heads, this.weights) = (cross, queries, keys, heads, weights);

    /// <summary>Whether the rows are tokens that are written, and the columns those of the source; else both are the same text.</summary>
    public bool Cross { get; }

    /// <summary>The tokens that look, one a row.</summary>
    public IReadOnlyList<string> Queries { get; }

    /// <summary>The tokens that are looked at, one a column.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>Number of layers.</summary>
    public int Layers => weights.Length;

    /// <summary>Number of heads of each layer.</summary>
    public int Heads { get; }

    /// <summary>How much a token takes from a key in one head of one layer, all counted from 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer, head, token or key.</exception>
    public float Weight(int layer, int head, int query, int key)
    {
        foreach ((int value, int count, string name) in new[] { (layer, Layers, nameof(layer)), (head, Heads, nameof(head)), (query, Queries.Count, nameof(query)), (key, Keys.Count, nameof(key)) })
            if ((uint)value >= (uint)count) throw new ArgumentOutOfRangeException(name, value, $"the {name} must be 0 to {count - 1}");
        return weights[layer][(head * Queries.Count + query) * Keys.Count + key];
    }

    /// <summary>The weights of a layer and head: row i says how much token i takes from each key, and sums to 1.</summary>
    /// <param name="layer">The layer, from 0; null = the mean of all.</param>
    /// <param name="head">The head, from 0; null = the mean of all.</param>
    /// <exception cref="ArgumentException">There is no such layer or head.</exception>
    public float[][] Of(int? layer = null, int? head = null)
    {
        if (layer is < 0 || layer >= Layers) throw new ArgumentException($"the model has layers 0 to {Layers - 1}, given {layer}");
        if (head is < 0 || head >= Heads) throw new ArgumentException($"the model has heads 0 to {Heads - 1}, given {head}");
        int[] layers = layer is { } l ? [l] : [.. Enumerable.Range(0, Layers)], heads = head is { } h ? [h] : [.. Enumerable.Range(0, Heads)];
        double[] sums = new double[Queries.Count * Keys.Count];
        foreach (int i in layers)
            foreach (int j in heads)
            {
                ReadOnlySpan<float> map = weights[i].AsSpan(j * sums.Length, sums.Length);
                for (int k = 0; k < map.Length; k++) sums[k] += map[k];
            }
        int maps = layers.Length * heads.Length;
        return [.. sums.Chunk(Keys.Count).Select(row => row.Select(sum => (float)(sum / maps)).ToArray())];
    }
}

/// <summary>
/// Shows what each token of a text looks at inside a model (Vaswani et al. 2017, figures 3 to 5).
/// <code>
/// AttentionMaps maps = AttentionReader.Load("models/bert-base-uncased").Read("The animal did not cross the street because it was too tired.");
/// float[][] weights = maps.Of(layer: 8);
/// </code>
/// </summary>
public sealed class AttentionReader
{
    private readonly Transformer transformer;
    private readonly Tokenizer tokenizer;

    /// <summary>Joins a model and its tokenizer. The model's head is not used.</summary>
    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    public AttentionReader(Transformer transformer, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(transformer);
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (tokenizer.VocabularySize > transformer.Config.Vocabulary) throw new ArgumentException($"the tokenizer has {tokenizer.VocabularySize} tokens, the model only {transformer.Config.Vocabulary}");
        (this.transformer, this.tokenizer) = (transformer, tokenizer);
    }

    /// <summary>Whether the model rewrites one text as another.</summary>
    public bool IsRewriter => transformer.Config is { Encoder: not null, Decoder: not null };

    /// <summary>Loads a folder in the layout of Hugging Face, whatever the model's head.</summary>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static AttentionReader Load(string folder)
    {
        // The head of an encoder-decoder is a part of it; any other stays unread.
        HeadKind? head = ModelFolder.LoadConfig(folder) is { Encoder: not null, Decoder: not null } ? null : HeadKind.None;
        return new AttentionReader(ModelFolder.Open(folder, head), ModelTokenizer.Load(folder));
    }

    /// <summary>What the tokens of a text look at in it; of an encoder-decoder, its encoder.</summary>
    /// <exception cref="ArgumentException">The text has no tokens, or more than the model or memory takes.</exception>
    public AttentionMaps Read(string text)
    {
        (int[] ids, string[] tokens) = Tokens(text);
        StackConfig stack = transformer.Config.Encoder ?? transformer.Config.Decoder!;
        Check(stack, ids.Length, ids.Length);
        using MemoryScope scope = new();
        Trace trace = new();
        Tensor input = Tensor.From(new Shape(1, ids.Length), ids);
        ForwardOptions options = new() { Trace = trace };
        _ = IsRewriter ? transformer.Encode(input, options) : transformer.Hidden(input, options);
        return new AttentionMaps(false, tokens, tokens, stack.Heads, [.. trace.Attentions.Select(a => a.ToArray())]);
    }

    /// <summary>
    /// What an encoder-decoder looks at in a source while it writes a target. A row is a token of the target, and its weights are those with which the
    /// model predicted it.
    /// </summary>
    /// <exception cref="ArgumentException">The model is no encoder-decoder, or a text has no tokens, or more than the model or memory takes.</exception>
    public AttentionMaps Read(string source, string target)
    {
        if (!IsRewriter) throw new ArgumentException($"a target text needs a model that rewrites one text as another; a {transformer.Config.ModelType} model does not");
        int start = transformer.Config.DecoderStartToken ?? transformer.Config.BeginToken ?? throw new ArgumentException("the model does not say which token its decoder starts with");
        (int[] ids, string[] keys) = Tokens(source);
        (int[] written, string[] queries) = Tokens(target);
        StackConfig stack = transformer.Config.Decoder!;
        Check(stack, ids.Length, written.Length);
        using MemoryScope scope = new();
        Trace trace = new();
        Tensor memory = transformer.Encode(Tensor.From(new Shape(1, ids.Length), ids));
        // The place before a token is where it is predicted.
        transformer.Hidden(Tensor.From(new Shape(1, written.Length), [start, .. written[..^1]]), new ForwardOptions { Memory = memory, Trace = trace });
        return new AttentionMaps(true, queries, keys, stack.Heads, [.. trace.CrossAttentions.Select(a => a.ToArray())]);
    }

    private void Check(StackConfig stack, int keys, int queries) => Check(transformer.Config, stack, keys, queries);

    internal static void Check(TransformerConfig config, StackConfig stack, int keys, int queries)
    {
        int longest = Math.Max(keys, queries);
        if (longest > config.Context) throw new ArgumentException($"the text has {longest} tokens; the model's context is {config.Context}");
        long values = (long)stack.Depth * stack.Heads * keys * queries;
        if (values > AttentionMaps.MostValues) throw new ArgumentException($"{queries} x {keys} tokens in {stack.Depth} layers of {stack.Heads} heads have {values} weights; at most {AttentionMaps.MostValues} are kept: give a shorter text");
    }

    // A token as it stands in the text, or as the vocabulary spells it where it is not in the text.
    internal (int[] Ids, string[] Tokens) Tokens(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        TokenEncoding encoding = tokenizer.EncodeDetailed(text);
        if (encoding.Count == 0) throw new ArgumentException("the text has no tokens: give one that is not empty");
        (int Start, int End)[] spans = encoding.OffsetsInUtf16(text);
        return ([.. encoding.Ids], [.. Enumerable.Range(0, encoding.Count).Select(i => encoding.SpecialTokensMask[i] == 0 && text[spans[i].Start..spans[i].End].Trim() is { Length: > 0 } part ? part : encoding.Tokens[i])]);
    }
}
