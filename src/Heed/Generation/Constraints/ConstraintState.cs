using System.Numerics;
using System.Text;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>
/// One sequence under a <see cref="TokenConstraint"/>. Tokens are accepted one by one and can be taken back, as speculative decoding does; a fork goes its
/// own way, as beams do. Not for several threads at once, but any number of states may share a constraint.
/// </summary>
public sealed class ConstraintState
{
    private const int MostForced = 4096; // bytes

    private readonly TokenConstraint constraint;
    private readonly IReadOnlyList<int> ends;
    private readonly bool continues;
    private readonly List<(int Id, AutomatonState? Before)> past; // null = the text had ended

    private AutomatonState? state;
    private bool ended;

    internal ConstraintState(TokenConstraint constraint, IReadOnlyList<int> ends, bool continues)
    {
        (this.constraint, this.ends, this.continues) = (constraint, ends, continues);
        state = constraint.Automaton.Start;
        past = [];
    }

    private ConstraintState(ConstraintState other)
    {
        (constraint, ends, continues, state, ended) = (other.constraint, other.ends, other.continues, other.state, other.ended);
        past = [.. other.past];
    }

    /// <summary>Tokens accepted.</summary>
    public int Length => past.Count;

    /// <summary>The token accepted at a place.</summary>
    public int this[int place] => past[place].Id;

    /// <summary>Whether the text is whole as it stands: the end token is allowed, or was accepted.</summary>
    public bool IsComplete => state!.Ends;

    /// <summary>Whether it is whole and nothing but an end token can follow.</summary>
    public bool IsFinished => ended || (state!.Ends && state.Items.Length == 0);

    /// <summary>Whether an end token was accepted.</summary>
    public bool HasEnded => ended;

    /// <summary>How far the text has come.</summary>
    public ConstraintStatus Status => ShortestEnd.Of(constraint.Automaton, state!);

    /// <summary>Fewest bytes that would complete the text.</summary>
    internal long MissingBytes => ShortestEnd.Bytes(state!);

    /// <summary>The same sequence, which then goes its own way.</summary>
    public ConstraintState Fork() => new(this);

    /// <summary>Takes the next token.</summary>
    /// <returns>False where it does not fit; nothing has changed then.</returns>
    public bool Accept(int id)
    {
        if (ended) return false;
        if (ends.Contains(id))
        {
            if (!state!.Ends) return false;
            past.Add((id, state));
            return ended = true;
        }
        ReadOnlySpan<byte> text = constraint.BytesOf(id, IsFirst);
        if (text.IsEmpty) return false;
        AutomatonState next = constraint.Automaton.Read(state!, text);
        if (next.IsDead) return false;
        past.Add((id, state));
        state = next;
        return true;
    }

    /// <summary>Takes the last tokens back.</summary>
    /// <param name="count">How many; 0 to <see cref="Length"/>.</param>
    public void Rollback(int count)
    {
        if (count < 0 || count > past.Count) throw new ArgumentOutOfRangeException(nameof(count), $"{past.Count} tokens were accepted, asked to take {count} back");
        if (count == 0) return;
        state = past[^count].Before;
        ended = false; // nothing follows an end, so it is among those taken back
        past.RemoveRange(past.Count - count, count);
    }

    /// <summary>The tokens that may come next, the end tokens among them where the text is complete. Where the text has ended there are none.</summary>
    /// <param name="mask">(<see cref="TokenConstraint.MaskWords"/>, or more where the model has more ids than the tokenizer): bit id % 64 of word id / 64; all others are cleared.</param>
    /// <exception cref="ArgumentException">The mask is too short.</exception>
    public void Mask(Span<ulong> mask)
    {
        int words = constraint.MaskWords;
        if (mask.Length < words) throw new ArgumentException($"a mask of this vocabulary has {words} words, given {mask.Length}");
        mask[words..].Clear();
        if (ended)
        {
            mask.Clear();
            return;
        }
        constraint.Fill(state!, IsFirst, mask[..words]);
        foreach (int id in ends)
        {
            if ((uint)id >= (uint)(64 * mask.Length)) continue;
            ulong bit = 1UL << (id & 63);
            if (state!.Ends) mask[id >> 6] |= bit;
            else mask[id >> 6] &= ~bit;
        }
    }

    /// <summary>
    /// Leaves the scores of the tokens that may come next as they are and makes all others negative infinity. Where the text has ended, all stay.
    /// </summary>
    /// <param name="scores">(vocabulary) logits or log-probabilities.</param>
    /// <exception cref="InvalidOperationException">The text is not complete, and no token of the vocabulary goes on with it.</exception>
    public void Apply(Span<float> scores)
    {
        if (ended) return;
        ulong[] mask = System.Buffers.ArrayPool<ulong>.Shared.Rent(Math.Max(constraint.MaskWords, (scores.Length + 63) / 64));
        Mask(mask);
        bool any = false;
        for (int word = 0, id = 0; id < scores.Length; word++, id += 64)
        {
            ulong bits = mask[word];
            int count = Math.Min(64, scores.Length - id);
            any |= bits != 0;
            if (bits == ulong.MaxValue) continue;
            if (bits == 0)
            {
                // Words without a token often stand together.
                int empty = mask.AsSpan(word).IndexOfAnyExcept(0ul);
                int last = empty < 0 ? scores.Length : Math.Min(scores.Length, id + (64 * empty));
                scores[id..last].Fill(float.NegativeInfinity);
                (word, id) = (word + ((last - id - 1) / 64), id + ((last - id - 1) / 64 * 64));
            }
            else
                for (ulong not = ~bits & (ulong.MaxValue >> (64 - count)); not != 0; not &= not - 1) scores[id + BitOperations.TrailingZeroCount(not)] = float.NegativeInfinity;
        }
        System.Buffers.ArrayPool<ulong>.Shared.Return(mask);
        if (!any && !state!.Ends) throw new InvalidOperationException($"the constraint wants a text that the vocabulary has no token for: behind what is written, '{Status.Missing}' would complete it");
    }

    /// <summary>The text that must come next, whatever the model says: empty where there is a choice, the end among it.</summary>
    public string ForcedText()
    {
        List<byte> text = [];
        Forced(text);
        // Half a character stays out.
        int whole = text.Count - Utf8Text.UnfinishedLength(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(text));
        return Encoding.UTF8.GetString([.. text[..whole]]);
    }

    /// <summary>
    /// The tokens of the text that must come next, as the tokenizer writes it: they need no choice, so the model may read them in one pass
    /// ("jump-forward" decoding). The last token of that text is left to the model, since it might join what follows.
    /// </summary>
    /// <returns>Token ids that <see cref="Accept"/> takes one after the other; nothing is accepted yet.</returns>
    public int[] ForcedTokens()
    {
        string text = ForcedText();
        if (text.Length == 0 || ended) return [];
        int[] ids;
        try
        {
            ids = constraint.Tokenizer.Encode(text, SpecialTokens.None);
        }
        catch (ArgumentException)
        {
            return []; // a character that the tokenizer cannot write alone
        }
        ConstraintState trial = Fork();
        int fitting = 0;
        while (fitting < ids.Length && trial.Accept(ids[fitting])) fitting++;
        bool toTheEnd = fitting == ids.Length && trial.IsFinished;
        return ids[..(toTheEnd ? fitting : Math.Max(0, Math.Min(fitting, ids.Length - 1)))];
    }

    private bool IsFirst => !continues && past.Count == 0;

    private void Forced(List<byte> text)
    {
        Automaton automaton = constraint.Automaton;
        AutomatonState at = state!;
        while (!ended && !at.Ends && text.Count < MostForced)
        {
            int only = -1;
            foreach (Item item in at.Items)
                foreach (ByteEdge edge in item.Position.Edges!)
                {
                    if (edge.Target.Distance == Position.NoEnd) continue;
                    if (edge.First != edge.Last || (only >= 0 && only != edge.First)) return;
                    only = edge.First;
                }
            if (only < 0) return;
            text.Add((byte)only);
            at = automaton.Step(at, (byte)only);
        }
    }
}
