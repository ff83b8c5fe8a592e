namespace Heed.Tokenization;

/// <summary>Cuts, joins and pads encodings, by the rules of Hugging Face tokenizers.</summary>
internal static class TokenEncodingParts
{
    public static TokenEncoding Empty { get; } = new([], [null, null], []);

    public static TokenEncoding Of(IEnumerable<TokenEncoding.Entry> entries) =>
        new([.. entries], [null, null], []);

    /// <summary>The same tokens, changed, in the parts cut off too.</summary>
    public static TokenEncoding Map(TokenEncoding encoding, Func<TokenEncoding.Entry, int, TokenEncoding.Entry> map)
    {
        var entries = new TokenEncoding.Entry[encoding.Count];
        for (int i = 0; i < entries.Length; i++) entries[i] = map(encoding.Entries[i], i);
        return new TokenEncoding(entries, encoding.Sequences, [.. encoding.Overflowing.Select(o => Map(o, map))]);
    }

    /// <summary>Says which text the tokens are of, and sets the type ids; null leaves those as they are.</summary>
    public static TokenEncoding WithSequence(TokenEncoding encoding, int sequence, int? typeId, int? overflowTypeId, bool overflow)
    {
        TokenEncoding One(TokenEncoding e, int? type, IReadOnlyList<TokenEncoding> rest, bool known)
        {
            var entries = e.Entries.ToArray();
            if (type is { } t)
                for (int i = 0; i < entries.Length; i++)
                    entries[i] = entries[i] with { TypeId = t };
            Range?[] sequences = [null, null];
            if (known) sequences[sequence] = new Range(0, entries.Length);
            return new TokenEncoding(entries, sequences, rest);
        }
        return One(encoding, typeId, [.. encoding.Overflowing.Select(o => One(o, overflowTypeId, [], overflow))], true);
    }

    /// <summary>Appends one encoding to another; of the parts that were cut off, every combination is made.</summary>
    public static TokenEncoding Join(TokenEncoding first, TokenEncoding second)
    {
        var overflowing = new List<TokenEncoding>();
        foreach (TokenEncoding part in first.Overflowing)
        {
            overflowing.Add(JoinOne(part, second));
            foreach (TokenEncoding other in second.Overflowing) overflowing.Add(JoinOne(part, other));
        }
        foreach (TokenEncoding other in second.Overflowing) overflowing.Add(JoinOne(first, other));
        TokenEncoding joined = JoinOne(first, second);
        return new TokenEncoding(joined.Entries.ToArray(), joined.Sequences, overflowing);
    }

    private static TokenEncoding JoinOne(TokenEncoding first, TokenEncoding second)
    {
        Range?[] sequences = [.. first.Sequences];
        for (int i = 0; i < sequences.Length; i++)
            if (second.Sequences[i] is { } range)
                sequences[i] = Shift(range, first.Count);
        return new TokenEncoding([.. first.Entries, .. second.Entries], sequences, []);
    }

    private static Range Shift(Range range, int by) => new(range.Start.Value + by, range.End.Value + by);

    /// <summary>The first (or last) tokens; the others come in parts of the same length, which share <paramref name="stride"/> tokens.</summary>
    /// <exception cref="ArgumentException">The stride is not smaller than the length.</exception>
    public static TokenEncoding Truncate(TokenEncoding encoding, int length, int stride, TextSide side)
    {
        int count = encoding.Count;
        if (length >= count) return encoding;
        if (length == 0) return new TokenEncoding([], [null, null], [encoding]);
        if (stride >= length)
            throw new ArgumentException($"A stride of {stride} tokens given; it must be less than the {length} tokens that are left for the text.");
        int step = length - stride;
        var parts = new List<TokenEncoding>();
        if (side == TextSide.Right)
            for (int start = 0, stop = 0; stop < count; start += step)
            {
                stop = Math.Min(start + length, count);
                parts.Add(Of(encoding.Entries[start..stop].ToArray()));
            }
        else
            for (int stop = count, start = 1; start > 0; stop -= step)
            {
                start = Math.Max(stop - length, 0);
                parts.Add(Of(encoding.Entries[start..stop].ToArray()));
            }
        return new TokenEncoding(parts[0].Entries.ToArray(), parts[0].Sequences, parts[1..]);
    }

    /// <summary>Fills up to a length, the parts cut off too.</summary>
    public static TokenEncoding Pad(TokenEncoding encoding, int length, PaddingOptions padding)
    {
        TokenEncoding[] overflowing = [.. encoding.Overflowing.Select(o => Pad(o, length, padding))];
        int missing = length - encoding.Count;
        if (missing <= 0) return new TokenEncoding(encoding.Entries.ToArray(), encoding.Sequences, overflowing);
        var pads = new TokenEncoding.Entry[missing];
        Array.Fill(pads, new TokenEncoding.Entry(padding.Id, padding.Token, 0, 0, -1, padding.TypeId, Special: true, Attention: false));
        if (padding.Side == TextSide.Right) return new TokenEncoding([.. encoding.Entries, .. pads], encoding.Sequences, overflowing);
        Range?[] sequences = [.. encoding.Sequences.Select(s => s is { } range ? Shift(range, missing) : (Range?)null)];
        return new TokenEncoding([.. pads, .. encoding.Entries], sequences, overflowing);
    }

    /// <summary>Takes the spaces that byte-level tokens carry away from their offsets.</summary>
    public static TokenEncoding Trim(TokenEncoding encoding, OffsetTrim trim) => Map(encoding, (entry, place) =>
    {
        int leading = entry.Token.TakeWhile(IsSpace).Count(), trailing = entry.Token.Reverse().TakeWhile(IsSpace).Count();
        (int start, int end) = (entry.Start, entry.End);
        if (leading > 0)
        {
            // A single space at the very front was put there: there is nothing to take away.
            if ((place == 0 || start == 0) && trim.AddPrefixSpace && leading == 1) leading = 0;
            start = Math.Min(start + leading, end);
        }
        if (trailing > 0 && end >= trailing) end = Math.Max(end - trailing, start);
        return entry with { Start = start, End = end };
    });

    private static bool IsSpace(char c) => c == 'Ġ' || char.IsWhiteSpace(c);
}
