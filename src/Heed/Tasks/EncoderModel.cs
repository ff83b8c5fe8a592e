using Heed.Formats;
using Heed.Generation;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Tasks;

/// <summary>A text, or two, as a model reads it: token ids with the special tokens around them, and the segment of each.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Types">Segments.</param>
internal sealed record ModelText(int[] Ids, int[] Types);

/// <summary>A model with its tokenizer, and what all tasks do with them: frame texts, and run many in batches in which little is padded.</summary>
internal sealed class EncoderModel
{
    private const int TokensOfABatch = 4096, TextsOfABatch = 64;
    private const int PackingTokens = 4 * TokensOfABatch; // so many pay for laying the weights out anew
    private static readonly EncodeOptions Bare = new() { Special = SpecialTokens.Parse };

    /// <summary>Joins a model and its tokenizer.</summary>
    /// <param name="transformer">The model.</param>
    /// <param name="tokenizer">The tokenizer that it was trained with.</param>
    /// <param name="maximumTokens">Tokens of a text at most; null = the model's context.</param>
    /// <exception cref="ArgumentException">The tokenizer has more tokens than the model.</exception>
    public EncoderModel(Transformer transformer, Tokenizer tokenizer, int? maximumTokens = null)
    {
        if (tokenizer.VocabularySize > transformer.Config.Vocabulary) throw new ArgumentException($"the tokenizer has {tokenizer.VocabularySize} tokens, the model only {transformer.Config.Vocabulary}");
        if (maximumTokens < 1) throw new ArgumentException($"a text must have room for 1 token or more, given {maximumTokens}");
        (Transformer, Tokenizer) = (transformer, tokenizer);
        MaximumTokens = Math.Min(maximumTokens ?? int.MaxValue, transformer.Config.Context);
    }

    /// <summary>The model.</summary>
    public Transformer Transformer { get; }

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Tokens of a text at most, special tokens included.</summary>
    public int MaximumTokens { get; }

    /// <summary>Loads model and tokenizer of a folder whose configuration a task accepts.</summary>
    /// <param name="folder">A folder in the layout of Hugging Face.</param>
    /// <param name="accept">Throws where the configuration is of a model that the task cannot use.</param>
    /// <param name="head">The head that is wanted instead of the file's own.</param>
    public static (Transformer, Tokenizer) Load(string folder, Action<TransformerConfig> accept, HeadKind? head = null)
    {
        TransformerConfig config = ModelFolder.LoadConfig(folder, head);
        try
        {
            accept(config);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{folder}: {e.Message}", e);
        }
        return (ModelFolder.Open(folder, head), ModelTokenizer.Load(folder));
    }

    /// <summary>Reads a JSON object of a folder; null where there is no such file.</summary>
    public static T? ReadJson<T>(string folder, string name, Func<ConfigReader, T> read) where T : class
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? JsonFile.Read(path, 16 << 20, root => read(new ConfigReader(path, root))) : null;
    }

    /// <summary>Throws where a model has another head than a task needs, or writes instead of reading.</summary>
    public static void Expect(TransformerConfig config, HeadKind head, string task, string classes)
    {
        if (config.Head.Kind != head || config.Decoder is not null && head == HeadKind.Vocabulary)
            throw new ArgumentException($"{task} needs {classes}; this is a {config.ModelType} model whose head is of kind {config.Head.Kind}{(config.Decoder is null ? "" : ", and which writes from left to right")}");
    }

    /// <summary>The tokens of a text alone, with offsets and words.</summary>
    public TokenEncoding Tokens(string text) => Tokenizer.EncodeDetailed(text, options: Bare);

    /// <summary>Tokens that are left for the text (or both texts) beside the special ones.</summary>
    public int Room(bool pair) => MaximumTokens - (Tokenizer.Pipeline.PostProcessor?.Frame(pair)?.AddedTokens ?? 0);

    /// <summary>A whole text, or pair, with special tokens; what is too long is cut off at its end, of a pair the longer one's.</summary>
    /// <exception cref="ArgumentException">The text has no tokens.</exception>
    public ModelText Frame(string text, string? second = null)
    {
        TokenEncoding encoding = Tokenizer.EncodeDetailed(text, second, new EncodeOptions { Truncation = new TruncationOptions(MaximumTokens) });
        return Checked(new ModelText([.. encoding.Ids], [.. encoding.TypeIds]));
    }

    /// <summary>A part of a text, perhaps behind another text, with special tokens.</summary>
    /// <param name="first">The text; where there is a second one, all of the first.</param>
    /// <param name="second">The second text.</param>
    /// <param name="from">First token of the last text that is taken.</param>
    /// <param name="count">How many tokens of it.</param>
    /// <param name="start">Where that part begins in the result.</param>
    public ModelText Frame(TokenEncoding first, TokenEncoding? second, int from, int count, out int start)
    {
        List<int> ids = [], types = [];
        start = 0;
        IReadOnlyList<FramePart> parts = Tokenizer.Pipeline.PostProcessor?.Frame(second is not null)?.Parts ?? (second is null ? [FramePart.Text(0)] : [FramePart.Text(0), FramePart.Text(1, 1)]);
        foreach (FramePart part in parts)
        {
            int before = ids.Count;
            if (part.Sequence is not { } sequence) ids.AddRange(part.Tokens.Select(t => t.Id));
            else if (sequence == 0 && second is not null) ids.AddRange(first.Ids);
            else
            {
                start = before;
                ids.AddRange((second ?? first).Ids.Skip(from).Take(count));
            }
            types.AddRange(Enumerable.Repeat(part.TypeId, ids.Count - before));
        }
        return Checked(new ModelText([.. ids], [.. types]));
    }

    /// <summary>Parts of a text of <paramref name="tokens"/> tokens, each of at most <paramref name="room"/>, of which neighbours share <paramref name="overlap"/>.</summary>
    public static IEnumerable<(int From, int Count)> Windows(int tokens, int room, int overlap)
    {
        for (int from = 0; ; from += room - overlap)
        {
            yield return (from, Math.Min(room, tokens - from));
            if (from + room >= tokens) yield break;
        }
    }

    /// <summary>Runs the model over many texts, those of like length together.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="forward">The model's pass: ids (batch, length) to an answer whose first dimension is the batch.</param>
    /// <param name="read">Takes text i's answer: the answer of its batch, and the text's place in it. The answer's memory ends with the call.</param>
    /// <param name="cancellation">Ends the work between two batches.</param>
    public void Run(IReadOnlyList<ModelText> texts, Func<Tensor, ForwardOptions, Tensor> forward, Action<int, Tensor, int> read, CancellationToken cancellation = default)
    {
        int[] order = [.. Enumerable.Range(0, texts.Count).OrderBy(i => texts[i].Ids.Length)];
        if (texts.Sum(t => (long)t.Ids.Length) > PackingTokens) Transformer.Pack();
        for (int first = 0, count; first < order.Length; first += count)
        {
            cancellation.ThrowIfCancellationRequested();
            count = 1;
            while (first + count < order.Length && count < TextsOfABatch && (count + 1) * texts[order[first + count]].Ids.Length <= TokensOfABatch) count++;
            using MemoryScope scope = new();
            ModelText[] batch = [.. order[first..(first + count)].Select(i => texts[i])];
            Tensor answer = forward(Stacked(batch, t => t.Ids, Transformer.Config.PadToken ?? 0), Options(batch));
            for (int row = 0; row < count; row++) read(order[first + row], answer, row);
        }
    }

    private ForwardOptions Options(ModelText[] batch)
    {
        bool padded = batch.Any(t => t.Ids.Length != batch[^1].Ids.Length);
        // A model with one type (RoBERTa) has no segments, whatever the tokenizer says.
        bool typed = batch.Any(t => t.Types.Any(type => type != 0)) && Transformer.Config.Main.Embedding.TokenTypes > 1;
        return new ForwardOptions
        {
            AttentionMask = padded ? Stacked(batch, t => [.. Enumerable.Repeat(1, t.Ids.Length)], 0) : null,
            TokenTypes = typed ? Stacked(batch, t => t.Types, 0) : null,
        };
    }

    private static Tensor Stacked(ModelText[] batch, Func<ModelText, int[]> rows, int padding)
    {
        int length = batch.Max(t => t.Ids.Length);
        Tensor stacked = Tensor.Empty(new Shape(batch.Length, length), DType.I32);
        for (int b = 0; b < batch.Length; b++)
        {
            Span<int> row = stacked.Ints.Slice(b * length, length);
            int[] values = rows(batch[b]);
            values.CopyTo(row);
            row[values.Length..].Fill(padding);
        }
        return stacked;
    }

    private static ModelText Checked(ModelText text) => text.Ids.Length > 0 ? text : throw new ArgumentException("the text has no tokens: give one that is not empty");
}
