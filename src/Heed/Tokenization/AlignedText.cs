namespace Heed.Tokenization;

/// <summary>
/// UTF-8 text on its way through normalizers and pre-tokenizers, which rewrite it in one pass from front to back. When asked to,
/// it keeps for each byte the part of the original text that it came from, by the rules of Hugging Face tokenizers; the text
/// itself is the same either way, so ids never depend on whether offsets are wanted.
/// </summary>
/// <remarks>
/// A pass is <see cref="Begin"/>, then any of <see cref="Copy"/>, <see cref="Put(int, int)"/>, <see cref="Insert"/> and
/// <see cref="Drop"/>, each of which goes on where the last one stopped reading, then <see cref="Commit"/>.
/// </remarks>
public sealed class AlignedText
{
    private readonly record struct Origin(int Start, int End);

    private byte[] bytes = new byte[256], next = new byte[256];
    private Origin[] origins = [], nextOrigins = [];   // one a byte; empty when not aligned
    private int nextLength, at;
    private bool atOrigin;

    /// <summary>Number of bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The text, valid until the next pass ends.</summary>
    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, Length);

    /// <summary>The text for changes in place: only such that keep the length of every character.</summary>
    internal Span<byte> Writable => bytes.AsSpan(0, Length);

    /// <summary>True when the origin of each byte is kept.</summary>
    public bool IsAligned { get; private set; }

    /// <summary>True when the first character came from the very start of the original text.</summary>
    internal bool IsAtOrigin { get; private set; }

    /// <summary>Takes a text.</summary>
    /// <param name="utf8">Valid UTF-8, or any bytes if only byte-level stages follow.</param>
    /// <param name="aligned">Keep the origin of each byte.</param>
    /// <param name="offset">Where the text begins in the original, in bytes.</param>
    public void Set(ReadOnlySpan<byte> utf8, bool aligned = false, int offset = 0)
    {
        Grow(ref bytes, utf8.Length, 0);
        utf8.CopyTo(bytes);
        Length = utf8.Length;
        IsAligned = aligned;
        IsAtOrigin = offset == 0;
        if (!aligned) return;
        Grow(ref origins, utf8.Length, 0);
        for (int i = 0; i < utf8.Length;)
        {
            Utf8Text.CodePoint(utf8, i, out int length);
            origins.AsSpan(i, length).Fill(new Origin(offset + i, offset + i + length));
            i += length;
        }
    }

    /// <summary>Takes a part of another text with its origins.</summary>
    internal void Set(AlignedText text, int start, int end)
    {
        int count = end - start;
        Grow(ref bytes, count, 0);
        text.Bytes[start..end].CopyTo(bytes);
        Length = count;
        IsAligned = text.IsAligned;
        IsAtOrigin = text.IsAtOrigin && start == 0;
        if (!IsAligned) return;
        Grow(ref origins, count, 0);
        text.origins.AsSpan(start, count).CopyTo(origins);
    }

    /// <summary>The part of the original text that a part of this one came from, in bytes.</summary>
    /// <exception cref="InvalidOperationException">The text is not aligned.</exception>
    public (int Start, int End) OriginOf(int start, int end)
    {
        if (!IsAligned) throw new InvalidOperationException("The text does not keep origins.");
        if (Length == 0) return (0, 0);
        if (start < end) return (origins[start].Start, origins[end - 1].End);
        int place = start < Length ? origins[start].Start : origins[Length - 1].End;
        return (place, place);
    }

    /// <summary>Begins a pass.</summary>
    public void Begin()
    {
        (nextLength, at) = (0, 0);
        atOrigin = false;
        Room(Length);
    }

    /// <summary>Takes the next bytes as they are.</summary>
    public void Copy(int count)
    {
        if (count == 0) return;
        Room(count);
        if (nextLength == 0 && at == 0) atOrigin = IsAtOrigin;
        bytes.AsSpan(at, count).CopyTo(next.AsSpan(nextLength));
        if (IsAligned) origins.AsSpan(at, count).CopyTo(nextOrigins.AsSpan(nextLength));
        nextLength += count;
        at += count;
    }

    /// <summary>Takes the bytes up to this place as they are.</summary>
    public void CopyTo(int end) => Copy(end - at);

    /// <summary>
    /// Takes ASCII characters of a kind as they are, if no other than ASCII follows, and writes <paramref name="space"/> for a
    /// single space between two of them; stops at anything else.
    /// </summary>
    /// <param name="plain">For each of the 256 bytes, whether it is of the kind.</param>
    /// <param name="space">What a space becomes.</param>
    internal void CopyWords(ReadOnlySpan<bool> plain, ReadOnlySpan<byte> space)
    {
        Room(checked(space.Length * (Length - at)));
        int start = at;
        ReadOnlySpan<byte> source = bytes.AsSpan(0, Length);
        Span<byte> target = next.AsSpan(nextLength);
        int from = at, to = 0;
        while (from < source.Length)
        {
            byte b = source[from], following = from + 1 < source.Length ? source[from + 1] : (byte)0;
            if (plain[b] && following < 0x80)
            {
                if (IsAligned) nextOrigins[nextLength + to] = origins[from];
                target[to++] = b;
            }
            else if (b == ' ' && from > start && plain[following])
            {
                if (IsAligned) nextOrigins.AsSpan(nextLength + to, space.Length).Fill(origins[from]);
                space.CopyTo(target[to..]);
                to += space.Length;
            }
            else break;
            from++;
        }
        if (to > 0 && nextLength == 0 && start == 0) atOrigin = IsAtOrigin;
        nextLength += to;
        at = from;
    }

    /// <summary>How many bytes of the text this pass has read.</summary>
    internal int Read => at;

    /// <summary>Leaves the next bytes out.</summary>
    public void Drop(int count) => at += count;

    /// <summary>Leaves the next character out.</summary>
    internal void DropCharacter()
    {
        if (at < Length) at += Utf8Text.Length(bytes[at]);
    }

    /// <summary>
    /// Writes a character. With <paramref name="change"/> 0 it replaces the next one; with 1 it is new and counts to the one read
    /// before; with -n it replaces the next one, and n after that are left out.
    /// </summary>
    public void Put(int codePoint, int change)
    {
        Room(4);
        Origin origin = change > 0 ? Before() : Here();
        if (nextLength == 0 && (change > 0 ? at <= 1 : at == 0)) atOrigin = IsAtOrigin;
        int length = Utf8Text.Encode(codePoint, next.AsSpan(nextLength));
        if (IsAligned) nextOrigins.AsSpan(nextLength, length).Fill(origin);
        nextLength += length;
        if (change > 0) return;
        for (int n = 0; n <= -change && at < Length; n++) at += Utf8Text.Length(bytes[at]);
    }

    /// <summary>Writes a character for the next byte, whose origin it keeps.</summary>
    internal void PutByte(int codePoint)
    {
        Room(4);
        if (nextLength == 0 && at == 0) atOrigin = IsAtOrigin;
        int length = Utf8Text.Encode(codePoint, next.AsSpan(nextLength));
        if (IsAligned) nextOrigins.AsSpan(nextLength, length).Fill(Here());
        nextLength += length;
        at++;
    }

    /// <summary>Writes one byte, valid UTF-8 or not, for the next character, whose length in bytes is given.</summary>
    internal void PutRaw(byte value, int length)
    {
        Room(1);
        if (nextLength == 0 && at == 0) atOrigin = IsAtOrigin;
        next[nextLength] = value;
        if (IsAligned) nextOrigins[nextLength] = Here();
        nextLength++;
        at += length;
    }

    /// <summary>Writes new text, which counts to the character read before, or at the front to the next one.</summary>
    public void Insert(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty) return;
        Room(utf8.Length);
        if (nextLength == 0) atOrigin = IsAtOrigin;
        utf8.CopyTo(next.AsSpan(nextLength));
        if (IsAligned) nextOrigins.AsSpan(nextLength, utf8.Length).Fill(at == 0 ? Here() : Before());
        nextLength += utf8.Length;
    }

    /// <summary>Writes new text before the next character, to which it counts.</summary>
    public void InsertBefore(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty) return;
        Room(utf8.Length);
        if (nextLength == 0 && at == 0) atOrigin = IsAtOrigin;
        utf8.CopyTo(next.AsSpan(nextLength));
        if (IsAligned) nextOrigins.AsSpan(nextLength, utf8.Length).Fill(Here());
        nextLength += utf8.Length;
    }

    /// <summary>Takes back all repetitions of a text at the end of what was written.</summary>
    internal void CutBack(ReadOnlySpan<byte> repeated)
    {
        while (next.AsSpan(0, nextLength).EndsWith(repeated)) nextLength -= repeated.Length;
    }

    /// <summary>Number of bytes written in this pass.</summary>
    internal int Written => nextLength;

    /// <summary>Ends the pass; what was not read is gone.</summary>
    public void Commit()
    {
        (bytes, next) = (next, bytes);
        (origins, nextOrigins) = (nextOrigins, origins);
        Length = nextLength;
        IsAtOrigin = atOrigin;
    }

    private Origin Here() => !IsAligned || Length == 0 ? default : origins[Math.Min(at, Length - 1)];

    private Origin Before() => !IsAligned || at == 0 ? default : origins[Math.Min(at, Length) - 1];

    private void Room(int count)
    {
        int needed = checked(nextLength + count);
        if (needed > next.Length) Grow(ref next, needed, nextLength);
        if (IsAligned && next.Length > nextOrigins.Length) Grow(ref nextOrigins, next.Length, nextLength);
    }

    private static void Grow<T>(ref T[] array, int needed, int kept)
    {
        if (needed <= array.Length) return;
        var larger = new T[(int)Math.Min(Math.Max(needed, 2L * array.Length), Array.MaxLength)];
        array.AsSpan(0, kept).CopyTo(larger);
        array = larger;
    }
}
