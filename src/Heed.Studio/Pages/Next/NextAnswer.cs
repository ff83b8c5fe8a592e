using Heed.Generation;

namespace Heed.Studio.Pages.Next;

/// <summary>A token that may come next.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Label">How it is shown.</param>
/// <param name="Bytes">What it writes.</param>
/// <param name="Probability">Softmax of its logit.</param>
/// <param name="IsEnd">Whether it ends the text.</param>
public sealed record NextChoice(int Id, string Label, byte[] Bytes, double Probability, bool IsEnd);

/// <summary>How the most probable text goes on behind a token.</summary>
/// <param name="Token">What is written of the token: more than itself where it is only a part of a character; empty where no character became whole.</param>
/// <param name="More">What follows, to the end of the phrase.</param>
public sealed record NextPhrase(string Token, string More);

/// <summary>What a model thinks comes next.</summary>
/// <param name="Ids">What it read; of an encoder-decoder, the translation so far.</param>
/// <param name="Labels">The last of those tokens as they are shown.</param>
/// <param name="LogProbs">(vocabulary) ln of each token's probability.</param>
/// <param name="Best">The most probable tokens, best first.</param>
public sealed record NextAnswer(IReadOnlyList<int> Ids, IReadOnlyList<string> Labels, float[] LogProbs, IReadOnlyList<NextChoice> Best)
{
    /// <summary>With which probability each token (vocabulary) would be drawn.</summary>
    /// <param name="options">How tokens are drawn.</param>
    public float[] Drawn(SamplingOptions options) => new Sampler(options, LogProbs.Length).Probabilities(LogProbs);
}
