using System.Text.Json;
using Heed.Formats;
using Heed.Generation;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Tasks;

/// <summary>A token that may stand at a mask.</summary>
/// <param name="Token">What it writes, without the space or sign that the vocabulary marks words with.</param>
/// <param name="Id">Its id.</param>
/// <param name="Probability">Softmax of its score at the mask.</param>
/// <param name="Text">The text with the token in place of the mask; other masks stay.</param>
public sealed record MaskCandidate(string Token, int Id, double Probability, string Text);

/// <summary>
/// Fills the masks of a text with a masked language model.
/// <code>
/// var fill = FillMask.Load("models/bert-base-uncased");
/// foreach (MaskCandidate c in fill.Fill("Paris is the [MASK] of France.")[0]) Console.WriteLine($"{c.Probability:P1} {c.Text}");
/// </code>
/// </summary>
public sealed class FillMask
{
    private static readonly string[] KnownMasks = ["[MASK]", "<mask>"];

    private readonly EncoderModel model;
    private readonly int maskId;

    /// <summary>Joins a masked language model and its tokenizer.</summary>
    /// <param name="transformer">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="mask">The mask token; null = <c>[MASK]</c> or <c>&lt;mask&gt;</c>, whichever the tokenizer has.</param>
    /// <exception cref="ArgumentException">The model is of another kind, or the tokenizer has no such token.</exception>
    public FillMask(Transformer transformer, Tokenizer tokenizer, string? mask = null)
    {
        Accept(transformer.Config);
        model = new EncoderModel(transformer, tokenizer);
        Mask = mask ?? KnownMasks.FirstOrDefault(m => tokenizer.TokenToId(m) is not null) ?? throw new ArgumentException("the tokenizer has no mask token ([MASK] or <mask>)");
        maskId = tokenizer.TokenToId(Mask) ?? throw new ArgumentException($"the tokenizer has no token {Mask}");
    }

    /// <summary>The mask as the tokenizer spells it. The other known spelling works in texts too.</summary>
    public string Mask { get; }

    /// <summary>Its id.</summary>
    internal int MaskId => maskId;

    /// <summary>The model and its tokenizer.</summary>
    internal EncoderModel Model => model;

    /// <summary>Loads a folder in the layout of Hugging Face; the mask token is that of tokenizer_config.json where it names one.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or the model is of another kind.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static FillMask Load(string folder)
    {
        (Transformer transformer, Tokenizer tokenizer) = EncoderModel.Load(folder, Accept);
        string path = Path.Combine(folder, "tokenizer_config.json");
        string? mask = File.Exists(path) ? JsonFile.Read(path, 64 << 20, MaskOf) : null;
        return new FillMask(transformer, tokenizer, mask is not null && tokenizer.TokenToId(mask) is not null ? mask : null);

        // A token is written as a text, or as an object with its content.
        static string? MaskOf(JsonElement root)
        {
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("mask_token", out JsonElement mask)) return null;
            if (mask.ValueKind == JsonValueKind.Object && mask.TryGetProperty("content", out JsonElement content)) mask = content;
            return mask.ValueKind == JsonValueKind.String ? mask.GetString() : null;
        }
    }

    /// <summary>The most probable tokens for each mask of the text, in the order of the masks; each list has the best first.</summary>
    /// <param name="text">A text with one mask or more.</param>
    /// <param name="count">Candidates for each mask.</param>
    /// <exception cref="ArgumentException">The text has no mask, or more tokens than the model reads.</exception>
    public IReadOnlyList<IReadOnlyList<MaskCandidate>> Fill(string text, int count = 5)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        text = WithOwnMask(text);
        TokenEncoding tokens = model.Tokens(text);
        int[] masks = [.. Enumerable.Range(0, tokens.Count).Where(i => tokens.Ids[i] == maskId)];
        if (masks.Length == 0) throw new ArgumentException($"the text has no mask: write {Mask} where a word is missing");
        if (tokens.Count > model.Room(pair: false)) throw new ArgumentException($"the text has {tokens.Count} tokens; the model reads at most {model.Room(pair: false)} beside the special ones");
        (int Start, int End)[] spans = tokens.OffsetsInUtf16(text);
        ModelText framed = model.Frame(tokens, null, 0, tokens.Count, out int start);
        IReadOnlyList<MaskCandidate>[] answers = new IReadOnlyList<MaskCandidate>[masks.Length];
        Transformer transformer = model.Transformer;
        // Of all places, only the masks go through the output projection.
        model.Run([framed], transformer.Hidden, (_, hidden, _) =>
        {
            for (int m = 0; m < masks.Length; m++)
            {
                Tensor logits = transformer.Logits(Tensor.From(new Shape(1, hidden.Columns), hidden.Row(start + masks[m])));
                // The model's table may have more rows than the tokenizer has tokens.
                TokenProbability[] top = Sampler.Top(Scores.Finite(logits.Row(0)), Math.Min(logits.Columns, count + logits.Columns - model.Tokenizer.VocabularySize));
                answers[m] = [.. top.Where(t => t.Id < model.Tokenizer.VocabularySize).Take(count).Select(t => Candidate(t, text, spans[masks[m]]))];
            }
        });
        return answers;
    }

    /// <summary>The text with the other known spelling of a mask in the tokenizer's own.</summary>
    internal string WithOwnMask(string text)
    {
        foreach (string other in KnownMasks)
            if (model.Tokenizer.TokenToId(other) is null) text = text.Replace(other, Mask, StringComparison.Ordinal);
        return text;
    }

    private MaskCandidate Candidate(TokenProbability top, string text, (int Start, int End) span)
    {
        string word = model.Tokenizer.Decode([top.Id]).Trim();
        if (model.Tokenizer.Model is WordPieceModel pieces && word.StartsWith(pieces.ContinuingPrefix, StringComparison.Ordinal)) word = word[pieces.ContinuingPrefix.Length..];
        // A mask may cover the spaces at its sides.
        string covered = text[span.Start..span.End], bare = covered.Trim();
        int at = bare.Length == 0 ? 0 : covered.IndexOf(bare, StringComparison.Ordinal);
        return new MaskCandidate(word, top.Id, top.Probability, text[..(span.Start + at)] + word + text[(span.Start + at + bare.Length)..]);
    }

    private static void Accept(TransformerConfig config) => EncoderModel.Expect(config, HeadKind.Vocabulary, "filling masks", "a masked language model (...ForMaskedLM)");
}
