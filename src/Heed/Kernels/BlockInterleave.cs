using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

/// <summary>Sets 8 rows of blocks side by side, as <see cref="IBlockFormat"/> describes.</summary>
internal static unsafe class BlockInterleave
{
    /// <summary>Interleaves <paramref name="units"/> blocks of 8 rows.</summary>
    /// <param name="type">A quantised type.</param>
    /// <param name="rows">8 pointers to the first block of each row.</param>
    /// <param name="units">Blocks of each row.</param>
    /// <param name="scales">Receives the units' scales.</param>
    /// <param name="runs">Receives the runs; 32-byte aligned.</param>
    public static void Run(BlockType type, byte** rows, int units, byte* scales, byte* runs)
    {
        switch (type)
        {
            case BlockType.Q8_0: Q8_0(rows, units, scales, runs); break;
            case BlockType.Q4_0 or BlockType.IQ4_NL: Nibbles(rows, units, 18, 2, scales, runs); break;
            case BlockType.Q4_1: Nibbles(rows, units, 20, 4, scales, runs); break;
            case BlockType.Q5_0: FiveBits(rows, units, 22, 2, scales, runs); break;
            case BlockType.Q5_1: FiveBits(rows, units, 24, 4, scales, runs); break;
            case BlockType.Q4_K: Q4_K(rows, units, scales, runs); break;
            case BlockType.Q5_K: Q5_K(rows, units, scales, runs); break;
            case BlockType.Q6_K: Q6_K(rows, units, scales, runs); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "not a quantised type");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Q8_0(byte** rows, int units, byte* scales, byte* runs)
    {
        for (int u = 0, at = 0; u < units; u++, at += 34, scales += 16, runs += 256)
        {
            Halves(rows, at, scales);
            Quads(rows, at + 2, runs);
            Quads(rows, at + 18, runs + 128);
        }
    }

    /// <summary>Scales of one half, or of two, then 16 bytes of nibbles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Nibbles(byte** rows, int units, int bytes, int scaleBytes, byte* scales, byte* runs)
    {
        for (int u = 0, at = 0; u < units; u++, at += bytes, runs += 128)
        {
            for (int i = 0; i < scaleBytes; i += 2, scales += 16) Halves(rows, at + i, scales);
            Quads(rows, at + scaleBytes, runs);
        }
    }

    /// <summary>Scales, 32 fifth bits, nibbles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FiveBits(byte** rows, int units, int bytes, int scaleBytes, byte* scales, byte* runs)
    {
        for (int u = 0, at = 0; u < units; u++, at += bytes, runs += 160)
        {
            for (int i = 0; i < scaleBytes; i += 2, scales += 16) Halves(rows, at + i, scales);
            Quads(rows, at + scaleBytes + 4, runs);
            uint* bits = (uint*)(runs + 128);
            for (int r = 0; r < 8; r++) bits[r] = Unsafe.ReadUnaligned<uint>(rows[r] + at + scaleBytes);
            // Bit 4 q + b goes to bit 8 b + q: four exchanges of two bits of its number.
            Vector256<uint> v = Vector256.Load(bits);
            v = Exchange(v, 14, 0x0000CCCC);
            v = Exchange(v, 7, 0x00AA00AA);
            v = Exchange(v, 2, 0x0C0C0C0C);
            Exchange(v, 1, 0x22222222).Store(bits);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Q4_K(byte** rows, int units, byte* scales, byte* runs)
    {
        byte* quads = stackalloc byte[288];
        quads = Align(quads);
        for (int u = 0, at = 0; u < units; u++, at += 144, scales += 160, runs += 1024)
        {
            Factors(rows, at, scales);
            for (int pair = 0; pair < 4; pair++) Split(rows, at + 16 + 32 * pair, quads, runs + 256 * pair, runs + 256 * pair + 128);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Q5_K(byte** rows, int units, byte* scales, byte* runs)
    {
        byte* quads = stackalloc byte[288];
        quads = Align(quads);
        for (int u = 0, at = 0; u < units; u++, at += 176, scales += 160, runs += 1280)
        {
            Factors(rows, at, scales);
            for (int pair = 0; pair < 4; pair++) Split(rows, at + 48 + 32 * pair, quads, runs + 320 * pair, runs + 320 * pair + 160);
            // Bit j of quad q's byte goes to bit q of run j's.
            Quads(rows, at + 16, quads);
            Quads(rows, at + 32, quads + 128);
            for (int i = 0; i < 4; i++) Exchange(quads + 32 * i, quads + 32 * (i + 4), 4, 0x0F);
            for (int i = 0; i < 8; i += i % 2 == 0 ? 1 : 3) Exchange(quads + 32 * i, quads + 32 * (i + 2), 2, 0x33);
            for (int i = 0; i < 8; i += 2) Exchange(quads + 32 * i, quads + 32 * (i + 1), 1, 0x55);
            for (int run = 0; run < 8; run++) Vector256.Load(quads + 32 * run).Store(runs + 160 * run + 128);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Q6_K(byte** rows, int units, byte* scales, byte* runs)
    {
        byte* quads = stackalloc byte[288];
        quads = Align(quads);
        for (int u = 0, at = 0; u < units; u++, at += 210, scales += 144)
        {
            Halves(rows, at + 208, scales);
            for (int r = 0; r < 8; r++)
                for (int i = 0; i < 16; i++) scales[16 + 8 * i + r] = rows[r][at + 192 + i];
            for (int half = 0; half < 2; half++, runs += 768)
            {
                for (int i = 0; i < 2; i++) Split(rows, at + 64 * half + 32 * i, quads, runs + 192 * i, runs + 192 * (i + 2));
                // Pair r of quad q's byte goes to pair q mod 4 of run r's.
                Quads(rows, at + 128 + 32 * half, quads);
                Quads(rows, at + 144 + 32 * half, quads + 128);
                for (int four = 0; four < 2; four++)
                {
                    byte* q = quads + 128 * four;
                    Exchange(q, q + 64, 4, 0x0F);
                    Exchange(q + 32, q + 96, 4, 0x0F);
                    Exchange(q, q + 32, 2, 0x33);
                    Exchange(q + 64, q + 96, 2, 0x33);
                    for (int r = 0; r < 4; r++) Vector256.Load(q + 32 * r).Store(runs + 192 * r + 128 + 32 * four);
                }
            }
        }
    }

    private static byte* Align(byte* p) => (byte*)(((nint)p + 31) & ~31);

    /// <summary>A half of each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Halves(byte** rows, int at, byte* target)
    {
        ulong low = *(ushort*)(rows[0] + at) | ((ulong)*(ushort*)(rows[1] + at) << 16) | ((ulong)*(ushort*)(rows[2] + at) << 32) | ((ulong)*(ushort*)(rows[3] + at) << 48);
        ulong high = *(ushort*)(rows[4] + at) | ((ulong)*(ushort*)(rows[5] + at) << 16) | ((ulong)*(ushort*)(rows[6] + at) << 32) | ((ulong)*(ushort*)(rows[7] + at) << 48);
        *(ulong*)target = low;
        *(ulong*)(target + 8) = high;
    }

    /// <summary>d, dmin and the 6-bit factors of Q4_K and Q5_K: for each run 8 scales and 8 minima.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Factors(byte** rows, int at, byte* target)
    {
        Halves(rows, at, target);
        Halves(rows, at + 2, target + 16);
        for (int r = 0; r < 8; r++)
        {
            uint* packed = (uint*)(rows[r] + at + 4);
            uint a = packed[0], b = packed[1], c = packed[2];
            // Four factors a word, of runs 0 to 3 and 4 to 7.
            uint s0 = a & 0x3F3F3F3F, m0 = b & 0x3F3F3F3F, s4 = (c & 0x0F0F0F0F) | ((a >> 2) & 0x30303030), m4 = ((c >> 4) & 0x0F0F0F0F) | ((b >> 2) & 0x30303030);
            byte* t = target + 32 + r;
            for (int run = 0; run < 4; run++, s0 >>= 8, m0 >>= 8, s4 >>= 8, m4 >>= 8, t += 16)
                (t[0], t[8], t[64], t[72]) = ((byte)s0, (byte)m0, (byte)s4, (byte)m4);
        }
    }

    /// <summary>32 bytes of each row, whose low nibbles are one run and whose high nibbles another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(byte** rows, int at, byte* quads, byte* low, byte* high)
    {
        Quads(rows, at, quads);
        Quads(rows, at + 16, quads + 128);
        Vector256<byte> nibble = Vector256.Create((byte)15);
        for (int i = 0; i < 128; i += 32)
        {
            Vector256<byte> a = Vector256.Load(quads + i), b = Vector256.Load(quads + 128 + i);
            ((a & nibble) | ((b.AsUInt16() << 4).AsByte() & ~nibble)).Store(low + i);
            (((a.AsUInt16() >>> 4).AsByte() & nibble) | (b & ~nibble)).Store(high + i);
        }
    }

    /// <summary>16 bytes of each row: 4 registers, in which lane r has 4 bytes of row r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quads(byte** rows, int at, byte* target)
    {
        if (!Avx2.IsSupported)
        {
            for (int r = 0; r < 8; r++)
                for (int d = 0; d < 4; d++) *(uint*)(target + 32 * d + 4 * r) = Unsafe.ReadUnaligned<uint>(rows[r] + at + 4 * d);
            return;
        }
        Vector256<int> a = Load(rows[0], rows[4], at), b = Load(rows[1], rows[5], at), c = Load(rows[2], rows[6], at), d4 = Load(rows[3], rows[7], at);
        Vector256<long> ab = Avx2.UnpackLow(a, b).AsInt64(), cd = Avx2.UnpackLow(c, d4).AsInt64();
        Avx2.UnpackLow(ab, cd).Store((long*)target);
        Avx2.UnpackHigh(ab, cd).Store((long*)(target + 32));
        ab = Avx2.UnpackHigh(a, b).AsInt64();
        cd = Avx2.UnpackHigh(c, d4).AsInt64();
        Avx2.UnpackLow(ab, cd).Store((long*)(target + 64));
        Avx2.UnpackHigh(ab, cd).Store((long*)(target + 96));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<int> Load(byte* low, byte* high, int at) => Avx2.InsertVector128(Vector128.Load(low + at).ToVector256Unsafe(), Vector128.Load(high + at), 1).AsInt32();
    }

    /// <summary>Exchanges the bits under the mask with those <paramref name="distance"/> above them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Exchange(Vector256<uint> v, int distance, uint mask)
    {
        Vector256<uint> t = ((v >>> distance) ^ v) & Vector256.Create(mask);
        return v ^ t ^ (t << distance);
    }

    /// <summary>Exchanges the bits of b under the mask with those of a that stand <paramref name="distance"/> above them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exchange(byte* a, byte* b, int distance, byte mask)
    {
        Vector256<ushort> va = Vector256.Load((ushort*)a), vb = Vector256.Load((ushort*)b);
        Vector256<ushort> t = ((va >>> distance) ^ vb) & Vector256.Create(mask).AsUInt16();
        (vb ^ t).Store((ushort*)b);
        (va ^ (t << distance)).Store((ushort*)a);
    }
}
