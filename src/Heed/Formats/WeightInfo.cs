namespace Heed.Formats;

/// <summary>What a weight file says about one weight.</summary>
public sealed class WeightInfo
{
    internal WeightInfo(string name, WeightType type, long[] shape, long count, long byteLength, long offset)
    {
        Name = name;
        Type = type;
        Shape = Array.AsReadOnly(shape);
        Count = count;
        ByteLength = byteLength;
        Offset = offset;
    }

    /// <summary>The name in the file.</summary>
    public string Name { get; }

    /// <summary>The type of the stored elements.</summary>
    public WeightType Type { get; }

    /// <summary>The sizes of the axes, outermost first; empty for a scalar. None is negative.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of elements: the product of <see cref="Shape"/>.</summary>
    public long Count { get; }

    /// <summary>The number of bytes stored.</summary>
    public long ByteLength { get; }

    // Bytes from the start of the file.
    internal long Offset { get; }

    /// <summary>The name, type and shape, for messages: <c>'h.0.ln.weight' F32 [32]</c>.</summary>
    public override string ToString() => $"{WeightFormatException.Quote(Name)} {Type.FormatName()} {ShapeText(Shape)}";

    internal static string ShapeText(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    // The number of elements of a shape, or -1 when an axis is negative or the byte length does not fit a long.
    // Axes of size zero do not hide an overflow of the others.
    internal static long CountOf(ReadOnlySpan<long> shape, int elementSize)
    {
        long limit = long.MaxValue / elementSize;
        long product = 1;
        bool empty = false;
        foreach (long size in shape)
        {
            if (size < 0) return -1;
            if (size == 0)
            {
                empty = true;
                continue;
            }
            if (product > limit / size) return -1;
            product *= size;
        }
        return empty ? 0 : product;
    }
}
