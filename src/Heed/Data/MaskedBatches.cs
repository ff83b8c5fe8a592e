using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Data;

/// <summary>A batch for masked-word prediction.</summary>
/// <param name="Inputs">Token ids, some of them hidden, padded on the right: (batch, longest).</param>
/// <param name="Mask">1 for tokens, 0 for padding: (batch, longest).</param>
/// <param name="Labels">The original id of each hidden token, <see cref="LossOps.IgnoreIndex"/> elsewhere: (batch, longest).</param>
public sealed record MaskedBatch(Tensor Inputs, Tensor Mask, Tensor Labels);

/// <summary>What masked-word prediction needs to know about a vocabulary.</summary>
/// <param name="Vocabulary">Ids of the vocabulary, 0 to this - 1.</param>
/// <param name="MaskToken">Id that hides a token.</param>
/// <param name="Padding">Id that fills shorter sequences.</param>
/// <param name="Special">Ids that are never hidden and never put in place of another, the mask token and the padding among them.</param>
public sealed record MaskedVocabulary(int Vocabulary, int MaskToken, int Padding, IReadOnlyCollection<int> Special)
{
    /// <summary>Share of the words that are hidden.</summary>
    public double Rate { get; init; } = 0.15;

    /// <summary>For whole words: tells the ids that continue the word of the token before them; null hides token by token.</summary>
    public Func<int, bool>? Continues { get; init; }
}

/// <summary>
/// Batches for masked-word prediction (Devlin et al. 2018, BERT): of the tokens chosen, 80% become the mask token, 10% any other
/// token and 10% stay; the model has to name the original of each.
/// </summary>
/// <remarks>
/// Each word (token, unless <see cref="MaskedVocabulary.Continues"/> is given) is chosen by itself with the same probability; a
/// sequence in which none was chosen gives one of its words, so that every sequence teaches something. Of a whole word each token
/// is treated by itself, as in the original program. A sequence seen again in a later epoch is masked anew.
/// </remarks>
public sealed class MaskedBatches
{
    private const double Hidden = 0.8, Replaced = 0.1;

    private readonly int[][] sequences;
    private readonly MaskedVocabulary vocabulary;
    private readonly bool[] special;
    private readonly int[] ordinary;
    private readonly int[][] words; // of each sequence, the places at which a word that may be chosen starts
    private readonly SequenceOrder order;
    private readonly RandomSource random;

    /// <summary>Batches over sequences.</summary>
    /// <param name="sequences">Token ids with their special tokens.</param>
    /// <param name="batch">Sequences of a batch.</param>
    /// <param name="vocabulary">The mask token, the special tokens, the rate.</param>
    /// <param name="seed">Seed of order and masks.</param>
    /// <param name="what">Name of the sequences in errors, such as "training sentences".</param>
    /// <param name="tokens">Most tokens of a batch, padding included, instead of <paramref name="batch"/> sequences; null = no such bound.</param>
    /// <exception cref="InvalidDataException">No sequence, one without an ordinary token, or an id outside the vocabulary.</exception>
    /// <exception cref="ArgumentException">The vocabulary contradicts itself.</exception>
    public MaskedBatches(int[][] sequences, int batch, MaskedVocabulary vocabulary, ulong seed, string what, int? tokens = null)
    {
        PaddedRows.Check(sequences, batch, vocabulary.Padding, what);
        (this.sequences, this.vocabulary) = (sequences, vocabulary);
        special = SpecialIds(vocabulary);
        ordinary = [.. Enumerable.Range(0, vocabulary.Vocabulary).Where(id => !special[id])];
        words = new int[sequences.Length][];
        for (int i = 0; i < sequences.Length; i++)
        {
            if (Array.Find(sequences[i], id => id >= vocabulary.Vocabulary) is > 0 and int outside)
                throw new InvalidDataException($"sequence {i} of the {what} has the id {outside}; the vocabulary has {vocabulary.Vocabulary}");
            words[i] = WordsOf(sequences[i]);
            if (words[i].Length == 0) throw new InvalidDataException($"sequence {i} of the {what} has special tokens only; nothing in it can be hidden");
        }
        int[] lengths = Array.ConvertAll(sequences, s => s.Length);
        order = new SequenceOrder(lengths, batch, seed, tokens is { } most ? new TokenLimit(most, lengths) : null);
        random = new RandomSource(seed).Split("mask");
    }

    /// <summary>Sequences in all.</summary>
    public int Count => sequences.Length;

    /// <summary>Batches that take every sequence once.</summary>
    public int PerEpoch => order.PerEpoch;

    /// <summary>Batch <paramref name="index"/> of the training, from 0 and without end: the same for the same seed, whatever was asked before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative index.</exception>
    public MaskedBatch this[long index] => Cut(order[index], random.Split("batch").Split(index));

    /// <summary>Sequences <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1 as they were given; each is always masked alike, for a loss that can be compared.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such sequences.</exception>
    public MaskedBatch InOrder(int first, int count)
    {
        int[] chosen = PaddedRows.Range(first, count, Count);
        RandomSource own = random.Split("in order");
        return Cut(chosen, own, r => own.Split(chosen[r]));
    }

    private MaskedBatch Cut(ReadOnlySpan<int> chosen, RandomSource own, Func<int, RandomSource>? ofRow = null)
    {
        Tensor inputs = PaddedRows.Ids(sequences, chosen, vocabulary.Padding);
        Tensor labels = PaddedRows.Filled(sequences, chosen, LossOps.IgnoreIndex);
        for (int r = 0; r < chosen.Length; r++)
        {
            int length = sequences[chosen[r]].Length;
            Hide(words[chosen[r]], inputs.Ints.Slice(r * inputs.Columns, length), labels.Ints.Slice(r * inputs.Columns, length), ofRow?.Invoke(r) ?? own.Split(r));
        }
        return new MaskedBatch(inputs, PaddedRows.Mask(sequences, chosen), labels);
    }

    private void Hide(int[] starts, Span<int> ids, Span<int> labels, RandomSource own)
    {
        bool any = false;
        foreach (int start in starts)
        {
            if (own.NextDouble() >= vocabulary.Rate) continue;
            HideWord(start, ids, labels, ref own);
            any = true;
        }
        if (!any) HideWord(starts[own.Next(starts.Length)], ids, labels, ref own);
    }

    private void HideWord(int start, Span<int> ids, Span<int> labels, ref RandomSource own)
    {
        int at = start;
        do
        {
            labels[at] = ids[at];
            double kind = own.NextDouble();
            if (kind < Hidden) ids[at] = vocabulary.MaskToken;
            else if (kind < Hidden + Replaced) ids[at] = ordinary[own.Next(ordinary.Length)];
            at++;
        }
        while (at < ids.Length && Continues(ids[at]));
    }

    private int[] WordsOf(int[] sequence)
    {
        List<int> starts = [];
        for (int i = 0; i < sequence.Length; i++)
            if (!special[sequence[i]] && !(i > 0 && !special[sequence[i - 1]] && Continues(sequence[i]))) starts.Add(i);
        return [.. starts];
    }

    private bool Continues(int id) => !special[id] && vocabulary.Continues is { } continues && continues(id);

    private static bool[] SpecialIds(MaskedVocabulary v)
    {
        if (v.Rate is not (> 0 and <= 1)) throw new ArgumentException($"a rate of {v.Rate} was given; expected more than 0 and at most 1", nameof(v));
        bool[] special = new bool[v.Vocabulary];
        foreach (int id in (int[])[.. v.Special, v.MaskToken, v.Padding])
        {
            if (id < 0 || id >= v.Vocabulary) throw new ArgumentException($"the special id {id} is not in a vocabulary of {v.Vocabulary}", nameof(v));
            special[id] = true;
        }
        if (Array.TrueForAll(special, s => s)) throw new ArgumentException($"all {v.Vocabulary} ids of the vocabulary are special; at least one ordinary token is needed", nameof(v));
        return special;
    }
}
