using Heed.Generation;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Server;

/// <summary>How probable a decoder finds the tokens of a prompt, each behind those before it.</summary>
internal static class PromptScores
{
    private const int Rows = 32; // of logits at a time

    /// <summary>The tokens of a prompt; the first has no probability (NaN).</summary>
    /// <param name="model">A decoder.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="ids">The prompt.</param>
    /// <param name="top">Alternatives for each token.</param>
    public static WrittenToken[] Of(Transformer model, Tokenizer tokenizer, int[] ids, int top)
    {
        using MemoryScope scope = new();
        WrittenToken[] tokens = new WrittenToken[ids.Length];
        TextPieces pieces = new(tokenizer, []);
        int[] starts = new int[ids.Length];
        for (int i = 0, length = 0; i < ids.Length; i++)
        {
            starts[i] = length;
            length += pieces.Append(new GeneratedToken(ids[i], 0, [], FinishReason.None)).Text.Length;
        }
        tokens[0] = new WrittenToken(new TokenProbability(ids[0], float.NaN), [], 0);
        Tensor hidden = model.Hidden(Tensor.From(new Shape(1, ids.Length), ids));
        for (int first = 0; first < ids.Length - 1; first += Rows)
        {
            using MemoryScope part = new();
            int count = Math.Min(Rows, ids.Length - 1 - first);
            Tensor rows = Tensor.Empty(new Shape(count, hidden.Columns));
            for (int i = 0; i < count; i++) hidden.Row(first + i).CopyTo(rows.Row(i));
            Tensor logits = model.Logits(rows);
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<float> row = logits.Row(i);
                int id = ids[first + i + 1];
                tokens[first + i + 1] = new WrittenToken(new TokenProbability(id, LogProbability(row, id)), top == 0 ? [] : Sampler.Top(row, top), starts[first + i + 1]);
            }
        }
        return tokens;
    }

    private static float LogProbability(ReadOnlySpan<float> logits, int id)
    {
        float largest = float.NegativeInfinity;
        foreach (float logit in logits) largest = Math.Max(largest, logit);
        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp(logit - largest);
        return (float)(logits[id] - largest - Math.Log(sum));
    }
}
