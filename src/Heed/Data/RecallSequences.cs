using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Data;

/// <summary>
/// Associative recall over a distance: some pairs of key and value, then noise, then a mark and one of the keys, whose value is to be named. Nothing but
/// memory helps: the pairs of every sequence are drawn anew, and keys, values and noise are tokens of different kinds.
/// </summary>
public static class RecallSequences
{
    /// <summary>Pairs that a sequence shows.</summary>
    public const int Pairs = 4;

    /// <summary>Different keys, as many different values, and as many kinds of noise.</summary>
    public const int Kinds = 16;

    /// <summary>Number of token ids: keys, values, noise, the mark.</summary>
    public const int Vocabulary = 3 * Kinds + 1;

    /// <summary>Tokens of a sequence of some distance.</summary>
    public static int Length(int distance) => 2 * Pairs + distance + 2;

    /// <summary>A batch: inputs (batch, length), targets of the same shape, of which the last of each row alone counts.</summary>
    /// <param name="batch">Sequences.</param>
    /// <param name="distance">Tokens of noise between the pairs and the question.</param>
    /// <param name="random">Their randomness.</param>
    public static (Tensor Inputs, Tensor Targets) Batch(int batch, int distance, RandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(distance);
        int length = Length(distance);
        Tensor inputs = Tensor.Empty(new Shape(batch, length), DType.I32), targets = Tensor.Empty(new Shape(batch, length), DType.I32);
        targets.Ints.Fill(LossOps.IgnoreIndex);
        for (int row = 0; row < batch; row++)
        {
            Span<int> tokens = inputs.Ints.Slice(row * length, length);
            int[] keys = RowOrder.Draw(Kinds, random.Split(row));
            int asked = random.Next(Pairs);
            for (int pair = 0; pair < Pairs; pair++)
            {
                int value = Kinds + random.Next(Kinds);
                (tokens[2 * pair], tokens[2 * pair + 1]) = (keys[pair], value);
                if (pair == asked) targets.Ints[row * length + length - 1] = value;
            }
            for (int i = 0; i < distance; i++) tokens[2 * Pairs + i] = 2 * Kinds + random.Next(Kinds);
            (tokens[^2], tokens[^1]) = (3 * Kinds, keys[asked]);
        }
        return (inputs, targets);
    }
}
