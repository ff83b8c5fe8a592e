using System.Text;

namespace Heed.Tokenization;

/// <summary>
/// An encoded text, or pair of texts, with all that is known of each token. All lists have one entry a token, in order;
/// a text that was cut off by truncation is in <see cref="Overflowing"/>.
/// </summary>
public sealed class TokenEncoding
{
    /// <summary>All that is known of one token.</summary>
    internal readonly record struct Entry(int Id, string Token, int Start, int End, int Word, int TypeId, bool Special, bool Attention);

    private readonly Entry[] entries;
    private readonly Range?[] sequences;   // where the first and the second text stand; null = unknown

    internal TokenEncoding(Entry[] entries, Range?[] sequences, IReadOnlyList<TokenEncoding> overflowing)
    {
        this.entries = entries;
        this.sequences = sequences;
        Overflowing = overflowing;
    }

    internal ReadOnlySpan<Entry> Entries => entries;

    internal Range?[] Sequences => sequences;

    /// <summary>Number of tokens.</summary>
    public int Count => entries.Length;

    /// <summary>The ids.</summary>
    public IReadOnlyList<int> Ids => field ??= Array.ConvertAll(entries, e => e.Id);

    /// <summary>The tokens as the vocabulary spells them; for the unknown token of a unigram model the text that it stands for.</summary>
    public IReadOnlyList<string> Tokens => field ??= Array.ConvertAll(entries, e => e.Token);

    /// <summary>Which part of its text each token stands for, in characters (Unicode code points); (0, 0) for added ones.</summary>
    public IReadOnlyList<(int Start, int End)> Offsets => field ??= Array.ConvertAll(entries, e => (e.Start, e.End));

    /// <summary>0 for the first text, 1 for the second, or what the model's frame says.</summary>
    public IReadOnlyList<int> TypeIds => field ??= Array.ConvertAll(entries, e => e.TypeId);

    /// <summary>1 for a token, 0 for padding.</summary>
    public IReadOnlyList<int> AttentionMask => field ??= Array.ConvertAll(entries, e => e.Attention ? 1 : 0);

    /// <summary>1 for a token that was put around the text and for padding, 0 for one of the text.</summary>
    public IReadOnlyList<int> SpecialTokensMask => field ??= Array.ConvertAll(entries, e => e.Special ? 1 : 0);

    /// <summary>Which word (piece of the pre-tokenizer) of its text each token is of; null for added ones.</summary>
    public IReadOnlyList<int?> WordIds => field ??= Array.ConvertAll(entries, e => e.Word < 0 ? null : (int?)e.Word);

    /// <summary>Which text each token is of, 0 or 1; null for added ones.</summary>
    public IReadOnlyList<int?> SequenceIds => field ??= MakeSequenceIds();

    /// <summary>The parts that truncation cut off, with special tokens and padding of their own.</summary>
    public IReadOnlyList<TokenEncoding> Overflowing { get; }

    /// <summary>The offsets in UTF-16 units of the .NET string that was encoded.</summary>
    /// <param name="text">The first text.</param>
    /// <param name="second">The second text of a pair.</param>
    public (int Start, int End)[] OffsetsInUtf16(string text, string? second = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        int[] first = UnitsOfCharacters(text), other = second is null ? [] : UnitsOfCharacters(second);
        var offsets = new (int, int)[Count];
        for (int i = 0; i < Count; i++)
        {
            int[] units = SequenceIds[i] == 1 && second is not null ? other : first;
            offsets[i] = (units[Math.Min(entries[i].Start, units.Length - 1)], units[Math.Min(entries[i].End, units.Length - 1)]);
        }
        return offsets;
    }

    /// <summary>Where each character begins in a string, and at last its length; a lone surrogate is a character.</summary>
    private static int[] UnitsOfCharacters(string text)
    {
        var units = new List<int>(text.Length + 1);
        for (int at = 0; at < text.Length;)
        {
            units.Add(at);
            Rune.DecodeFromUtf16(text.AsSpan(at), out _, out int length);
            at += length;
        }
        units.Add(text.Length);
        return [.. units];
    }

    private int?[] MakeSequenceIds()
    {
        var ids = new int?[Count];
        int known = sequences.Count(s => s is not null);
        // As in the original: with no range known, or only one, the first text is asked for, and unknown means all.
        for (int i = 0; i < Math.Max(1, known); i++)
        {
            (int from, int length) = (sequences[i] ?? Range.All).GetOffsetAndLength(Count);
            Array.Fill(ids, i, from, length);
        }
        return ids;
    }
}
