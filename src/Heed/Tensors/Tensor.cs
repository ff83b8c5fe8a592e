using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Heed.Tensors;

/// <summary>
/// A dense array of floats (or 32-bit integers): a stack of rows. Rows are contiguous; <see cref="RowStride"/> elements lie between
/// the starts of neighbouring rows, so a column range of a matrix is a view without a copy.
/// </summary>
/// <remarks>
/// A tensor made while a <see cref="MemoryScope"/> is open lives until that scope ends; made outside one, until it is
/// collected, and its memory as long as a span looks at it.
/// Using a tensor after its scope throws <see cref="ObjectDisposedException"/>.
/// </remarks>
public sealed unsafe class Tensor
{
    private readonly long offset; // elements from the start of the storage
    private readonly int version;
    private Tensor? gradientMemory;

    private Tensor(Storage storage, long offset, Shape shape, int rowStride, DType type)
    {
        Storage = storage;
        this.offset = offset;
        Shape = shape;
        RowStride = rowStride;
        Type = type;
        version = storage.Version;
    }

    /// <summary>The dimensions, outermost first.</summary>
    public Shape Shape { get; }

    /// <summary>Elements between the starts of neighbouring rows; equals <see cref="Columns"/> when contiguous.</summary>
    public int RowStride { get; }

    /// <summary>Element type.</summary>
    public DType Type { get; }

    /// <summary>Product of all but the innermost dimension.</summary>
    public int Rows => Shape.Rows;

    /// <summary>Innermost dimension.</summary>
    public int Columns => Shape.Columns;

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Count;

    /// <summary>Whether the elements lie without gaps.</summary>
    public bool IsContiguous => RowStride == Columns || Rows <= 1;

    /// <summary>Where the tensor lives and who computes on it.</summary>
    public Device Device => Device.Cpu;

    /// <summary>Whether gradients flow to this tensor: a trainable weight, or a result that depends on one while a tape records.</summary>
    public bool RequiresGradient { get; set; }

    /// <summary>Whether the tensor is a trainable weight: its gradient outlives the step and is summed over backward passes.</summary>
    public bool IsParameter { get; private init; }

    /// <summary>The gradient of the last backward pass, of the same shape; null if there is none.</summary>
    public Tensor? Gradient { get; internal set; }

    /// <summary>Forgets the gradient of a parameter but keeps its memory: the next backward pass overwrites instead of adding.</summary>
    public void ClearGradient()
    {
        if (Gradient is not null) gradientMemory = Gradient;
        Gradient = null;
    }

    /// <summary>The gradient of a parameter, made (undefined) if there is none.</summary>
    internal Tensor ParameterGradient() => Gradient ??= gradientMemory ?? Persistent(Shape);

    /// <summary>For a column view: the tensor it looks into.</summary>
    internal Tensor? Base { get; private init; }

    /// <summary>For a column view: its first column within <see cref="Base"/>.</summary>
    internal int FirstColumn { get; private init; }

    internal Storage Storage { get; }

    /// <summary>A tensor with undefined contents.</summary>
    public static Tensor Empty(Shape shape, DType type = DType.F32)
    {
        long bytes = checked(shape.Count * 4);
        Storage storage = MemoryScope.Current?.Allocate(bytes) ?? new Storage(bytes);
        return new Tensor(storage, 0, shape, shape.Columns, type);
    }

    /// <summary>A tensor of zeros.</summary>
    public static Tensor Zeros(Shape shape, DType type = DType.F32)
    {
        Tensor tensor = Empty(shape, type);
        tensor.Clear();
        return tensor;
    }

    /// <summary>A tensor that lives outside any scope, zeroed: weights, gradients, optimizer state, caches.</summary>
    public static Tensor Persistent(Shape shape, DType type = DType.F32, bool isParameter = false)
    {
        Tensor tensor = new(new Storage(checked(shape.Count * 4)), 0, shape, shape.Columns, type)
        {
            IsParameter = isParameter,
            RequiresGradient = isParameter,
        };
        tensor.Clear();
        return tensor;
    }

    /// <summary>A float tensor with the given values, row-major.</summary>
    /// <exception cref="ArgumentException">The number of values differs from the shape's count.</exception>
    public static Tensor From(Shape shape, ReadOnlySpan<float> values)
    {
        if (values.Length != shape.Count) throw new ArgumentException($"shape {shape} holds {shape.Count} values, given {values.Length}");
        Tensor tensor = Empty(shape);
        values.CopyTo(tensor.Span);
        return tensor;
    }

    /// <summary>An integer tensor with the given values, row-major: token ids, labels.</summary>
    /// <exception cref="ArgumentException">The number of values differs from the shape's count.</exception>
    public static Tensor From(Shape shape, ReadOnlySpan<int> values)
    {
        if (values.Length != shape.Count) throw new ArgumentException($"shape {shape} holds {shape.Count} values, given {values.Length}");
        Tensor tensor = Empty(shape, DType.I32);
        values.CopyTo(tensor.Ints);
        return tensor;
    }

    /// <summary>The elements of a contiguous float tensor; of a view, from its first element to the end of its last row (gaps included).</summary>
    public Span<float> Span
    {
        get
        {
            Expect(DType.F32);
            return MemoryMarshal.CreateSpan(ref At<float>(), SpanLength);
        }
    }

    /// <summary>The elements of an integer tensor.</summary>
    public Span<int> Ints
    {
        get
        {
            Expect(DType.I32);
            return MemoryMarshal.CreateSpan(ref At<int>(), SpanLength);
        }
    }

    /// <summary>Row <paramref name="row"/> of a float tensor.</summary>
    public Span<float> Row(int row)
    {
        if ((uint)row >= (uint)Rows) throw new ArgumentOutOfRangeException(nameof(row), $"row {row} of shape {Shape}");
        return Span.Slice(checked(row * RowStride), Columns);
    }

    /// <summary>The single value of a tensor with one element.</summary>
    public float Item => Count == 1 ? Span[0] : throw new InvalidOperationException($"a single value was asked of a tensor of shape {Shape}");

    /// <summary>The first element, for what keeps the tensor itself alive as long as it uses the pointer.</summary>
    internal float* Pointer => (float*)Unsafe.AsPointer(ref At<float>());

    private int SpanLength => Count == 0 ? 0 : checked((int)((long)(Rows - 1) * RowStride + Columns));

    /// <summary>The same elements under another shape of the same count. Needs contiguous elements unless only the outer dimensions change.</summary>
    /// <exception cref="ArgumentException">The counts differ, or a view with gaps would need a copy.</exception>
    public Tensor Reshape(Shape shape)
    {
        if (shape.Count != Count) throw new ArgumentException($"shape {Shape} ({Count} elements) cannot become {shape} ({shape.Count} elements)");
        if (!IsContiguous && shape.Columns != Columns) throw new ArgumentException($"a view of shape {Shape} with row stride {RowStride} cannot become {shape} without a copy");
        // Rows stay rows, so the gradient of the reshaped tensor is the gradient of this one: it shares the place.
        return new Tensor(Storage, offset, shape, IsContiguous ? shape.Columns : RowStride, Type)
        {
            RequiresGradient = RequiresGradient,
            Base = Base ?? this,
            FirstColumn = FirstColumn,
        };
    }

    /// <summary>Columns <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1 of every row, as a view.</summary>
    public Tensor SliceColumns(int first, int count)
    {
        if (first < 0 || count < 0 || first + count > Columns) throw new ArgumentException($"columns {first}..{first + count} of shape {Shape}");
        return new Tensor(Storage, offset + first, Shape.WithColumns(count), RowStride, Type)
        {
            RequiresGradient = RequiresGradient,
            Base = Base ?? this,
            FirstColumn = FirstColumn + first,
        };
    }

    /// <summary>Rows <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1 as a matrix view; carries no gradient.</summary>
    public Tensor SliceRows(int first, int count)
    {
        if (first < 0 || count < 0 || first + count > Rows) throw new ArgumentException($"rows {first}..{first + count} of shape {Shape}");
        return new Tensor(Storage, offset + (long)first * RowStride, new Shape(count, Columns), RowStride, Type);
    }

    /// <summary>Elements <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1 of a contiguous tensor as a vector view; carries no gradient.</summary>
    public Tensor SliceRange(int first, int count)
    {
        if (!IsContiguous || first < 0 || count < 0 || first + count > Count) throw new ArgumentException($"elements {first}..{first + count} of shape {Shape}, row stride {RowStride}");
        return new Tensor(Storage, offset + first, new Shape(count), count, Type);
    }

    /// <summary>A new identity for the same elements: the result of an operation that worked in place, or a tensor cut off from its history.</summary>
    internal Tensor Alias() => new(Storage, offset, Shape, RowStride, Type);

    /// <summary>The elements as a new array, row-major.</summary>
    public float[] ToArray()
    {
        float[] result = new float[Count];
        for (int r = 0; r < Rows; r++) Row(r).CopyTo(result.AsSpan(r * Columns));
        return result;
    }

    /// <summary>Type and shape, for example <c>F32 (2, 10, 200)</c>.</summary>
    public override string ToString() => $"{Type} {Shape}";

    private ref T At<T>() where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(Storage.Version != version, this);
        return ref Unsafe.AddByteOffset(ref Unsafe.As<byte, T>(ref Storage.First), (nint)offset * sizeof(T));
    }

    // A new tensor may have more elements than a span.
    private void Clear() => NativeMemory.Clear(Pointer, (nuint)Count * 4);

    private void Expect(DType type)
    {
        if (Type != type) throw new InvalidOperationException($"a {Type} tensor of shape {Shape} was used as {type}");
    }
}
