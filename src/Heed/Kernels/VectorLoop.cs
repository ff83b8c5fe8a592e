using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Heed.Kernels;

/// <summary>An operation y = f(x; s) on vectors; <c>s</c> is one number given with the call, in every lane.</summary>
internal interface IMap1
{
    static abstract V Invoke<V>(V x, V s) where V : struct, IVec<V>;
}

/// <summary>An operation z = f(x, y; s) on vectors.</summary>
internal interface IMap2
{
    static abstract V Invoke<V>(V x, V y, V s) where V : struct, IVec<V>;
}

/// <summary>The element-wise loops: one for each arity, for every operation and vector width. Outputs may be inputs.</summary>
internal static unsafe class VectorLoop
{
    /// <summary>Elements in one part of parallel element-wise work. Fixed, so that results do not depend on the number of threads.</summary>
    public const int PartSize = 16384;

    /// <summary>The widest register that <see cref="LoadTail"/> serves.</summary>
    private const int MaxCount = 64;

    /// <summary>Rows of one part so that it holds about <see cref="PartSize"/> elements.</summary>
    public static int RowsPerPart(int cols) => Math.Max(1, PartSize / Math.Max(1, cols));

    /// <summary>Number of parts of <paramref name="size"/> in <paramref name="total"/>.</summary>
    public static int Parts(int total, int size) => (int)(((long)total + size - 1) / size);

    /// <summary>Loads <paramref name="count"/> floats, fewer than a register; the other lanes are <paramref name="rest"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining), SkipLocalsInit]
    public static V LoadTail<V>(float* source, nint count, float rest) where V : struct, IVec<V>
    {
        float* buffer = stackalloc float[MaxCount];
        V.Create(rest).Store(buffer);
        for (nint i = 0; i < count; i++) buffer[i] = source[i];
        return V.Load(buffer);
    }

    /// <summary>Stores the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining), SkipLocalsInit]
    public static void StoreTail<V>(V value, float* target, nint count) where V : struct, IVec<V>
    {
        float* buffer = stackalloc float[MaxCount];
        value.Store(buffer);
        for (nint i = 0; i < count; i++) target[i] = buffer[i];
    }

    /// <summary>y = f(x; s) on the calling thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Map<TOp>(float* x, float* y, nint n, float s) where TOp : struct, IMap1
    {
        if (Vec512.IsSupported) Map1<TOp, Vec512>(x, y, n, s);
        else if (Vec256.IsSupported) Map1<TOp, Vec256>(x, y, n, s);
        else if (Vec128.IsSupported) Map1<TOp, Vec128>(x, y, n, s);
        else Map1<TOp, VecPortable>(x, y, n, s);
    }

    /// <summary>z = f(x, y; s) on the calling thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Map<TOp>(float* x, float* y, float* z, nint n, float s) where TOp : struct, IMap2
    {
        if (Vec512.IsSupported) Map2<TOp, Vec512>(x, y, z, n, s);
        else if (Vec256.IsSupported) Map2<TOp, Vec256>(x, y, z, n, s);
        else if (Vec128.IsSupported) Map2<TOp, Vec128>(x, y, z, n, s);
        else Map2<TOp, VecPortable>(x, y, z, n, s);
    }

    /// <summary>y = f(x; s) on the worker team, over x.Length elements.</summary>
    public static void Run<TOp>(ReadOnlySpan<float> x, Span<float> y, float s) where TOp : unmanaged, IMap1
    {
        SpanCheck.AtLeast(y.Length, x.Length, nameof(y));
        fixed (float* px = x, py = y)
        {
            if (x.Length <= PartSize) Map<TOp>(px, py, x.Length, s);
            else WorkerTeam.Run(new Job1<TOp>(px, py, x.Length, s), Parts(x.Length, PartSize));
        }
    }

    /// <summary>z = f(x, y; s) on the worker team, over x.Length elements.</summary>
    public static void Run<TOp>(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> z, float s) where TOp : unmanaged, IMap2
    {
        SpanCheck.AtLeast(y.Length, x.Length, "second input");
        SpanCheck.AtLeast(z.Length, x.Length, "output");
        fixed (float* px = x, py = y, pz = z)
        {
            if (x.Length <= PartSize) Map<TOp>(px, py, pz, x.Length, s);
            else WorkerTeam.Run(new Job2<TOp>(px, py, pz, x.Length, s), Parts(x.Length, PartSize));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Map1<TOp, V>(float* x, float* y, nint n, float s) where TOp : struct, IMap1 where V : struct, IVec<V>
    {
        V sv = V.Create(s);
        nint i = 0;
        for (; i <= n - V.Count; i += V.Count) TOp.Invoke(V.Load(x + i), sv).Store(y + i);
        // The tail goes through the same vector arithmetic: a value does not depend on where in the span it stands.
        if (i < n) StoreTail(TOp.Invoke(LoadTail<V>(x + i, n - i, 0f), sv), y + i, n - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Map2<TOp, V>(float* x, float* y, float* z, nint n, float s) where TOp : struct, IMap2 where V : struct, IVec<V>
    {
        V sv = V.Create(s);
        nint i = 0;
        for (; i <= n - V.Count; i += V.Count) TOp.Invoke(V.Load(x + i), V.Load(y + i), sv).Store(z + i);
        if (i < n) StoreTail(TOp.Invoke(LoadTail<V>(x + i, n - i, 0f), LoadTail<V>(y + i, n - i, 0f), sv), z + i, n - i);
    }

    private readonly struct Job1<TOp>(float* x, float* y, int n, float s) : IPartJob where TOp : unmanaged, IMap1
    {
        public void Run(int part)
        {
            nint start = (nint)part * PartSize;
            Map<TOp>(x + start, y + start, Math.Min(PartSize, n - start), s);
        }
    }

    private readonly struct Job2<TOp>(float* x, float* y, float* z, int n, float s) : IPartJob where TOp : unmanaged, IMap2
    {
        public void Run(int part)
        {
            nint start = (nint)part * PartSize;
            Map<TOp>(x + start, y + start, z + start, Math.Min(PartSize, n - start), s);
        }
    }
}

/// <summary>Checks of span lengths and sizes that say what was given and what was expected.</summary>
internal static class SpanCheck
{
    /// <exception cref="ArgumentException">The span is shorter than <paramref name="expected"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AtLeast(int given, long expected, string name)
    {
        if (given < expected) Throw(given, expected, name);

        static void Throw(int given, long expected, string name) =>
            throw new ArgumentException($"The span holds {given} elements, at least {expected} were expected.", name);
    }

    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NotNegative(int value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);

    /// <summary>Elements that a matrix of <paramref name="rows"/> rows, <paramref name="stride"/> apart, reaches.</summary>
    public static long Strided(int rows, int cols, int stride)
    {
        if (stride < cols) throw new ArgumentException($"The row stride is {stride}, at least the {cols} columns were expected.", nameof(stride));
        return rows == 0 ? 0 : ((long)rows - 1) * stride + cols;
    }
}

/// <summary>Unmanaged working memory of the calling thread that is kept between calls, so that kernels allocate nothing in steady state.</summary>
internal sealed unsafe class KernelScratch
{
    [ThreadStatic] private static KernelScratch? current;
    private void* memory;
    private nuint size;

    /// <summary>At least <paramref name="bytes"/> bytes, 64-byte aligned, uninitialised; valid until the next call on this thread.</summary>
    public static void* Get(long bytes)
    {
        KernelScratch scratch = current ??= new();
        if (scratch.size < (nuint)bytes)
        {
            NativeMemory.AlignedFree(scratch.memory);
            scratch.memory = null;
            scratch.size = 0;
            scratch.memory = NativeMemory.AlignedAlloc((nuint)bytes, 64);
            scratch.size = (nuint)bytes;
        }
        return scratch.memory;
    }

    ~KernelScratch() => NativeMemory.AlignedFree(memory);
}
