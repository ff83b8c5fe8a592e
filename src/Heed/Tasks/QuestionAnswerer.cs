using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Tasks;

/// <summary>A part of a context that answers a question.</summary>
/// <param name="Text">The part; empty where the context holds no answer.</param>
/// <param name="Start">Where it begins in the context, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Score">Probability of its first token times that of its last.</param>
public sealed record ContextAnswer(string Text, int Start, int End, double Score)
{
    /// <summary>Whether this says that the context holds no answer.</summary>
    public bool IsNone => Text.Length == 0;
}

/// <summary>How answers are looked for.</summary>
public sealed record AnswerOptions
{
    /// <summary>Answers at most.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Tokens of an answer at most.</summary>
    public int MaximumAnswerTokens { get; init; } = 15;

    /// <summary>Tokens of question and context that are read together; a longer context is read in parts.</summary>
    public int MaximumTokens { get; init; } = 384;

    /// <summary>Tokens that neighbouring parts of a long context share, so that no answer is cut in two.</summary>
    public int Overlap { get; init; } = 128;

    /// <summary>Whether "no answer" may be an answer: for models that were trained with questions that have none.</summary>
    public bool AllowNone { get; init; }
}

/// <summary>
/// Finds the answer to a question in a text (extractive question answering), by the rules of Hugging Face's pipeline.
/// <code>
/// ContextAnswer a = QuestionAnswerer.Load("models/squad").Answer("Where is the tower?", "The tower stands in Paris.");
/// Console.WriteLine($"{a.Text} ({a.Start}..{a.End})");
/// </code>
/// </summary>
public sealed class QuestionAnswerer
{
    private readonly EncoderModel model;

    /// <summary>Joins a model for question answering and its tokenizer.</summary>
    /// <exception cref="ArgumentException">The model is of another kind.</exception>
    public QuestionAnswerer(Transformer transformer, Tokenizer tokenizer)
    {
        Accept(transformer.Config);
        model = new EncoderModel(transformer, tokenizer);
    }

    /// <summary>Loads a folder in the layout of Hugging Face.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or the model is of another kind.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static QuestionAnswerer Load(string folder)
    {
        (Transformer transformer, Tokenizer tokenizer) = EncoderModel.Load(folder, Accept);
        return new QuestionAnswerer(transformer, tokenizer);
    }

    /// <summary>The best answer.</summary>
    /// <inheritdoc cref="Answers"/>
    public ContextAnswer Answer(string question, string context, AnswerOptions? options = null) => Answers(question, context, (options ?? new()) with { Count = 1 })[0];

    /// <summary>The best answers, best first: whole words of the context.</summary>
    /// <param name="question">The question.</param>
    /// <param name="context">The text that holds the answer; of any length.</param>
    /// <param name="options">How to look; null = the defaults.</param>
    /// <exception cref="ArgumentException">Question or context is empty, or the question leaves no room for the context.</exception>
    public IReadOnlyList<ContextAnswer> Answers(string question, string context, AnswerOptions? options = null)
    {
        options ??= new AnswerOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumAnswerTokens, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Overlap);
        TokenEncoding asked = model.Tokens(question), read = model.Tokens(context);
        if (asked.Count == 0) throw new ArgumentException("the question is empty");
        if (read.Count == 0) throw new ArgumentException("the context is empty");
        int most = Math.Min(options.MaximumTokens, model.MaximumTokens), room = most - (model.MaximumTokens - model.Room(pair: true)) - asked.Count;
        if (room < 1) throw new ArgumentException($"the question has {asked.Count} tokens, which leaves no room for the context: question and context are read in parts of {most} tokens");
        (int From, int Count)[] windows = [.. EncoderModel.Windows(read.Count, room, Math.Min(options.Overlap, room / 2))];
        int[] starts = new int[windows.Length];
        ModelText[] framed = [.. windows.Select((w, i) => model.Frame(asked, read, w.From, w.Count, out starts[i]))];
        List<Candidate>[] found = new List<Candidate>[windows.Length];
        double[] none = new double[windows.Length];
        model.Run(framed, model.Transformer.Forward, (window, logits, row) =>
        {
            (int from, int count) = windows[window];
            Ends ends = new(logits, row, starts[window], count);
            none[window] = ends.None;
            found[window] = Best(ends, from, options);
        });
        (int Start, int End)[] spans = read.OffsetsInUtf16(context);
        List<ContextAnswer> answers = [.. found.SelectMany(f => f).Select(c => Whole(c, read, spans, context)).Where(a => !a.IsNone)
            .GroupBy(a => (a.Start, a.End)).Select(same => same.MaxBy(a => a.Score)!)];
        // That there is no answer is as probable as in the part that doubts it most.
        if (options.AllowNone || answers.Count == 0) answers.Add(new ContextAnswer("", 0, 0, none.Min()));
        return [.. answers.OrderByDescending(a => a.Score).ThenBy(a => a.Start).ThenBy(a => a.End).Take(options.Count)];
    }

    private readonly record struct Candidate(int First, int Last, double Score);

    // Probabilities of a part's tokens, and of its first token for "no answer".
    private readonly struct Ends
    {
        public Ends(Tensor logits, int row, int start, int count)
        {
            int length = logits.Shape[1], special = start > 0 ? 1 : 0;
            float[] first = new float[count + special], last = new float[count + special];
            for (int i = 0; i < first.Length; i++)
            {
                int place = i < special ? 0 : start + i - special;
                ReadOnlySpan<float> scores = Scores.Finite(logits.Row(row * length + place));
                (first[i], last[i]) = (scores[0], scores[1]);
            }
            double[] p = Scores.Softmax(first), q = Scores.Softmax(last);
            None = special == 0 ? 0 : p[0] * q[0];
            (First, Last) = (p[special..], q[special..]);
        }

        public double None { get; }

        public double[] First { get; }

        public double[] Last { get; }
    }

    // Several spans may become the same words, so more are kept than are asked for.
    private static List<Candidate> Best(Ends ends, int from, AnswerOptions options)
    {
        PriorityQueue<Candidate, double> best = new();
        int keep = checked(4 * options.Count + 16);
        for (int first = 0; first < ends.First.Length; first++)
            for (int last = first; last < Math.Min(first + options.MaximumAnswerTokens, ends.Last.Length); last++)
            {
                double score = ends.First[first] * ends.Last[last];
                if (best.Count < keep) best.Enqueue(new Candidate(from + first, from + last, score), score);
                else if (best.TryPeek(out _, out double least) && score > least) best.EnqueueDequeue(new Candidate(from + first, from + last, score), score);
            }
        return [.. best.UnorderedItems.Select(i => i.Element)];
    }

    private static ContextAnswer Whole(Candidate c, TokenEncoding tokens, (int Start, int End)[] spans, string context)
    {
        (int first, int last) = (c.First, c.Last);
        while (first > 0 && tokens.WordIds[first] is { } word && tokens.WordIds[first - 1] == word) first--;
        while (last + 1 < tokens.Count && tokens.WordIds[last] is { } word && tokens.WordIds[last + 1] == word) last++;
        (int start, int end) = (spans[first].Start, spans[last].End);
        // Byte-level and sentencepiece tokens carry the space before them.
        while (start < end && char.IsWhiteSpace(context[start])) start++;
        while (start < end && char.IsWhiteSpace(context[end - 1])) end--;
        return new ContextAnswer(context[start..end], start, end, c.Score);
    }

    private static void Accept(TransformerConfig config) => EncoderModel.Expect(config, HeadKind.Span, "finding answers", "a model for question answering (...ForQuestionAnswering)");
}
