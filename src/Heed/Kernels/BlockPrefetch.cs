using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

/// <summary>
/// Asks for weights before they are needed, since the processor's own prefetching ends at each page. They go to the second cache: it has room for
/// more requests under way than the first, and a request into the first delayed the loads (18 instead of 24 GB/s of an F32 weight on one Zen 4 core).
/// </summary>
internal static unsafe class BlockPrefetch
{
    /// <summary>Bytes between what a product with repacked weights reads and what it asks for: 8 KB to 64 KB did equally well within the noise, 4 KB worse.</summary>
    public const int Distance = 32 * 1024;

    /// <summary>Asks for a cache line. Any address is allowed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(byte* address)
    {
        if (Sse.IsSupported) Sse.Prefetch1(address);
    }

    /// <summary>Asks for up to 320 bytes; inlined with a constant, it is as many instructions as lines.</summary>
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
