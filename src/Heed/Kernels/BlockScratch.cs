using System.Runtime.InteropServices;

namespace Heed.Kernels;

/// <summary>Working memory of a thread for products with blocks, kept between calls: activations of the calling thread, and the tile of each worker.</summary>
internal sealed unsafe class BlockScratch
{
    [ThreadStatic] private static BlockScratch? activations, tile, rows, decoded;
    private void* memory;
    private nuint size;

    /// <summary>64-byte aligned, uninitialised; valid until the next product on this thread.</summary>
    public static byte* Activations(long bytes) => (activations ??= new()).AtLeast((nuint)bytes);

    /// <summary>As <see cref="Activations"/>, valid until the next part on this thread.</summary>
    public static byte* Tile(long bytes) => (tile ??= new()).AtLeast((nuint)bytes);

    /// <summary>For rows at the end of a matrix, fewer than 8.</summary>
    public static byte* Rows(long bytes) => (rows ??= new()).AtLeast((nuint)bytes);

    /// <summary>For whole rows as floats, read by one product.</summary>
    public static byte* Decoded(long bytes) => (decoded ??= new()).AtLeast((nuint)bytes);

    private byte* AtLeast(nuint bytes)
    {
        if (size < bytes)
        {
            NativeMemory.AlignedFree(memory);
            memory = null;
            size = 0;
            memory = NativeMemory.AlignedAlloc(bytes, 64);
            size = bytes;
        }
        return (byte*)memory;
    }

    ~BlockScratch() => NativeMemory.AlignedFree(memory);
}
