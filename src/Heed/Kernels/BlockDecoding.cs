using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

/// <summary>The formulas of <see cref="BlockType"/>, 16 values at a time. Products and sums are rounded one by one, as the formats' reference does it.</summary>
internal static unsafe class BlockDecoding
{
    /// <summary>The levels of <see cref="BlockType.IQ4_NL"/>.</summary>
    public static Vector128<sbyte> Levels => Vector128.Create(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    /// <summary>Decodes whole blocks on the calling thread.</summary>
    public static void Decode(BlockType type, byte* blocks, float* values, int count)
    {
        switch (type)
        {
            case BlockType.F32: Buffer.MemoryCopy(blocks, values, 4L * count, 4L * count); return;
            case BlockType.F16: Conversions.HalfToFloat(new ReadOnlySpan<Half>(blocks, count), new(values, count)); return;
            case BlockType.BF16: Conversions.BFloat16ToFloat(new ReadOnlySpan<ushort>(blocks, count), new(values, count)); return;
            case BlockType.Q8_0: Run<Q8_0>(blocks, values, count); return;
            case BlockType.Q4_0: Run<Q4_0>(blocks, values, count); return;
            case BlockType.Q4_1: Run<Q4_1>(blocks, values, count); return;
            case BlockType.Q5_0: Run<Q5_0>(blocks, values, count); return;
            case BlockType.Q5_1: Run<Q5_1>(blocks, values, count); return;
            case BlockType.Q4_K: Run<Q4_K>(blocks, values, count); return;
            case BlockType.Q5_K: Run<Q5_K>(blocks, values, count); return;
            case BlockType.Q6_K: Run<Q6_K>(blocks, values, count); return;
            case BlockType.IQ4_NL: Run<IQ4_NL>(blocks, values, count); return;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "not a block type");
        }
    }

    /// <summary>A little-endian binary16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Half(byte* p) => (float)BitConverter.UInt16BitsToHalf((ushort)(p[0] | (p[1] << 8)));

    /// <summary>Scale and minimum of run <paramref name="j"/> of 8 among the 12 packed bytes of Q4_K and Q5_K: 6 bits each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int Scale, int Minimum) ScaleAndMinimum(byte* packed, int j) => j < 4
        ? (packed[j] & 63, packed[j + 4] & 63)
        : ((packed[j + 4] & 15) | ((packed[j - 4] >> 6) << 4), (packed[j + 4] >> 4) | ((packed[j] >> 6) << 4));

    private interface IFormat
    {
        static abstract int Length { get; }
        static abstract int Bytes { get; }
        static abstract void Decode(byte* block, float* y);
    }

    private static void Run<T>(byte* blocks, float* values, int count) where T : struct, IFormat
    {
        for (int i = 0; i < count; i += T.Length, blocks += T.Bytes) T.Decode(blocks, values + i);
    }

    private static Vector128<byte> Nibble => Vector128.Create((byte)15);

    /// <summary>y = d * q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<sbyte> q, float d, float* y)
    {
        if (Avx2.IsSupported)
        {
            Vector256<float> scale = Vector256.Create(d);
            (scale * Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(q))).Store(y);
            (scale * Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(Vector128.Shuffle(q.AsUInt64(), Vector128.Create(1ul, 1)).AsSByte()))).Store(y + 8);
            return;
        }
        (Vector128<short> low, Vector128<short> high) = Vector128.Widen(q);
        Store(low, d, y);
        Store(high, d, y + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<short> q, float d, float* y)
    {
        (Vector128<int> low, Vector128<int> high) = Vector128.Widen(q);
        Vector128<float> scale = Vector128.Create(d);
        (scale * Vector128.ConvertToSingle(low)).Store(y);
        (scale * Vector128.ConvertToSingle(high)).Store(y + 4);
    }

    /// <summary>y = d * q + m.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<sbyte> q, float d, float m, float* y)
    {
        Store(q, d, y);
        for (int i = 0; i < 16; i += 8) (Vector256.Load(y + i) + Vector256.Create(m)).Store(y + i);
    }

    /// <summary>16 where the bit is set, else 0, for 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> FifthBits(uint bits)
    {
        Vector128<byte> both = Vector128.Shuffle(Vector128.Create((ushort)bits).AsByte(), Vector128.Create((byte)0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
        Vector128<byte> mask = Vector128.Create((byte)1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);
        return Vector128.Equals(both & mask, mask) & Vector128.Create((byte)16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<byte> Low, Vector128<byte> High) FiveBits(byte* fifth, byte* nibbles)
    {
        uint bits = Unsafe.ReadUnaligned<uint>(fifth);
        Vector128<byte> q = Vector128.Load(nibbles);
        return ((q & Nibble) | FifthBits(bits), (q >>> 4) | FifthBits(bits >> 16));
    }

    private readonly struct Q8_0 : IFormat
    {
        public static int Length => 32;
        public static int Bytes => 34;

        public static void Decode(byte* block, float* y)
        {
            float d = Half(block);
            Store(Vector128.Load((sbyte*)block + 2), d, y);
            Store(Vector128.Load((sbyte*)block + 18), d, y + 16);
        }
    }

    private readonly struct Q4_0 : IFormat
    {
        public static int Length => 32;
        public static int Bytes => 18;

        public static void Decode(byte* block, float* y)
        {
            float d = Half(block);
            Vector128<byte> q = Vector128.Load(block + 2), offset = Vector128.Create((byte)8);
            Store(((q & Nibble) - offset).AsSByte(), d, y);
            Store(((q >>> 4) - offset).AsSByte(), d, y + 16);
        }
    }

    private readonly struct Q4_1 : IFormat
    {
        public static int Length => 32;
        public static int Bytes => 20;

        public static void Decode(byte* block, float* y)
        {
            float d = Half(block), m = Half(block + 2);
            Vector128<byte> q = Vector128.Load(block + 4);
            Store((q & Nibble).AsSByte(), d, m, y);
            Store((q >>> 4).AsSByte(), d, m, y + 16);
        }
    }

    private readonly struct Q5_0 : IFormat
    {
        public static int Length => 32;
        public static int Bytes => 22;

        public static void Decode(byte* block, float* y)
        {
            float d = Half(block);
            (Vector128<byte> low, Vector128<byte> high) = FiveBits(block + 2, block + 6);
            Store((low - Vector128.Create((byte)16)).AsSByte(), d, y);
            Store((high - Vector128.Create((byte)16)).AsSByte(), d, y + 16);
        }
    }

    private readonly struct Q5_1 : IFormat
    {
        public static int Length => 32;
        public static int Bytes => 24;

        public static void Decode(byte* block, float* y)
        {
            float d = Half(block), m = Half(block + 2);
            (Vector128<byte> low, Vector128<byte> high) = FiveBits(block + 4, block + 8);
            Store(low.AsSByte(), d, m, y);
            Store(high.AsSByte(), d, m, y + 16);
        }
    }

    private readonly struct IQ4_NL : IFormat
    {
        public static int Length => 32;
        public static int Bytes => 18;

        public static void Decode(byte* block, float* y)
        {
            float d = Half(block);
            Vector128<byte> q = Vector128.Load(block + 2);
            Store(Vector128.ShuffleNative(Levels, (q & Nibble).AsSByte()), d, y);
            Store(Vector128.ShuffleNative(Levels, (q >>> 4).AsSByte()), d, y + 16);
        }
    }

    /// <summary>half d, half dmin, 12 bytes of scales, 128 bytes of nibbles: of each 32 bytes the low ones are a run of 32 values, the high ones the next.</summary>
    private readonly struct Q4_K : IFormat
    {
        public static int Length => 256;
        public static int Bytes => 144;

        public static void Decode(byte* block, float* y)
        {
            float d = Half(block), dmin = Half(block + 2);
            for (int j = 0; j < 8; j++)
            {
                (int scale, int minimum) = ScaleAndMinimum(block + 4, j);
                float ds = d * scale, m = -(dmin * minimum);
                for (int i = 0; i < 32; i += 16)
                {
                    Vector128<byte> q = Vector128.Load(block + 16 + 32 * (j / 2) + i);
                    Store((j % 2 == 0 ? q & Nibble : q >>> 4).AsSByte(), ds, m, y + 32 * j + i);
                }
            }
        }
    }

    /// <summary>As <see cref="Q4_K"/>, with 32 bytes before the nibbles: bit j of byte i is the fifth bit of value i in run j.</summary>
    private readonly struct Q5_K : IFormat
    {
        public static int Length => 256;
        public static int Bytes => 176;

        public static void Decode(byte* block, float* y)
        {
            float d = Half(block), dmin = Half(block + 2);
            for (int j = 0; j < 8; j++)
            {
                (int scale, int minimum) = ScaleAndMinimum(block + 4, j);
                float ds = d * scale, m = -(dmin * minimum);
                Vector128<byte> bit = Vector128.Create((byte)(1 << j));
                for (int i = 0; i < 32; i += 16)
                {
                    Vector128<byte> q = Vector128.Load(block + 48 + 32 * (j / 2) + i);
                    Vector128<byte> fifth = Vector128.Equals(Vector128.Load(block + 16 + i) & bit, bit) & Vector128.Create((byte)16);
                    Store(((j % 2 == 0 ? q & Nibble : q >>> 4) | fifth).AsSByte(), ds, m, y + 32 * j + i);
                }
            }
        }
    }

    /// <summary>
    /// 128 bytes of low nibbles, 64 of high bit pairs, 16 signed scales, half d. Each half of 128 values has 64 and 32 of these bytes: its run of 32
    /// number r lies in the low (r &lt; 2) or high nibbles of bytes 32 (r mod 2) and following, and in bit pair r.
    /// </summary>
    private readonly struct Q6_K : IFormat
    {
        public static int Length => 256;
        public static int Bytes => 210;

        public static void Decode(byte* block, float* y)
        {
            float d = Half(block + 208);
            for (int run = 0; run < 16; run++)
            {
                int half = run / 8, r = run % 8 / 2, i = run % 2 * 16;
                Vector128<byte> low = Vector128.Load(block + 64 * half + r % 2 * 32 + i), high = Vector128.Load(block + 128 + 32 * half + i);
                Vector128<byte> q = (r < 2 ? low & Nibble : low >>> 4) | (((high >>> (2 * r)) & Vector128.Create((byte)3)) << 4);
                Store((q - Vector128.Create((byte)32)).AsSByte(), d * (sbyte)block[192 + run], y + 16 * run);
            }
        }
    }
}
