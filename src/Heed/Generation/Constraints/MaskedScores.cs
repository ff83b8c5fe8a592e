using System.Numerics;

namespace Heed.Generation;

/// <summary>Scores under a mask of tokens.</summary>
internal static class MaskedScores
{
    /// <summary>Makes the scores of all tokens that are not in a mask negative infinity.</summary>
    /// <param name="mask">(vocabulary / 64, rounded up, or more): bit id % 64 of word id / 64.</param>
    /// <param name="scores">(vocabulary).</param>
    /// <returns>Whether any token is in the mask.</returns>
    public static bool Apply(ReadOnlySpan<ulong> mask, Span<float> scores)
    {
        bool any = false;
        for (int word = 0; 64 * word < scores.Length; word++)
        {
            ulong bits = mask[word];
            if (bits == 0)
            {
                // Words without a token often stand together.
                int empty = mask[word..].IndexOfAnyExcept(0ul);
                int end = empty < 0 ? scores.Length : (int)Math.Min(scores.Length, 64L * (word + empty));
                scores[(64 * word)..end].Fill(float.NegativeInfinity);
                if (empty < 0) break;
                word += empty - 1;
                continue;
            }
            any = true;
            Span<float> own = scores[(64 * word)..];
            ulong not = ~bits & (own.Length < 64 ? (1UL << own.Length) - 1 : ulong.MaxValue);
            for (; not != 0; not &= not - 1) own[BitOperations.TrailingZeroCount(not)] = float.NegativeInfinity;
        }
        return any;
    }
}
