using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Heed.Kernels;

namespace Heed.Formats;

/// <summary>Stored elements (little-endian bytes, any alignment) to float32 and int64, and float32 to stored elements.</summary>
internal static class Widening
{
    // Elements of a part of work; fixed, so that the split never depends on the number of threads.
    private const int PartLength = 1 << 16;

    /// <summary>Floating-point elements to float32. F32, F16 and BF16 are exact, F64 is rounded to the nearest, blocks give the values that they stand for.</summary>
    /// <param name="type">A floating-point type.</param>
    /// <param name="weight">The first element of the weight.</param>
    /// <param name="start">First element wanted, also inside a block.</param>
    /// <param name="destination">As many elements as wanted.</param>
    public static unsafe void ToFloats(WeightType type, byte* weight, long start, Span<float> destination)
    {
        if (!type.IsFloat()) throw new ArgumentOutOfRangeException(nameof(type), type, "Not a floating-point type.");
        if (type.IsBlocked())
        {
            DecodeBlocks(type, weight, start, destination);
            return;
        }
        fixed (float* target = destination)
            WorkerTeam.Run(new ToFloatsJob(type, weight + start * type.ElementSize(), target, destination.Length), (int)(((long)destination.Length + PartLength - 1) / PartLength));
    }

    // Whole blocks go where they belong; of the first and the last one only a part may be wanted.
    private static unsafe void DecodeBlocks(WeightType type, byte* weight, long start, Span<float> destination)
    {
        BlockType blocks = type.Blocks()!.Value;
        int length = blocks.BlockLength(), bytes = blocks.BlockBytes();
        Span<float> edge = stackalloc float[length];
        while (destination.Length > 0)
        {
            byte* block = weight + start / length * bytes;
            int skipped = (int)(start % length), count;
            if (skipped == 0 && destination.Length >= length)
            {
                count = Math.Min(destination.Length / length, int.MaxValue / bytes) * length;
                Blocks.Decode(blocks, new ReadOnlySpan<byte>(block, count / length * bytes), destination[..count]);
            }
            else
            {
                count = Math.Min(length - skipped, destination.Length);
                Blocks.Decode(blocks, new ReadOnlySpan<byte>(block, bytes), edge);
                edge.Slice(skipped, count).CopyTo(destination);
            }
            start += count;
            destination = destination[count..];
        }
    }

    private readonly unsafe struct ToFloatsJob(WeightType type, byte* source, float* target, int count) : IPartJob
    {
        public void Run(int part)
        {
            int start = part * PartLength;
            int size = type.ElementSize();
            var destination = new Span<float>(target + start, Math.Min(PartLength, count - start));
            var bytes = new ReadOnlySpan<byte>(source + (long)start * size, destination.Length * size);
            switch (type)
            {
                case WeightType.F32:
                    bytes.CopyTo(MemoryMarshal.AsBytes(destination));
                    break;
                case WeightType.BF16:
                    FromBFloat16(MemoryMarshal.Cast<byte, ushort>(bytes), MemoryMarshal.Cast<float, uint>(destination));
                    break;
                case WeightType.F16:
                    FromHalf(MemoryMarshal.Cast<byte, ushort>(bytes), MemoryMarshal.Cast<float, uint>(destination));
                    break;
                default:
                    for (int i = 0; i < destination.Length; i++) destination[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * 8)..]);
                    break;
            }
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

    private static void FromHalf(ReadOnlySpan<ushort> source, Span<uint> destination)
    {
        int i = 0;
        for (int step = Vector<ushort>.Count; i <= source.Length - step; i += step)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out Vector<uint> low, out Vector<uint> high);
            FromHalf(low).CopyTo(destination[i..]);
            FromHalf(high).CopyTo(destination[(i + step / 2)..]);
        }
        for (; i < source.Length; i++) destination[i] = FromHalf(Vector.Create((uint)source[i]))[0];
    }

    // binary16 in the low halves -> the bits of binary32. The exponent bias grows by 112; infinities and NaN get it twice (31 -> 255),
    // and subnormals are normalised by a subtraction: 1.m * 2^-14 - 2^-14 = 0.m * 2^-14.
    private static Vector<uint> FromHalf(Vector<uint> half)
    {
        var bias = Vector.Create(112u << 23);
        Vector<uint> magnitude = (half & Vector.Create(0x7FFFu)) << 13;
        Vector<uint> normal = magnitude + bias;
        Vector<uint> special = normal + bias;
        Vector<uint> subnormal = Vector.AsVectorUInt32(Vector.AsVectorSingle(normal + Vector.Create(1u << 23)) - Vector.Create(6.103515625e-5f));
        Vector<uint> finite = Vector.ConditionalSelect(Vector.LessThan(magnitude, Vector.Create(0x400u << 13)), subnormal, normal);
        Vector<uint> result = Vector.ConditionalSelect(Vector.GreaterThanOrEqual(magnitude, Vector.Create(0x7C00u << 13)), special, finite);
        return result | (half & Vector.Create(0x8000u)) << 16;
    }
}
