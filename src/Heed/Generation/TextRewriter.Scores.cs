using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

/// <content>How probable the model finds what it writes, or what others wrote.</content>
public sealed partial class TextRewriter
{
    private const int ScoredRows = 32; // of logits at a time

    /// <summary>How probable the model finds each token of an answer, behind those before it. Probabilities are the softmax of the logits.</summary>
    /// <param name="text">The source.</param>
    /// <param name="answer">The answer's ids.</param>
    /// <param name="top">How many of the most probable alternatives to report with each token.</param>
    /// <returns>One for each id.</returns>
    /// <exception cref="ArgumentException">The source makes no token, or the answer is too long or holds an unknown id.</exception>
    public IReadOnlyList<GeneratedToken> Score(string text, IReadOnlyList<int> answer, int top = 0)
    {
        GeneratedToken[] tokens = new GeneratedToken[answer.Count];
        ReadLogits(text, answer, 0, answer.Count, (place, logits) =>
            tokens[place] = new GeneratedToken(answer[place], Sampler.LogProb(logits, answer[place]), top == 0 ? [] : Sampler.Top(logits, top), FinishReason.None));
        return tokens;
    }

    /// <summary>The most probable next tokens of an answer that is begun, best first; probabilities are the softmax of the logits.</summary>
    /// <param name="text">The source.</param>
    /// <param name="begun">The ids of the answer so far; may be empty.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentException">The source makes no token, or the answer is too long or holds an unknown id.</exception>
    public IReadOnlyList<TokenProbability> Next(string text, IReadOnlyList<int> begun, int count = 10)
    {
        TokenProbability[] top = [];
        ReadLogits(text, begun, begun.Count, begun.Count + 1, (_, logits) => top = Sampler.Top(logits, count));
        return top;
    }

    // The logits (vocabulary) of the answer's tokens from..to, in one pass over the answer.
    private void ReadLogits(string text, IReadOnlyList<int> answer, int from, int to, LogitsReader read)
    {
        using MemoryScope scope = new();
        TransformerConfig config = Transformer.Config;
        // Some models begin every answer with a token that stands for the language.
        int[] forced = Defaults.Sampling.Rules.ForcedBegin is { } language && (answer.Count == 0 || answer[0] != language) ? [language] : [];
        int[] target = DecodingSession.Begun(config, Defaults.For(config).DecoderStartToken, [.. forced, .. answer]);
        int[] source = Encode(text);
        Tensor memory = Transformer.Encode(Tensor.From(new Shape(1, source.Length), source));
        Tensor hidden = Transformer.Hidden(Tensor.From(new Shape(1, target.Length), target), new ForwardOptions { Memory = memory });
        for (int place = from; place < to; place += ScoredRows)
        {
            using MemoryScope part = new();
            int count = Math.Min(ScoredRows, to - place);
            Tensor rows = Tensor.Empty(new Shape(count, hidden.Columns));
            for (int i = 0; i < count; i++) hidden.Row(forced.Length + place + i).CopyTo(rows.Row(i));
            Tensor logits = Transformer.Logits(rows);
            if (!Kernels.Reduce.AllFinite(logits.Span)) throw new InvalidDataException("the model's logits are not finite: its weights are damaged or its training diverged");
            for (int i = 0; i < count; i++) read(place + i, logits.Row(i));
        }
    }

    private delegate void LogitsReader(int place, ReadOnlySpan<float> logits);
}
