using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Heed.Formats;

/// <summary>Stored elements (little-endian bytes, any alignment) to float32 and int64, and float32 to stored elements.</summary>
internal static class Widening
{
    public static void ToFloats(WeightType type, ReadOnlySpan<byte> bytes, Span<float> destination)
    {
        if (bytes.Length != destination.Length * type.ElementSize())
            throw new ArgumentException($"{bytes.Length} bytes of {type} given for {destination.Length} elements.", nameof(bytes));
        switch (type)
        {
            case WeightType.F32:
                bytes.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case WeightType.BF16:
                FromBFloat16(MemoryMarshal.Cast<byte, ushort>(bytes), MemoryMarshal.Cast<float, uint>(destination));
                break;
            case WeightType.F16:
                FromHalf(MemoryMarshal.Cast<byte, ushort>(bytes), destination);
                break;
            case WeightType.F64:
                for (int i = 0; i < destination.Length; i++) destination[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * 8)..]);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a floating-point type.");
        }
    }

    public static void ToInt64s(WeightType type, ReadOnlySpan<byte> bytes, Span<long> destination)
    {
        if (bytes.Length != destination.Length * type.ElementSize())
            throw new ArgumentException($"{bytes.Length} bytes of {type} given for {destination.Length} elements.", nameof(bytes));
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = type switch
            {
                WeightType.I64 => BinaryPrimitives.ReadInt64LittleEndian(bytes[(i * 8)..]),
                WeightType.I32 => BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * 4)..]),
                WeightType.I16 => BinaryPrimitives.ReadInt16LittleEndian(bytes[(i * 2)..]),
                WeightType.I8 => (sbyte)bytes[i],
                WeightType.U8 => bytes[i],
                WeightType.Bool => bytes[i] != 0 ? 1 : 0,
                _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an integer type."),
            };
        }
    }

    /// <summary>float32 to F32, F16, BF16 (nearest, ties to even; NaN stays NaN) or F64, as bytes.</summary>
    public static void FromFloats(WeightType type, ReadOnlySpan<float> source, Span<byte> bytes)
    {
        if (bytes.Length != source.Length * type.ElementSize())
            throw new ArgumentException($"{bytes.Length} bytes of {type} given for {source.Length} elements.", nameof(bytes));
        switch (type)
        {
            case WeightType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(bytes);
                break;
            case WeightType.BF16:
                for (int i = 0; i < source.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(bytes[(i * 2)..], ToBFloat16(source[i]));
                break;
            case WeightType.F16:
                for (int i = 0; i < source.Length; i++) BinaryPrimitives.WriteHalfLittleEndian(bytes[(i * 2)..], (Half)source[i]);
                break;
            case WeightType.F64:
                for (int i = 0; i < source.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(bytes[(i * 8)..], source[i]);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a floating-point type.");
        }
    }

    public static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40); // the carry below could turn a NaN into an infinity
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static void FromBFloat16(ReadOnlySpan<ushort> source, Span<uint> destination)
    {
        int i = 0;
        for (int step = Vector<ushort>.Count; i <= source.Length - step; i += step)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out Vector<uint> low, out Vector<uint> high);
            (low << 16).CopyTo(destination[i..]);
            (high << 16).CopyTo(destination[(i + step / 2)..]);
        }
        for (; i < source.Length; i++) destination[i] = (uint)source[i] << 16;
    }

    private static void FromHalf(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        for (int i = 0; i < source.Length; i++) destination[i] = (float)BitConverter.UInt16BitsToHalf(source[i]);
    }
}
