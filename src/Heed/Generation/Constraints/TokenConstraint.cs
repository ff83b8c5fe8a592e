using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>
/// Holds a model to a <see cref="Grammar"/>: of every token it knows whether it may come next. Compiled once for a tokenizer, shared by any number of
/// sequences and threads; each sequence has a <see cref="ConstraintState"/>.
/// <code>
/// TokenConstraint answer = new(Grammar.Choices(["yes", "no"]), model.Tokenizer);
/// string text = model.Complete("Is the sky blue? ", new() { Constraint = answer });
/// </code>
/// </summary>
/// <remarks>
/// Tokens are taken by the bytes that they write, so a character may lie across several. Special tokens are never allowed but for the end token, which is
/// allowed exactly where the text is complete.
/// </remarks>
public sealed class TokenConstraint
{
    private readonly ConstraintVocabulary vocabulary;
    private readonly TokenMasks masks;
    private ulong[]? firstMask; // where the first token of a text writes something else than others

    /// <summary>Compiles a grammar for a tokenizer's vocabulary. The first constraint of a tokenizer reads its vocabulary, which takes a few tenths of a second when it is large.</summary>
    /// <exception cref="FormatException">The grammar is too large, or none of its texts can be written with the vocabulary.</exception>
    public TokenConstraint(Grammar grammar, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        ArgumentNullException.ThrowIfNull(tokenizer);
        vocabulary = ConstraintVocabulary.Of(tokenizer);
        Tokenizer = tokenizer;
        Automaton = new Automaton(GrammarCompiler.Compile(grammar, vocabulary.Writable));
        masks = new TokenMasks(Automaton, vocabulary.Inner, MaskWords);
    }

    /// <summary>The tokenizer that it was compiled for.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Number of 64-bit words of a mask: bit <c>id % 64</c> of word <c>id / 64</c> is token <c>id</c>.</summary>
    public int MaskWords => (vocabulary.Size + 63) / 64;

    internal Automaton Automaton { get; }

    /// <summary>A sequence that has no tokens yet.</summary>
    /// <param name="ends">Ids that end a text.</param>
    /// <param name="continues">
    /// Whether the text goes on behind another, with which it is decoded together: then a sentencepiece model's space counts from the first token on.
    /// </param>
    public ConstraintState Start(IReadOnlyList<int>? ends = null, bool continues = false) => new(this, ends ?? [], continues);

    /// <summary>What generated tokens have reached: whether they are a complete text, or what is still open.</summary>
    /// <param name="ids">The tokens behind the prompt; an end token may be the last.</param>
    /// <param name="ends">Ids that end a text.</param>
    public ConstraintStatus Check(IEnumerable<int> ids, IReadOnlyList<int>? ends = null)
    {
        ConstraintState state = Start(ends);
        foreach (int id in ids)
            if (!state.Accept(id)) return new ConstraintStatus(false, null, []);
        return state.Status;
    }

    /// <summary>The bytes that a token writes; none for a special one.</summary>
    internal ReadOnlySpan<byte> BytesOf(int id, bool first) => vocabulary.BytesOf(id, first);

    internal void Fill(AutomatonState state, bool first, Span<ulong> mask)
    {
        if (!first || vocabulary.First == vocabulary.Inner)
        {
            masks.Fill(state, mask);
            return;
        }
        if (firstMask is null)
        {
            ulong[] made = new ulong[MaskWords];
            masks.Fill(state, vocabulary.First, made);
            firstMask = made;
        }
        firstMask.CopyTo(mask);
    }
}
