using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

public static partial class Perplexity
{
    private const int PieceLength = 64; // logits of 64 places stand in memory at once

    /// <summary>Measures how well a recurrent model predicts a text: it reads it once from its beginning, and every token but the first counts, with all before it in the state.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokens">The text's ids.</param>
    /// <param name="progress">Told after each piece: pieces done, pieces in all, the result so far.</param>
    /// <param name="cancellation">Ends the measurement between two pieces.</param>
    /// <exception cref="ArgumentException">The text has less than two tokens, or an id is outside the vocabulary.</exception>
    public static PerplexityResult Measure(RecurrentModel model, ReadOnlySpan<int> tokens, Action<int, int, PerplexityResult>? progress = null, CancellationToken cancellation = default)
    {
        if (tokens.Length < 2) throw new ArgumentException($"a text must have 2 tokens or more to be predicted, given {tokens.Length}");
        MeanOf loss = new();
        RecurrentState state = model.NewState(1);
        int pieces = (tokens.Length - 2 + PieceLength) / PieceLength;
        for (int i = 0; i < pieces; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using (new MemoryScope())
            {
                int first = i * PieceLength, count = Math.Min(PieceLength, tokens.Length - 1 - first);
                RecurrentOutput result = model.Hidden(Tensor.From(new Shape(1, count), tokens.Slice(first, count)), state);
                result.State.CopyTo(state);
                Tensor logits = model.Logits(result.Output);
                Softmax.LogForward(logits.Rows, logits.Columns, logits.Span, logits.Span);
                for (int r = 0; r < count; r++) loss.Add(-logits.Row(r)[tokens[first + r + 1]]);
            }
            progress?.Invoke(i + 1, pieces, Result(loss, i + 1));
        }
        return Result(loss, pieces);
    }
}
