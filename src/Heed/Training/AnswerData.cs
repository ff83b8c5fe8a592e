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
    /// <summary>Tokens that neighbouring windows share at most.</summary>
    private const int MostShared = 128;

    private static readonly EncodeOptions Bare = new() { Special = SpecialTokens.None };

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
        (Asked?[] training, Asked?[] validation) = new RecipeRecords(recipe, progress).Of<Asked?>(["question", context, answers], record =>
        {
            Asked? asked = Read(record, context, answers);
            if (asked is null) missing++;
            return asked;
        }, a => a?.Question ?? "");
        if (missing > 0) progress?.Invoke($"{missing} questions were left out: none of their answers stands in the context");
        Asked[] known = [.. training.OfType<Asked>()], held = [.. validation.OfType<Asked>()];
        if (known.Length == 0 || held.Length == 0) throw new InvalidDataException($"{recipe.Data.Source}: no answer of the {(known.Length == 0 ? "training" : "validation")} part stands in its context");
        progress?.Invoke($"tokenizer: {RecipeTokenizer.Name(recipe)}");
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
        TokenEncoding asked = tokenizer.EncodeDetailed(question, options: Bare), read = tokenizer.EncodeDetailed(context, options: Bare);
        IReadOnlyList<FramePart> frame = tokenizer.Pipeline.PostProcessor?.Frame(true)?.Parts ?? [FramePart.Text(0), FramePart.Text(1, 1)];
        int room = most - asked.Count - frame.Where(part => part.Sequence is null).Sum(part => part.Tokens.Count);
        if (room < 2) throw new InvalidDataException($"the question \"{RecipeNode.Shorten(question)}\" has {asked.Count} tokens, which leaves no room for its context in algorithm.context ({most})");
        (int Start, int End)[] offsets = read.OffsetsInUtf16(context);
        int first = start < 0 ? -1 : Array.FindIndex(offsets, o => o.Start <= start && o.End > start), last = start < 0 ? -1 : Array.FindLastIndex(offsets, o => o.Start < end && o.End >= end);
        for (int from = 0; ; from += room - Math.Min(room / 2, MostShared))
        {
            int count = Math.Min(room, read.Count - from), before = 0;
            List<int> ids = [], types = [];
            foreach (FramePart part in frame)
            {
                if (part.Sequence == 1) before = ids.Count;
                ids.AddRange(part.Sequence switch { 0 => asked.Ids, 1 => read.Ids.Skip(from).Take(count), _ => part.Tokens.Select(t => t.Id) });
                types.AddRange(Enumerable.Repeat(part.TypeId, ids.Count - types.Count));
            }
            bool holds = first >= from && last >= first && last < from + count;
            yield return new Window([.. ids], [.. types], holds ? before + first - from : 0, holds ? before + last - from : 0);
            if (from + count >= read.Count) yield break;
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
