using Heed.Kernels;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>Which tokens of a text are predicted, and from how much of what stands before them.</summary>
public sealed record PredictionOptions
{
    /// <summary>Tokens that a model sees at a time. A text has no fewer.</summary>
    public int Context { get; init; } = 512;

    /// <summary>
    /// null: the text is cut into pieces of the context, and of each the second half is counted, as <c>llama-perplexity</c> does.
    /// Else the window moves by so many tokens, and of each window what is new is counted, so that every token but the first is.
    /// </summary>
    public int? Stride { get; init; }

    /// <summary>An id that takes the place of the first token of every window; null = the text's own stays.</summary>
    public int? BeginToken { get; init; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">One is out of range.</exception>
    public void Validate()
    {
        if (Context < 4) throw new ArgumentException($"the context must be 4 tokens or more, given {Context}");
        if (Stride is { } stride && (stride < 1 || stride >= Context)) throw new ArgumentException($"the stride must be 1 to {Context - 1}, less than the context, given {stride}");
    }
}

/// <summary>A run of tokens that a model sees, and from which place on its predictions count.</summary>
/// <param name="Start">First token.</param>
/// <param name="Length">Tokens.</param>
/// <param name="First">Place within the window of the first token whose prediction of the next one counts.</param>
internal readonly record struct PredictionWindow(int Start, int Length, int First)
{
    /// <summary>Predictions that count.</summary>
    public int Count => Length - 1 - First;
}

/// <summary>The windows of a text, and a model's predictions within one.</summary>
internal static class PredictionWindows
{
    private const int RowsAtOnce = 64; // logits of a whole window over a large vocabulary would take hundreds of megabytes

    /// <summary>The windows of a text.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or the text is too short.</exception>
    public static IReadOnlyList<PredictionWindow> Of(int tokens, PredictionOptions options)
    {
        options.Validate();
        int context = options.Context;
        if (tokens < context) throw new ArgumentException($"the text has {tokens} tokens, fewer than the context of {context}; give a longer text or a shorter context");
        if (options.Stride is not { } stride) return [.. Enumerable.Range(0, tokens / context).Select(i => new PredictionWindow(i * context, context, context / 2))];
        List<PredictionWindow> windows = [new(0, context, 0)];
        for (int end = context; end < tokens;)
        {
            int next = Math.Min(end + stride, tokens), start = next - context;
            windows.Add(new(start, context, context - 1 - (next - end)));
            end = next;
        }
        return windows;
    }

    /// <summary>Log-probabilities of the predictions of a window that count: for each some rows (row, vocabulary) and the tokens that came.</summary>
    public static void Predict(Transformer model, ReadOnlySpan<int> tokens, PredictionWindow window, int? begin, Action<int, Tensor> rows)
    {
        using MemoryScope scope = new();
        Tensor ids = Tensor.From(new Shape(1, window.Length), tokens.Slice(window.Start, window.Length));
        if (begin is { } id) ids.Ints[0] = id;
        Tensor hidden = model.Hidden(ids).Reshape(new Shape(window.Length, model.Config.Main.Width));
        for (int row = window.First; row < window.Length - 1; row += RowsAtOnce)
        {
            using MemoryScope inner = new();
            Tensor logits = model.Logits(hidden.SliceRows(row, Math.Min(RowsAtOnce, window.Length - 1 - row)));
            Softmax.LogForward(logits.Rows, logits.Columns, logits.Span, logits.Span);
            rows(row, logits);
        }
    }
}
