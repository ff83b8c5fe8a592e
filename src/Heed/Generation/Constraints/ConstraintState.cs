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
        bool any = MaskedScores.Apply(mask, scores);
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
    /// ("jump-forward" decoding). A last token that might join what follows is left to the model.
    /// </summary>
    /// <returns>Token ids that <see cref="Accept"/> takes one after the other; nothing is accepted yet.</returns>
    public int[] ForcedTokens()
    {
        string text = ForcedText();
        if (text.Length == 0 || ended) return [];
        ConstraintState trial = Fork();
        List<int> forced = [];
        int[] ids = Encoded(text);
        while (forced.Count < ids.Length && trial.Accept(ids[forced.Count])) forced.Add(ids[forced.Count]);
        if (forced.Count > 0 && forced.Count == ids.Length && !trial.IsFinished)
        {
            trial.Rollback(1);
            forced.RemoveAt(forced.Count - 1);
        }
        // Where one token alone is allowed, nothing can join it.
        for (ulong[] mask = new ulong[constraint.MaskWords]; !trial.IsComplete && trial.Only(mask) is { } id && trial.Accept(id);) forced.Add(id);
        return [.. forced];
    }

    private int[] Encoded(string text)
    {
        try
        {
            return constraint.Tokenizer.Encode(text, SpecialTokens.None);
        }
        catch (ArgumentException)
        {
            return []; // a character that the tokenizer cannot write alone
        }
    }

    // The one token that may come next, or null.
    private int? Only(ulong[] mask)
    {
        constraint.Fill(state!, IsFirst, mask);
        int word = mask.AsSpan().IndexOfAnyExcept(0ul);
        bool one = word >= 0 && BitOperations.IsPow2(mask[word]) && mask.AsSpan(word + 1).IndexOfAnyExcept(0ul) < 0;
        return one ? (64 * word) + BitOperations.TrailingZeroCount(mask[word]) : null;
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
