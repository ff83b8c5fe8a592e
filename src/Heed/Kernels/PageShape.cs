namespace Heed.Kernels;

/// <summary>
/// How keys and values lie in a page (https://arxiv.org/abs/2309.06180): for each layer the keys, then the values, each (key/value heads, tokens,
/// head dim), so that one head's tokens are read from end to end.
/// </summary>
public readonly record struct PageShape
{
    /// <summary>Layers that a page holds.</summary>
    public required int Layers { get; init; }

    /// <summary>Key and value heads of a layer.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of a head.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Tokens of a page: a power of two, up to 256.</summary>
    public required int Tokens { get; init; }

    /// <summary>How values are stored: F32, F16, BF16 or Q8_0, the last with a head dim that is a multiple of 32.</summary>
    public BlockType Type { get; init; }

    /// <summary>Bytes of one head of one token.</summary>
    public long RowBytes => Type.RowBytes(HeadDim);

    /// <summary>Bytes of a page.</summary>
    public long Bytes => 2L * Layers * KeyValueHeads * Tokens * RowBytes;

    /// <summary>Pages that so many tokens take.</summary>
    public int Count(int tokens) => (int)((tokens + (long)Tokens - 1) / Tokens);

    /// <summary>First byte of a head's keys within a page.</summary>
    internal long KeysAt(int layer, int head) => (2L * layer * KeyValueHeads + head) * Tokens * RowBytes;

    /// <summary>First byte of a head's values within a page.</summary>
    internal long ValuesAt(int layer, int head) => ((2L * layer + 1) * KeyValueHeads + head) * Tokens * RowBytes;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">One is impossible; the message says what was given and expected.</exception>
    internal void Validate()
    {
        if (Layers < 1 || KeyValueHeads < 1 || HeadDim < 1) throw new ArgumentException($"a page needs layers, key/value heads and columns, given {Layers}, {KeyValueHeads} and {HeadDim}");
        if (Tokens is < 1 or > 256 || (Tokens & (Tokens - 1)) != 0) throw new ArgumentException($"a page holds a power of two of tokens, up to 256, given {Tokens}");
        if (Type is not (BlockType.F32 or BlockType.F16 or BlockType.BF16 or BlockType.Q8_0)) throw new ArgumentException($"pages hold F32, F16, BF16 or Q8_0, given {Type}");
        if (HeadDim % Type.BlockLength() != 0) throw new ArgumentException($"pages of {Type} need heads of a multiple of {Type.BlockLength()} columns, given {HeadDim}");
    }
}

/// <summary>One sequence's share of a ragged batch: its new tokens are rows that follow one another, and its keys lie in pages.</summary>
/// <param name="FirstRow">Row of its first new token.</param>
/// <param name="Rows">New tokens.</param>
/// <param name="Length">All tokens, the new ones at the end: new token i stands at Length - Rows + i.</param>
/// <param name="FirstPage">Place of its first page in the list of pages.</param>
public readonly record struct PagedRows(int FirstRow, int Rows, int Length, int FirstPage);
