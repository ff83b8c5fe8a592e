using System.Runtime.InteropServices;

namespace Heed.Kernels;

/// <summary>
/// A matrix (rows, columns) as <see cref="MatMul"/> reads its right operand: cut into blocks of rows and panels of columns, two registers wide.
/// It takes as much memory as the matrix; with fewer than two registers' columns left over, a little more.
/// </summary>
public sealed unsafe class PackedMatrix
{
    /// <summary>Packs Bᵀ, which is how a linear layer stores its weight.</summary>
    /// <param name="columns">Columns of B (a layer's outputs).</param>
    /// <param name="rows">Rows of B (a layer's inputs).</param>
    /// <param name="transposed">Bᵀ: (columns, rows), row-major.</param>
    /// <param name="stride">Row stride of Bᵀ.</param>
    /// <exception cref="ArgumentException">The span is too short or the stride too small.</exception>
    public PackedMatrix(int columns, int rows, ReadOnlySpan<float> transposed, int stride)
        : this(columns, rows, Vec512.IsSupported ? Vec512.Count : Vec256.IsSupported ? Vec256.Count : Vec128.IsSupported ? Vec128.Count : VecPortable.Count)
    {
        if (Vec512.IsSupported) MatMul.PackAll<Vec512>(columns, rows, transposed, stride, Panels);
        else if (Vec256.IsSupported) MatMul.PackAll<Vec256>(columns, rows, transposed, stride, Panels);
        else if (Vec128.IsSupported) MatMul.PackAll<Vec128>(columns, rows, transposed, stride, Panels);
        else MatMul.PackAll<VecPortable>(columns, rows, transposed, stride, Panels);
    }

    private PackedMatrix(int columns, int rows, int lanes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        (Columns, Rows, Lanes) = (columns, rows, lanes);
        long padded = (columns + 2L * lanes - 1) / (2 * lanes) * (2 * lanes);
        Panels = (float*)NativeMemory.AlignedAlloc((nuint)(padded * rows * sizeof(float)), 64);
        GC.AddMemoryPressure(Math.Max(1, padded * rows * sizeof(float)));
    }

    /// <summary>Frees the memory.</summary>
    ~PackedMatrix()
    {
        NativeMemory.AlignedFree(Panels);
        GC.RemoveMemoryPressure(Math.Max(1, (Columns + 2L * Lanes - 1) / (2 * Lanes) * (2 * Lanes) * Rows * sizeof(float)));
    }

    /// <summary>Rows of B.</summary>
    public int Rows { get; }

    /// <summary>Columns of B.</summary>
    public int Columns { get; }

    /// <summary>Floats of the registers that it was packed for.</summary>
    internal int Lanes { get; }

    internal float* Panels { get; }

    /// <summary>The same for registers of the type <typeparamref name="V"/>, so that tests reach every path.</summary>
    internal static PackedMatrix For<V>(int columns, int rows, ReadOnlySpan<float> transposed, int stride) where V : struct, IVec<V>
    {
        PackedMatrix packed = new(columns, rows, V.Count);
        MatMul.PackAll<V>(columns, rows, transposed, stride, packed.Panels);
        return packed;
    }
}
