namespace Heed.Generation;

/// <summary>A sequence of tokens whose last one gains a bias where the ones before it have just been written; one token alone always.</summary>
/// <param name="Ids">The tokens.</param>
/// <param name="Bias">Added to the score of the last; negative infinity forbids it.</param>
public sealed record SequenceBias(IReadOnlyList<int> Ids, float Bias);

/// <summary>
/// Which tokens a generation must, may and should write: the rules that greedy choice, sampling and beam search share, with the meaning that
/// they have in Hugging Face's generation_config.json (names in brackets).
/// </summary>
public sealed record TokenRules
{
    /// <summary>New tokens before the end token may come (min_new_tokens).</summary>
    public int MinNewTokens { get; init; }

    /// <summary>Tokens, those of the prompt included, before the end token may come (min_length).</summary>
    public int MinLength { get; init; }

    /// <summary>No run of so many tokens is written twice, prompt included (no_repeat_ngram_size); 0 = off.</summary>
    public int NoRepeatNgram { get; init; }

    /// <summary>No run of so many tokens of the source is written (encoder_no_repeat_ngram_size); 0 = off.</summary>
    public int NoSourceNgram { get; init; }

    /// <summary>Multiplies the scores of the source's tokens where positive and divides them where negative (encoder_repetition_penalty); 1 = off.</summary>
    public float SourcePenalty { get; init; } = 1;

    /// <summary>The token behind a prompt of one token: behind the decoder's start token, the language to write (forced_bos_token_id).</summary>
    public int? ForcedBegin { get; init; }

    /// <summary>The tokens of which one must be the last that the length allows (forced_eos_token_id).</summary>
    public IReadOnlyList<int> ForcedEnd { get; init; } = [];

    /// <summary>Tokens that are never written (suppress_tokens).</summary>
    public IReadOnlyList<int> Suppressed { get; init; } = [];

    /// <summary>Tokens that are not written first (begin_suppress_tokens).</summary>
    public IReadOnlyList<int> SuppressedAtBegin { get; init; } = [];

    /// <summary>Sequences of tokens that are never written (bad_words_ids).</summary>
    public IReadOnlyList<IReadOnlyList<int>> Forbidden { get; init; } = [];

    /// <summary>Sequences of tokens that become more or less likely (sequence_bias).</summary>
    public IReadOnlyList<SequenceBias> Biases { get; init; } = [];

    /// <summary>Checks the ranges.</summary>
    /// <param name="vocabulary">Number of token ids; null = ids are only checked to be 0 or more.</param>
    /// <exception cref="ArgumentException">A value is out of range; the message says which.</exception>
    public void Validate(int? vocabulary = null)
    {
        foreach ((string name, int value) in new[] { ("min new tokens", MinNewTokens), ("min length", MinLength), ("no-repeat n-gram size", NoRepeatNgram), ("source n-gram size", NoSourceNgram) })
            if (value < 0) throw new ArgumentException($"{name} must be 0 or more, given {value}");
        if (!(SourcePenalty > 0) || !float.IsFinite(SourcePenalty)) throw new ArgumentException($"the source penalty must be more than 0, given {SourcePenalty}");
        if (ForcedBegin is { } begin) Check("forced begin", [begin]);
        Check("forced end", ForcedEnd);
        Check("suppressed", Suppressed);
        Check("suppressed at begin", SuppressedAtBegin);
        foreach (IReadOnlyList<int> sequence in Forbidden) CheckSequence("forbidden", sequence);
        foreach (SequenceBias bias in Biases)
        {
            CheckSequence("biased", bias.Ids);
            if (float.IsNaN(bias.Bias) || float.IsPositiveInfinity(bias.Bias)) throw new ArgumentException($"a bias must be a number or negative infinity, given {bias.Bias}");
        }

        void CheckSequence(string what, IReadOnlyList<int> ids)
        {
            if (ids.Count == 0) throw new ArgumentException($"a {what} sequence must have at least one token");
            Check(what, ids);
        }

        void Check(string what, IReadOnlyList<int> ids)
        {
            foreach (int id in ids)
                if (id < 0 || id >= vocabulary) throw new ArgumentException($"{what} token {id} is outside the vocabulary{(vocabulary is { } v ? $" of {v}" : "")}");
        }
    }
}
