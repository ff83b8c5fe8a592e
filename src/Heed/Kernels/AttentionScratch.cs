using System.Runtime.InteropServices;

namespace Heed.Kernels;

/// <summary>64-byte aligned native memory that a thread keeps between calls; it only grows, and is freed with its thread.</summary>
internal sealed unsafe class AttentionScratch
{
    [ThreadStatic] private static AttentionScratch? part;
    [ThreadStatic] private static AttentionScratch? call;
    private void* memory;
    private nuint size;

    /// <summary>Scratch of one part of a job. The contents are undefined.</summary>
    internal static float* ForPart(long floats) => (part ??= new()).Get(floats);

    /// <summary>Scratch of a whole call, which its parts may share. The contents are undefined.</summary>
    internal static float* ForCall(long floats) => (call ??= new()).Get(floats);

    private float* Get(long floats)
    {
        nuint bytes = (nuint)floats * sizeof(float);
        if (bytes > size)
        {
            NativeMemory.AlignedFree(memory);
            memory = null;
            size = 0;
            memory = NativeMemory.AlignedAlloc(bytes, 64);
            size = bytes;
        }
        return (float*)memory;
    }

    ~AttentionScratch() => NativeMemory.AlignedFree(memory);
}
