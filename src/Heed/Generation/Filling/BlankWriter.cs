using System.Runtime.InteropServices;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>Writes one blank: tokens that its constraint allows, until it is full.</summary>
internal sealed class BlankWriter(LanguageModel model, TokenFeed feed, TokenConstraint constraint, BlankEnds ends, string? stop, SamplingOptions options)
{
    /// <summary>ln of the value's probability among all that the blank allows.</summary>
    public double LogProb { get; private set; }

    /// <summary>Tokens written.</summary>
    public int Tokens { get; private set; }

    /// <summary>Whether the most tokens were reached before the blank was full.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Writes, and adds the tokens to the sequence.</summary>
    /// <returns>What was written.</returns>
    public string Write(List<int> sequence, CancellationToken cancellation)
    {
        int begin = sequence.Count, vocabulary = model.Transformer.Config.Vocabulary;
        float[] scores = new float[vocabulary];
        ulong[] mask = new ulong[Math.Max(constraint.MaskWords, ends.Mask.Length)];
        ConstraintState state = constraint.Start(continues: true);
        Sampler sampler = new(options, vocabulary, CollectionsMarshal.AsSpan(sequence));
        while (!state.IsFinished)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Tokens >= options.MaxTokens)
            {
                Complete(state, sequence);
                break;
            }
            // Where there is no choice the model need not be asked.
            if (state.ForcedTokens() is { Length: > 0 } forced && Tokens + forced.Length <= options.MaxTokens)
            {
                foreach (int id in forced) Take(id);
                continue;
            }
            feed.Scores(sequence, scores);
            state.Mask(mask);
            bool complete = state.IsComplete;
            for (int i = 0; complete && i < ends.Mask.Length; i++) mask[i] |= ends.Mask[i];
            if (!MaskedScores.Apply(mask, scores))
            {
                if (!complete) throw new InvalidDataException($"the vocabulary has no token for what the blank must go on with: '{state.Status.Missing}'");
                break;
            }
            TokenProbability choice = sampler.Next(scores);
            LogProb += choice.LogProb;
            // What follows the blank goes before what the blank might go on with.
            if (complete && ends.Has(choice.Id)) break;
            Take(choice.Id);
            if (stop is not null && Stopped(sequence, begin) is { } text) return text;
        }
        return TextContinuation.Decode(model.Tokenizer, sequence.Skip(begin));

        void Take(int id)
        {
            if (!state.Accept(id)) throw new InvalidOperationException($"token {id} was chosen against its mask");
            sequence.Add(id);
            Tokens++;
        }
    }

    // A stop text may come within a token: then what stands before it is put in that token's place.
    private string? Stopped(List<int> sequence, int begin)
    {
        string text = TextContinuation.Decode(model.Tokenizer, sequence.Skip(begin));
        int at = text.IndexOf(stop!, StringComparison.Ordinal);
        if (at < 0) return null;
        string before = TextContinuation.Decode(model.Tokenizer, sequence.Skip(begin).SkipLast(1));
        sequence.RemoveAt(sequence.Count - 1);
        if (before.Length < at) sequence.AddRange(TextContinuation.Encode(model.Tokenizer, text[before.Length..at], SpecialTokens.None));
        return text[..at];
    }

    // In the shortest way to the end, token by token.
    private void Complete(ConstraintState state, List<int> sequence)
    {
        ulong[] mask = new ulong[constraint.MaskWords];
        IsCut = !state.IsComplete;
        while (!state.IsComplete)
        {
            state.Mask(mask);
            int best = -1;
            long least = long.MaxValue;
            for (int word = 0; word < mask.Length; word++)
                for (ulong bits = mask[word]; bits != 0; bits &= bits - 1)
                {
                    int id = (64 * word) + System.Numerics.BitOperations.TrailingZeroCount(bits);
                    state.Accept(id);
                    if (state.MissingBytes < least) (best, least) = (id, state.MissingBytes);
                    state.Rollback(1);
                }
            if (best < 0) throw new InvalidDataException($"the vocabulary has no token for what the blank must go on with: '{state.Status.Missing}'");
            state.Accept(best);
            sequence.Add(best);
        }
    }
}
