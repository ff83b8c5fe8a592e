using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Data;

/// <summary>Batches for an encoder-decoder that restores texts: the sources are damaged anew each time that a text comes by.</summary>
public sealed class NoisyBatches
{
    private readonly int[][] texts;
    private readonly Func<int[], RandomSource, (int[] Source, int[] Target)> damage;
    private readonly int padding, start;
    private readonly SequenceOrder order;
    private readonly RandomSource random;

    /// <summary>Batches over texts.</summary>
    /// <param name="texts">Token ids of each text.</param>
    /// <param name="damage">Source and target of a text, with the end tokens that the model shall see and write.</param>
    /// <param name="batch">Texts of a batch.</param>
    /// <param name="padding">Id that fills shorter sequences.</param>
    /// <param name="start">Id with which the decoder starts.</param>
    /// <param name="seed">Seed of order and damage.</param>
    /// <param name="what">Name of the texts in errors, such as "training texts".</param>
    /// <exception cref="InvalidDataException">No text, an empty one, or a negative id.</exception>
    public NoisyBatches(int[][] texts, Func<int[], RandomSource, (int[] Source, int[] Target)> damage, int batch, int padding, int start, ulong seed, string what)
    {
        PaddedRows.Check(texts, batch, padding, what);
        (this.texts, this.damage, this.padding, this.start) = (texts, damage, padding, start);
        order = new SequenceOrder(Array.ConvertAll(texts, t => t.Length), batch, seed);
        random = new RandomSource(seed).Split("damage");
    }

    /// <summary>Texts in all.</summary>
    public int Count => texts.Length;

    /// <summary>Batch <paramref name="index"/> of the training, from 0 and without end: the same for the same seed, whatever was asked before.</summary>
    public PairBatch this[long index]
    {
        get
        {
            int[] chosen = order[index].ToArray();
            RandomSource own = random.Split("batch").Split(index);
            return Cut(Array.ConvertAll(chosen, i => texts[i]), own.Split);
        }
    }

    /// <summary>Texts <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1 as they were given; each is always damaged alike.</summary>
    public PairBatch InOrder(int first, int count)
    {
        int[] chosen = PaddedRows.Range(first, count, Count);
        return Cut(Array.ConvertAll(chosen, i => texts[i]), r => random.Split("in order").Split(chosen[r]));
    }

    /// <summary>The targets of all texts as <see cref="InOrder"/> has them.</summary>
    public IEnumerable<int> Targets() => texts.SelectMany((text, i) => damage(text, random.Split("in order").Split(i)).Target);

    private PairBatch Cut(int[][] chosen, Func<long, RandomSource> own)
    {
        int[][] sources = new int[chosen.Length][], targets = new int[chosen.Length][];
        for (int r = 0; r < chosen.Length; r++) (sources[r], targets[r]) = damage(chosen[r], own(r));
        int[][] shifted = Array.ConvertAll(targets, t => (int[])[start, .. t[..^1]]);
        int[] all = [.. Enumerable.Range(0, chosen.Length)];
        return new PairBatch(PaddedRows.Ids(sources, all, padding), PaddedRows.Mask(sources, all), PaddedRows.Ids(shifted, all, padding), PaddedRows.Ids(targets, all, LossOps.IgnoreIndex));
    }
}
