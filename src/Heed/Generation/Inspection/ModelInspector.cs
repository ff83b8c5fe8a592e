using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>
/// Looks into a model while it reads a text: its tokens, their vectors, who looks at whom, and what it would say after each layer. Not for several threads at once.
/// <code>
/// ModelInspector inspector = ModelInspector.Load("models/gpt2");
/// Inspection seen = inspector.Inspect("The animal did not cross the street because it was too");
/// float[][] weights = seen.Main.Attention.Of(layer: 5, head: 0);
/// NextToken early = seen.Lens![3, 11][0], said = seen.Lens[12, 11][0];
/// </code>
/// </summary>
public sealed class ModelInspector
{
    private const int LogitsAtOnce = 1 << 22;
    private static readonly string[] KnownMasks = ["[MASK]", "<mask>"];

    private readonly AttentionReader reader;
    private readonly TextRewriter? rewriter;

    /// <summary>Joins a model and its tokenizer.</summary>
    /// <param name="transformer">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="defaults">How an encoder-decoder writes a target that nobody gives; null = the most probable token each time.</param>
    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    public ModelInspector(Transformer transformer, Tokenizer tokenizer, GenerationOptions? defaults = null)
    {
        reader = new AttentionReader(transformer, tokenizer);
        (Transformer, Tokenizer) = (transformer, tokenizer);
        if (IsRewriter) rewriter = new TextRewriter(transformer, tokenizer, defaults);
        Embeddings = new EmbeddingSpace(transformer.Tokens, tokenizer, transformer.Config.Vocabulary);
        SourceEmbeddings = new EmbeddingSpace(transformer.SourceTokens, tokenizer, transformer.Config.SourceVocabulary ?? transformer.Config.Vocabulary);
        Mask = transformer.Config is { Decoder: null, Head.Kind: HeadKind.Vocabulary } ? KnownMasks.FirstOrDefault(m => tokenizer.TokenToId(m) is not null) : null;
    }

    /// <summary>The model.</summary>
    public Transformer Transformer { get; }

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Whether the model rewrites one text as another.</summary>
    public bool IsRewriter => reader.IsRewriter;

    /// <summary>The token that stands for a missing word; null where the model does not fill masks.</summary>
    public string? Mask { get; }

    /// <summary>The vectors of the tokens that the head's stack reads.</summary>
    public EmbeddingSpace Embeddings { get; }

    /// <summary>The vectors of the tokens that the encoder of an encoder-decoder reads; as a rule the same.</summary>
    public EmbeddingSpace SourceEmbeddings { get; }

    /// <summary>Loads a folder in the layout of Hugging Face or one .gguf file, whatever the model's head.</summary>
    /// <param name="folder">The folder or file; its weights stay where they are mapped, and must not be changed meanwhile.</param>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static ModelInspector Load(string folder) => new(ModelFolder.Open(folder), ModelTokenizer.Load(folder), Defaults(folder, folder));

    /// <summary>Loads a checkpoint of a run: its weights are copied, so that the run may delete it.</summary>
    /// <param name="checkpoint">The checkpoint's folder, with configuration and weights.</param>
    /// <param name="run">The run's folder, with the tokenizer.</param>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static ModelInspector LoadCheckpoint(string checkpoint, string run) => new(ModelFolder.Load(checkpoint), ModelTokenizer.Load(run), Defaults(checkpoint, run));

    /// <summary>Number of tokens of a text, special ones included.</summary>
    public int CountTokens(string text) => Tokenizer.Encode(text).Length;

    /// <summary>Reads a text once and tells what happened.</summary>
    /// <param name="text">The text; of an encoder-decoder, the source.</param>
    /// <param name="target">What an encoder-decoder is to write; null = what it writes itself.</param>
    /// <param name="top">Candidates of each place after each layer.</param>
    /// <param name="cancellation">Ends the work between two layers.</param>
    /// <exception cref="ArgumentException">A text has no tokens, or more than the model or memory takes, or a target is given to a model that writes none.</exception>
    /// <exception cref="InvalidDataException">The model's numbers are not finite.</exception>
    public Inspection Inspect(string text, string? target = null, int top = 5, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        int[] ids = Read(text);
        if (rewriter is null)
        {
            if (target is not null) throw new ArgumentException($"a target text needs a model that rewrites one text as another; a {Transformer.Config.ModelType} model does not");
            using MemoryScope scope = new();
            Trace trace = new();
            _ = Transformer.Hidden(Input(Transformer.Config.Main, ids, ids.Length), new ForwardOptions { Trace = trace });
            InspectedStack stack = Seen(Transformer.MainStack, ids, trace);
            LogitLens? lens = ReadLens(trace, top, cancellation);
            return Transformer.Config.Decoder is null ? new Inspection { Encoder = stack, Lens = lens } : new Inspection { Decoder = stack, Lens = lens };
        }
        // A model without positions' end may write on and on.
        int[] written = target is null ? [.. rewriter.RewriteAll([text], cancellation: cancellation)[0][0].Tokens.Take(Transformer.Config.Context)] : Read(target);
        return Rewritten(ids, written, top, cancellation);
    }

    private Inspection Rewritten(int[] ids, int[] written, int top, CancellationToken cancellation)
    {
        TransformerConfig config = Transformer.Config;
        int start = config.DecoderStartToken ?? config.BeginToken ?? throw new ArgumentException("the model does not say which token its decoder starts with");
        int[] said = [start, .. written[..^1]]; // the place before a token is where it is predicted
        using MemoryScope scope = new();
        Trace reading = new(), writing = new();
        Tensor memory = Transformer.Encode(Input(config.Encoder!, ids, ids.Length), new ForwardOptions { Trace = reading });
        Transformer.Hidden(Input(config.Decoder!, said, Math.Max(ids.Length, said.Length)), new ForwardOptions { Memory = memory, Trace = writing });
        InspectedToken[] targets = Named(written);
        return new Inspection
        {
            Encoder = Seen(Transformer.EncoderStack!, ids, reading),
            Decoder = Seen(Transformer.MainStack, said, writing),
            Target = targets,
            Cross = new AttentionMaps(true, Labels(targets), Labels(Named(ids)), config.Decoder!.Heads, [.. writing.CrossAttentions.Select(a => a.ToArray())]),
            Lens = ReadLens(writing, top, cancellation),
        };
    }

    // What the model would say after each layer: final norm and head on the hidden states, the logits of a few places at a time.
    private LogitLens? ReadLens(Trace trace, int top, CancellationToken cancellation)
    {
        if (Transformer.Config.Head.Kind != HeadKind.Vocabulary) return null;
        int tokens = trace.HiddenStates[0].Rows, width = trace.HiddenStates[0].Columns, vocabulary = Transformer.Config.Vocabulary;
        int places = Math.Max(1, LogitsAtOnce / vocabulary), last = trace.HiddenStates.Count - 1;
        NextToken[][][] best = [.. trace.HiddenStates.Select(_ => new NextToken[tokens][])];
        for (int layer = 0; layer <= last; layer++)
            for (int first = 0; first < tokens; first += places)
            {
                cancellation.ThrowIfCancellationRequested();
                using MemoryScope part = new();
                int count = Math.Min(places, tokens - first);
                Tensor states = Tensor.From(new Shape(1, count, width), trace.HiddenStates[layer].Span.Slice(first * width, count * width));
                Tensor logits = Transformer.Logits(layer == last ? states : Transformer.MainStack.Normalised(states));
                for (int i = 0; i < count; i++) best[layer][first + i] = Best(logits.Row(i), top);
            }
        return new LogitLens(best);
    }

    private NextToken[] Best(ReadOnlySpan<float> logits, int top)
    {
        if (!Reduce.AllFinite(logits)) throw new InvalidDataException("the model's logits are not finite: its weights are damaged or its training diverged");
        return [.. Sampler.Top(logits, top).Select(t => new NextToken(t.Id, TokenText.Of(Tokenizer, t.Id), t.Probability))];
    }

    private InspectedStack Seen(Stack stack, int[] ids, Trace trace)
    {
        InspectedToken[] tokens = Named(ids);
        string[] labels = Labels(tokens);
        return new InspectedStack
        {
            Config = stack.Config,
            Tokens = tokens,
            HiddenStates = [.. trace.HiddenStates.Select(h => Enumerable.Range(0, ids.Length).Select(i => h.Row(i).ToArray()).ToArray())],
            Attention = new AttentionMaps(false, labels, labels, stack.Config.Heads, [.. trace.Attentions.Select(a => a.ToArray())]),
            Places = stack.Places(ids.Length),
        };
    }

    private int[] Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int[] ids = Tokenizer.Encode(text);
        return ids.Length > 0 ? ids : throw new ArgumentException("the text has no tokens: give one that is not empty");
    }

    private Tensor Input(StackConfig stack, int[] ids, int keys)
    {
        AttentionReader.Check(Transformer.Config, stack, keys, ids.Length);
        return Tensor.From(new Shape(1, ids.Length), ids);
    }

    private InspectedToken[] Named(int[] ids) => [.. ids.Select(id => TokenText.Token(Tokenizer, id))];

    private static string[] Labels(InspectedToken[] tokens) => [.. tokens.Select(TokenText.Label)];

    // How an encoder-decoder writes, which may stand in another folder than its weights.
    private static GenerationOptions? Defaults(string model, string folder) => ModelFolder.LoadConfig(model) is { Encoder: not null, Decoder: not null } ? GenerationConfig.Load(folder) : null;
}
