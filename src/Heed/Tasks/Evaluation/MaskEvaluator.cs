using Heed.Autograd;
using Heed.Data;
using Heed.Kernels;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Tasks.Evaluation;

/// <summary>
/// Measures masked language models: how often is the hidden token the most probable one, and how probable is it? Where texts have masks, these
/// are asked for; else words are hidden as in training (<see cref="MaskedBatches"/>), the same for the same seed.
/// </summary>
public sealed class MaskEvaluator : Evaluator
{
    private const int AtATime = 32, RowsAtOnce = 64;

    private readonly FillMask fill;
    private readonly EvaluationOptions options;

    /// <summary>Makes one.</summary>
    /// <param name="fill">The model.</param>
    /// <param name="options">How many words are hidden, by which seed; null = the defaults.</param>
    public MaskEvaluator(FillMask fill, EvaluationOptions? options = null) => (this.fill, this.options) = (fill, options ?? new EvaluationOptions());

    /// <inheritdoc/>
    public override string Task => "filling masks";

    private protected override EvaluationParts Parts { get; } = new(new("--text", ["text", "sentence"], "1"), Target: new("--target", ["target", "answer", "answers"], "2", Required: false));

    private protected override EvaluationResult Measure(IReadOnlyList<EvaluationItem> items, EvaluationWatch watch) =>
        items.Any(i => fill.WithOwnMask(i.Text).Contains(fill.Mask, StringComparison.Ordinal)) ? Given(items, watch) : Hidden(items, watch);

    // What is known of a mask, or of all masks of a text.
    private readonly record struct Masks(int Count, int Right, double Loss)
    {
        public Masks Plus(Masks other) => new(Count + other.Count, Right + other.Right, Loss + other.Loss);
    }

    private EvaluationResult Result(int items, IEnumerable<Masks> masks, string note)
    {
        Masks all = masks.Aggregate(default(Masks), (sum, m) => sum.Plus(m));
        return new EvaluationResult(Task, items,
        [
            new("accuracy", "masks filled right", (double)all.Right / all.Count, FigureScale.Share, $"{all.Count} masks, {note}"),
            new("loss", "loss of a mask, in nats", all.Loss / all.Count),
        ]);
    }

    private EvaluationResult Given(IReadOnlyList<EvaluationItem> items, EvaluationWatch watch)
    {
        (Masks, string)[] answers = Ask<(Masks, string)>(items, AtATime, watch, part => [.. part.Select(Answer)], (item, answer) => new EvaluatedItem(item, answer.Item2, (double)answer.Item1.Right / answer.Item1.Count));
        return Result(items.Count, answers.Select(a => a.Item1), "those of the texts");
    }

    // One mask may have several right tokens; of several masks each has its own.
    private (Masks, string) Answer(EvaluationItem item)
    {
        IReadOnlyList<IReadOnlyList<MaskCandidate>> candidates;
        try
        {
            candidates = fill.Fill(item.Text, fill.Model.Tokenizer.VocabularySize);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{item.Place}: {e.Message}", e);
        }
        if (item.Targets.Count == 0 || (candidates.Count > 1 && item.Targets.Count != candidates.Count)) throw new InvalidDataException($"{item.Place}: the text has {candidates.Count} masks, but {item.Targets.Count} targets; name their column with --target");
        Masks masks = default;
        for (int m = 0; m < candidates.Count; m++)
        {
            IReadOnlyList<string> right = candidates.Count == 1 ? item.Targets : [item.Targets[m]];
            MaskCandidate best = candidates[m].FirstOrDefault(c => right.Contains(c.Token)) ?? throw new InvalidDataException($"{item.Place}: \"{string.Join(", ", right)}\" is no token of the model; a mask stands for one token");
            masks = masks.Plus(new Masks(1, best == candidates[m][0] ? 1 : 0, -Math.Log(best.Probability)));
        }
        return (masks, string.Join(' ', candidates.Select(c => c[0].Token)));
    }

    private EvaluationResult Hidden(IReadOnlyList<EvaluationItem> items, EvaluationWatch watch)
    {
        if (items.FirstOrDefault(i => i.Targets.Count > 0) is { } target) throw new InvalidDataException($"{target.Place}: there is a target, but no {fill.Mask} in the text");
        MaskedBatches batches = new([.. items.Select(i => fill.Model.Frame(i.Text).Ids)], AtATime, Vocabulary(), options.Seed, "texts");
        int next = 0;
        (Masks, string)[] answers = Ask<(Masks, string)>(items, AtATime, watch, part => Predict(batches.InOrder((next += part.Length) - part.Length, part.Length)), (item, answer) => new EvaluatedItem(item, answer.Item2, (double)answer.Item1.Right / answer.Item1.Count));
        return Result(items.Count, answers.Select(a => a.Item1), string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{options.MaskRate:P0} of the words hidden, seed {options.Seed}"));
    }

    private MaskedVocabulary Vocabulary()
    {
        Tokenizer tokenizer = fill.Model.Tokenizer;
        int padding = fill.Model.Transformer.Config.PadToken ?? 0;
        return new MaskedVocabulary(tokenizer.VocabularySize, fill.MaskId, padding, [.. tokenizer.AddedTokens.Where(t => t.Special).Select(t => t.Id).Append(padding).Append(fill.MaskId).Distinct()])
        {
            Rate = options.MaskRate,
            Continues = tokenizer.Model is WordPieceModel pieces ? id => tokenizer.IdToToken(id).StartsWith(pieces.ContinuingPrefix, StringComparison.Ordinal) : null,
        };
    }

    // For each text of a batch what is known of its masks, and the text as the model fills it.
    private (Masks, string)[] Predict(MaskedBatch batch)
    {
        using MemoryScope scope = new();
        Transformer transformer = fill.Model.Transformer;
        Tensor hidden = transformer.Hidden(batch.Inputs, new ForwardOptions { AttentionMask = batch.Mask });
        hidden = hidden.Reshape(new Shape(hidden.Rows, hidden.Columns));
        int texts = batch.Labels.Shape[0], length = batch.Labels.Shape[1];
        int[] places = [.. Enumerable.Range(0, texts * length).Where(p => batch.Labels.Ints[p] != LossOps.IgnoreIndex)], filled = batch.Inputs.Ints.ToArray();
        Masks[] masks = new Masks[texts];
        foreach (int[] some in places.Chunk(RowsAtOnce))
        {
            using MemoryScope inner = new();
            // The model's table may have more rows than the tokenizer has tokens; what counts is the model's.
            Tensor logits = transformer.Logits(NeuralOps.Embed(hidden, Tensor.From(new Shape(some.Length), some)));
            Scores.Finite(logits.Span);
            Softmax.LogForward(logits.Rows, logits.Columns, logits.Span, logits.Span);
            for (int r = 0; r < some.Length; r++)
            {
                int right = batch.Labels.Ints[some[r]], best = Reduce.ArgMax(logits.Row(r)), text = some[r] / length;
                masks[text] = masks[text].Plus(new Masks(1, best == right ? 1 : 0, -logits.Row(r)[right]));
                filled[some[r]] = best;
            }
        }
        return [.. masks.Select((m, t) => (m, Decode(filled.AsSpan(t * length, length))))];
    }

    private string Decode(ReadOnlySpan<int> ids) => fill.Model.Tokenizer.Decode([.. ids.ToArray().Where(id => id < fill.Model.Tokenizer.VocabularySize)], skipSpecialTokens: true);
}
