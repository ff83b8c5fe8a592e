using System.Runtime.CompilerServices;

namespace Heed.Tensors;

/// <summary>Up to six dimensions, row-major, held by value so that a shape costs no allocation.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    /// <summary>Most dimensions a shape can have.</summary>
    public const int MaxRank = 6;

    [InlineArray(MaxRank)]
    private struct Dims
    {
        private int first;
    }

    private readonly Dims dims;
    private readonly long count;

    /// <summary>A shape from its dimensions, outermost first; none means a scalar.</summary>
    /// <exception cref="ArgumentException">More than six dimensions, a negative one, or 2^31 elements or more in a row.</exception>
    public Shape(params ReadOnlySpan<int> dimensions)
    {
        if (dimensions.Length > MaxRank) throw new ArgumentException($"a shape has at most {MaxRank} dimensions, given {dimensions.Length}");
        long count = 1;
        for (int i = 0; i < dimensions.Length; i++)
        {
            if (dimensions[i] < 0) throw new ArgumentException($"dimension {i} of a shape is {dimensions[i]}, expected 0 or more");
            count = checked(count * dimensions[i]);
            dims[i] = dimensions[i];
        }
        Rank = dimensions.Length;
        this.count = count;
    }

    /// <summary>The shape of a single value.</summary>
    public static Shape Scalar => default;

    /// <summary>Number of dimensions.</summary>
    public int Rank { get; }

    /// <summary>Number of elements; 1 for a scalar.</summary>
    public long Count => Rank == 0 ? 1 : count;

    /// <summary>Size of dimension <paramref name="i"/>; negative counts from the end (-1 = innermost).</summary>
    public int this[int i]
    {
        get
        {
            int at = i < 0 ? i + Rank : i;
            if ((uint)at >= (uint)Rank) throw new ArgumentOutOfRangeException(nameof(i), $"dimension {i} of shape {this}");
            return dims[at];
        }
    }

    /// <summary>Innermost dimension; 1 for a scalar.</summary>
    public int Columns => Rank == 0 ? 1 : dims[Rank - 1];

    /// <summary>Product of all but the innermost dimension.</summary>
    public int Rows
    {
        get
        {
            long rows = 1;
            for (int i = 0; i < Rank - 1; i++) rows *= dims[i];
            return checked((int)rows);
        }
    }

    /// <summary>The same shape with another innermost dimension.</summary>
    public Shape WithColumns(int columns)
    {
        Span<int> d = stackalloc int[MaxRank];
        for (int i = 0; i < Rank; i++) d[i] = dims[i];
        if (Rank == 0) throw new ArgumentException("a scalar has no innermost dimension");
        d[Rank - 1] = columns;
        return new Shape(d[..Rank]);
    }

    /// <inheritdoc/>
    public bool Equals(Shape other)
    {
        if (Rank != other.Rank) return false;
        for (int i = 0; i < Rank; i++)
            if (dims[i] != other.dims[i]) return false;
        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        for (int i = 0; i < Rank; i++) hash.Add(dims[i]);
        return hash.ToHashCode();
    }

    /// <summary>Equality of rank and every dimension.</summary>
    public static bool operator ==(Shape a, Shape b) => a.Equals(b);

    /// <summary>Difference in rank or any dimension.</summary>
    public static bool operator !=(Shape a, Shape b) => !a.Equals(b);

    /// <summary>For example <c>(2, 10, 200)</c>.</summary>
    public override string ToString() => "(" + string.Join(", ", ToArray()) + ")";

    /// <summary>The dimensions, outermost first.</summary>
    public int[] ToArray()
    {
        int[] result = new int[Rank];
        for (int i = 0; i < Rank; i++) result[i] = dims[i];
        return result;
    }
}
