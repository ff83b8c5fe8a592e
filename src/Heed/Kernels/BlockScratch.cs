using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

/// <summary>Working memory of a thread for products with blocks, kept between calls: activations of the calling thread, and the tile of each worker.</summary>
internal sealed unsafe class BlockScratch
{
    [ThreadStatic] private static BlockScratch? activations, tile, rows;
    private void* memory;
    private nuint size;

    /// <summary>64-byte aligned, uninitialised; valid until the next product on this thread.</summary>
    public static byte* Activations(long bytes) => (activations ??= new()).AtLeast((nuint)bytes);

    /// <summary>As <see cref="Activations"/>, valid until the next part on this thread.</summary>
    public static byte* Tile(long bytes) => (tile ??= new()).AtLeast((nuint)bytes);

    /// <summary>For rows at the end of a matrix, fewer than 8.</summary>
    public static byte* Rows(long bytes) => (rows ??= new()).AtLeast((nuint)bytes);

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

/// <summary>Asks for weights before they are needed: the processor's own prefetching ends at each page.</summary>
internal static unsafe class BlockPrefetch
{
    /// <summary>Bytes between what a product reads and what it asks for: about what the memory delivers while one request is under way, and a half more.</summary>
    public const int Distance = 4096;

    /// <summary>Asks for a cache line. Any address is allowed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(byte* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }

    /// <summary>Asks for a range; the count of lines is a constant where it is inlined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Range(byte* address, int bytes)
    {
        Line(address);
        if (bytes > 64) Line(address + 64);
        if (bytes > 128) Line(address + 128);
        if (bytes > 192) Line(address + 192);
        if (bytes > 256) Line(address + 256);
    }
}
