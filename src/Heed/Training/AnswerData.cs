using System.Globalization;
using System.Security.Cryptography;
using Heed.Data;
using Heed.Data.Records;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>
/// Questions whose answers stand in a text, for the objective "answer". Records have "question", "context" and "answers": as in SQuAD (texts and
/// answer_start), or texts alone, of which the first that stands in the context counts. No answer means that the first token is to be named.
/// </summary>
/// <remarks>A context that is too long becomes several windows that overlap; where the answer is not in a window, the first token is its answer.</remarks>
internal sealed class AnswerData : TrainingData
{
    private readonly Windows training, validation;
    private readonly RowBatches trainingBatches, validationBatches;

    private sealed record Asked(string Question, string Context, int Start, int End);

    /// <summary>Question and a part of its context as the model reads them, and the first and last token of the answer.</summary>
    internal sealed record Window(int[] Ids, int[] Types, int First, int Last);

    private sealed record Windows(Window[] All)
    {
        public int[][] Ids { get; } = Array.ConvertAll(All, w => w.Ids);

        public int[][] Types { get; } = Array.ConvertAll(All, w => w.Types);
    }

    private AnswerData(Recipe recipe, Tokenizer tokenizer, Asked[] training, Asked[] validation) : base(tokenizer)
    {
        int padding = RecipeTokenizer.Padding(tokenizer, recipe);
        (this.training, this.validation) = (Encode(training), Encode(validation));
        trainingBatches = new RowBatches(this.training.Ids, this.training.Types, recipe.Algorithm.Batch, padding, (ulong)recipe.Seed, "training questions");
        validationBatches = new RowBatches(this.validation.Ids, this.validation.Types, recipe.Algorithm.Batch, padding, (ulong)recipe.Seed, "validation questions");

        Windows Encode(Asked[] asked) => new([.. asked.SelectMany(a => Cut(a.Question, a.Context, a.Start, a.End, tokenizer, recipe.Algorithm.Context))]);
    }

    public override int ValidationCount => validationBatches.Count;

    public override TrainingBatch Training(long index, RandomSource random) => Of(trainingBatches[index], training);

    public override TrainingBatch Validation(int first, int count) => Of(validationBatches.InOrder(first, count), validation);

    // Of who knows nothing but how many tokens there are.
    public override double FrequencyLoss() => validation.Ids.Average(ids => Math.Log(ids.Length));

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        Append(hash, training.Ids);
        Append(hash, training.All.Select(w => (int[])[w.First, w.Last]));
    }

    public static new AnswerData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        string context = recipe.Data.Text ?? "context", answers = recipe.Data.Target ?? "answers";
        int missing = 0;
        (Asked?[] training, Asked?[] validation) = new RecipeRecords(recipe, progress).Of<Asked?>(["question", context, answers], _ => null, record =>
        {
            Asked? asked = Read(record, context, answers);
            if (asked is null) missing++;
            return asked;
        }, a => a?.Question ?? "");
        if (missing > 0) progress?.Invoke($"{missing} questions were left out: none of their answers stands in the context");
        Asked[] known = [.. training.OfType<Asked>()], held = [.. validation.OfType<Asked>()];
        if (known.Length == 0 || held.Length == 0) throw new InvalidDataException($"{recipe.Data.Source}: no answer of the {(known.Length == 0 ? "training" : "validation")} part stands in its context");
        progress?.Invoke($"tokenizer: {recipe.Data.Tokenizer}");
        Tokenizer tokenizer = RecipeTokenizer.MakeBert(recipe, Texts(known), Texts(held), cancellation);
        progress?.Invoke("encoding");
        return new AnswerData(recipe, tokenizer, known, held);

        static string[] Texts(Asked[] asked) => [.. asked.SelectMany(a => (string[])[a.Question, a.Context])];
    }

    /// <summary>The windows of a context behind its question.</summary>
    /// <param name="question">The question.</param>
    /// <param name="context">The context.</param>
    /// <param name="start">Where the answer begins in the context, in UTF-16 units; -1 where there is none.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="most">Tokens of a window.</param>
    internal static IEnumerable<Window> Cut(string question, string context, int start, int end, Tokenizer tokenizer, int most)
    {
        int asked = tokenizer.Count(question, SpecialTokens.None), frame = tokenizer.Pipeline.PostProcessor?.Frame(true)?.AddedTokens ?? 0, room = most - asked - frame;
        if (room < 2) throw new InvalidDataException($"the question \"{RecipeNode.Shorten(question)}\" has {asked} tokens, which leaves no room for its context in algorithm.context ({most})");
        TokenEncoding whole = tokenizer.EncodeDetailed(question, context, new EncodeOptions
        {
            Special = SpecialTokens.Add,
            Truncation = new TruncationOptions(most) { Strategy = TruncationStrategy.OnlySecond, Stride = Math.Min(room / 2, 128) },
        });
        foreach (TokenEncoding part in whole.Overflowing.Prepend(whole))
        {
            (int Start, int End)[] offsets = part.OffsetsInUtf16(question, context);
            int first = -1, last = -1;
            for (int i = 0; i < part.Count && start >= 0; i++)
            {
                if (part.SequenceIds[i] != 1 || offsets[i].End <= offsets[i].Start) continue;
                if (first < 0 && offsets[i].Start <= start && offsets[i].End > start) first = i;
                if (offsets[i].Start < end && offsets[i].End >= end) last = i;
            }
            bool holds = first >= 0 && last >= first;
            yield return new Window([.. part.Ids], [.. part.TypeIds], holds ? first : 0, holds ? last : 0);
        }
    }

    private static Asked? Read(DataRecord record, string contextColumn, string answersColumn)
    {
        string question = record.Text("question"), context = record.Text(contextColumn);
        if (string.IsNullOrWhiteSpace(question) || string.IsNullOrWhiteSpace(context)) throw new RecordException("the question or its context is empty");
        (string Text, int? Start)[] answers = [.. Answers(record[answersColumn], record.Values.GetValueOrDefault("answer_start"))];
        if (answers.Length == 0) return new Asked(question, context, -1, -1);
        foreach ((string text, int? start) in answers)
        {
            int at = start is { } s && s >= 0 && s <= context.Length - text.Length && context.AsSpan(s, text.Length).SequenceEqual(text) ? s : context.IndexOf(text, StringComparison.Ordinal);
            if (at < 0) at = context.IndexOf(text, StringComparison.OrdinalIgnoreCase);
            if (at >= 0) return new Asked(question, context, at, at + text.Length);
        }
        return null;
    }

    // "text"; ["text", ...]; [{ text, answer_start }, ...]; { text: [...], answer_start: [...] }.
    private static IEnumerable<(string Text, int? Start)> Answers(RecordValue value, RecordValue? start)
    {
        if (value.Fields is { } fields)
            return fields.TryGetValue("text", out RecordValue? texts) ? Answers(texts, fields.GetValueOrDefault("answer_start")) : throw new RecordException($"an answer must have a text, but is {value}");
        if (value.Items is { } items) return items.SelectMany((item, i) => Answers(item, start?.Items is { } starts && i < starts.Count ? starts[i] : null));
        return string.IsNullOrWhiteSpace(value.Text) ? [] : [(value.Text, int.TryParse(start?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int place) ? place : null)];
    }

    private static TrainingBatch Of(RowBatch batch, Windows windows)
    {
        Tensor places = Tensor.Empty(new Shape(2, batch.Examples.Length), DType.I32);
        for (int i = 0; i < batch.Examples.Length; i++) (places.Ints[i], places.Ints[batch.Examples.Length + i]) = (windows.All[batch.Examples[i]].First, windows.All[batch.Examples[i]].Last);
        return new TrainingBatch(batch.Inputs, places) { Mask = batch.Mask, Types = batch.Types };
    }
}
