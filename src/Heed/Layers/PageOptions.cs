using Heed.Kernels;

namespace Heed.Layers;

/// <summary>How keys and values are kept in pages.</summary>
public sealed record PageOptions
{
    /// <summary>Tokens of a page: a power of two, up to 256. Sequences share whole pages, and a sequence leaves half a page unused on average.</summary>
    public int Tokens { get; init; } = 32;

    /// <summary>How values are stored: F32; F16 or BF16 at half of its memory; Q8_0 at a little more than a quarter, for heads of a multiple of 32 columns.</summary>
    public BlockType Type { get; init; } = BlockType.F32;

    /// <summary>Most memory that pages take, in bytes. It is taken when it is first needed, and kept.</summary>
    public long Bytes { get; init; } = 1L << 30;

    /// <summary>Most keys that a token looks back on, itself included, in every block; 0 = as the model says. A model that was not made for it forgets what lies before.</summary>
    public int Window { get; init; }

    /// <summary>With a window: tokens at the start of a sequence that every token goes on seeing (attention sinks; Xiao et al. 2023, https://arxiv.org/abs/2309.17453). Positions stay those of the text.</summary>
    public int Sinks { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message says which.</exception>
    public void Validate()
    {
        if (Bytes < 1) throw new ArgumentException($"the pages' memory must be 1 byte or more, given {Bytes}");
        if (Window < 0) throw new ArgumentException($"the window must be 0 (as the model says) or more, given {Window}");
        if (Sinks < 0) throw new ArgumentException($"attention sinks must be 0 (none) or more, given {Sinks}");
    }
}
