using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

// Packing. A panel of `width` columns and k rows is stored (k, width), so that a register tile reads it front to back.
// Missing columns of the last panel are zeros.
public static unsafe partial class MatMul
{
    /// <summary>Floats of k that one sweep of a transposing pack covers, so that its output stays in the L1 cache.</summary>
    private const int PackSweep = 64;

    /// <summary>How many rows ahead a copying pack asks for.</summary>
    private const int PrefetchRows = 8;

    /// <summary>Packs a source stored (k, columns) into neighbouring panels, each copied row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackRows<V>(float* source, nint stride, int k, int columns, int width, float* target, nint panelStride) where V : struct, IVec<V>
    {
        int panels = columns / width, rest = columns - panels * width;
        for (int p = 0; p < k; p++, source += stride, target += width)
        {
            // The rows lie in different pages, where the hardware does not look ahead.
            if (p + PrefetchRows < k)
                for (int j = 0; j < columns; j += 16) Prefetch(source + PrefetchRows * stride + j);
            float* s = source, t = target;
            if (width == 2 * V.Count)
                for (int i = 0; i < panels; i++, s += width, t += panelStride)
                {
                    V.Load(s).Store(t);
                    V.Load(s + V.Count).Store(t + V.Count);
                }
            else if (width == 12 && Vector128.IsHardwareAccelerated)
                for (int i = 0; i < panels; i++, s += 12, t += panelStride)
                {
                    Vector256.Load(s).Store(t);
                    Vector128.Load(s + 8).Store(t + 8);
                }
            else if (width == 6 && Vector128.IsHardwareAccelerated)
                for (int i = 0; i < panels; i++, s += 6, t += panelStride)
                {
                    Vector128.Load(s).Store(t);
                    *(double*)(t + 4) = *(double*)(s + 4);
                }
            else
                for (int i = 0; i < panels; i++, s += width, t += panelStride)
                    for (int j = 0; j < width; j++) t[j] = s[j];
            if (rest > 0)
            {
                for (int j = 0; j < rest; j++) t[j] = s[j];
                for (int j = rest; j < width; j++) t[j] = 0;
            }
        }
    }

    /// <summary>Packs a source stored (columns, k) into one panel: a transpose. <paramref name="columns"/> is at most <paramref name="width"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackTransposed(float* source, nint stride, int k, int columns, int width, float* target)
    {
        for (int p0 = 0; p0 < k; p0 += PackSweep)
        {
            int sweep = Math.Min(PackSweep, k - p0);
            int j = 0;
            if (Sse.IsSupported || AdvSimd.Arm64.IsSupported)
                for (; j <= columns - 4; j += 4)
                {
                    float* s0 = source + j * stride + p0, s1 = s0 + stride, s2 = s1 + stride, s3 = s2 + stride;
                    float* t = target + (nint)p0 * width + j;
                    if (p0 + 2 * PackSweep <= k)
                        for (int next = PackSweep; next < 2 * PackSweep; next += 16)
                        {
                            Prefetch(s0 + next);
                            Prefetch(s1 + next);
                            Prefetch(s2 + next);
                            Prefetch(s3 + next);
                        }
                    int p = 0;
                    for (; p <= sweep - 4; p += 4, t += 4 * width)
                    {
                        Transpose4(Vector128.Load(s0 + p), Vector128.Load(s1 + p), Vector128.Load(s2 + p), Vector128.Load(s3 + p),
                            out Vector128<float> r0, out Vector128<float> r1, out Vector128<float> r2, out Vector128<float> r3);
                        r0.Store(t);
                        r1.Store(t + width);
                        r2.Store(t + 2 * width);
                        r3.Store(t + 3 * width);
                    }
                    for (; p < sweep; p++, t += width)
                    {
                        t[0] = s0[p];
                        t[1] = s1[p];
                        t[2] = s2[p];
                        t[3] = s3[p];
                    }
                }
            for (; j < columns; j++)
            {
                float* s = source + j * stride + p0, t = target + (nint)p0 * width + j;
                for (int p = 0; p < sweep; p++) t[p * width] = s[p];
            }
            for (; j < width; j++)
            {
                float* t = target + (nint)p0 * width + j;
                for (int p = 0; p < sweep; p++) t[p * width] = 0;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Prefetch(float* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Transpose4(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d,
        out Vector128<float> r0, out Vector128<float> r1, out Vector128<float> r2, out Vector128<float> r3)
    {
        if (Sse.IsSupported)
        {
            Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d), abHigh = Sse.UnpackHigh(a, b), cdHigh = Sse.UnpackHigh(c, d);
            r0 = Sse.MoveLowToHigh(ab, cd);
            r1 = Sse.MoveHighToLow(cd, ab);
            r2 = Sse.MoveLowToHigh(abHigh, cdHigh);
            r3 = Sse.MoveHighToLow(cdHigh, abHigh);
        }
        else
        {
            Vector128<float> ac = AdvSimd.Arm64.ZipLow(a, c), bd = AdvSimd.Arm64.ZipLow(b, d), acHigh = AdvSimd.Arm64.ZipHigh(a, c), bdHigh = AdvSimd.Arm64.ZipHigh(b, d);
            r0 = AdvSimd.Arm64.ZipLow(ac, bd);
            r1 = AdvSimd.Arm64.ZipHigh(ac, bd);
            r2 = AdvSimd.Arm64.ZipLow(acHigh, bdHigh);
            r3 = AdvSimd.Arm64.ZipHigh(acHigh, bdHigh);
        }
    }

    /// <summary>A 64-byte aligned buffer that grows and is kept: one per calling thread for each use, freed after its thread has ended.</summary>
    internal sealed class PackBuffer
    {
        [ThreadStatic] private static PackBuffer? shared;
        [ThreadStatic] private static PackBuffer? local;

        private float* memory;
        private nint length;

        /// <summary>The calling thread's buffer for panels that the whole team reads.</summary>
        public static float* Shared(nint floats) => (shared ??= new()).Take(floats);

        /// <summary>The calling thread's buffer for what a part packs for itself.</summary>
        public static float* Local(nint floats) => (local ??= new()).Take(floats);

        ~PackBuffer() => NativeMemory.AlignedFree(memory);

        private float* Take(nint floats)
        {
            if (floats > length)
            {
                NativeMemory.AlignedFree(memory);
                memory = null;
                length = 0;
                memory = (float*)NativeMemory.AlignedAlloc((nuint)floats * sizeof(float), 64);
                length = floats;
            }
            return memory;
        }
    }
}
