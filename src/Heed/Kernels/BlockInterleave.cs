using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

/// <summary>
/// Sets 8 rows of blocks side by side, as <see cref="IBlockFormat"/> describes. Rows are named by p (the first), q (the fifth), s (bytes from one
/// to the next) and s3 = 3 s, which address all eight without a table of pointers.
/// </summary>
internal static unsafe class BlockInterleave
{
    /// <summary>Interleaves <paramref name="units"/> blocks of 8 rows.</summary>
    /// <param name="type">A quantised type.</param>
    /// <param name="p">The first block of the first row.</param>
    /// <param name="s">Bytes from one row to the next.</param>
    /// <param name="ahead">Where the next 8 rows' blocks begin: as many bytes from there are fetched meanwhile.</param>
    /// <param name="units">Blocks of each row.</param>
    /// <param name="scales">Receives the units' scales.</param>
    /// <param name="runs">Receives the runs; 32-byte aligned.</param>
    public static void Run(BlockType type, byte* p, nint s, byte* ahead, int units, byte* scales, byte* runs)
    {
        switch (type)
        {
            case BlockType.Q8_0: Q8_0(p, p + 4 * s, s, 3 * s, ahead, units, scales, runs); break;
            case BlockType.Q4_0 or BlockType.IQ4_NL: Nibbles(p, p + 4 * s, s, 3 * s, ahead, units, 18, 2, scales, runs); break;
            case BlockType.Q4_1: Nibbles(p, p + 4 * s, s, 3 * s, ahead, units, 20, 4, scales, runs); break;
            case BlockType.Q5_0: FiveBits(p, p + 4 * s, s, 3 * s, ahead, units, 22, 2, scales, runs); break;
            case BlockType.Q5_1: FiveBits(p, p + 4 * s, s, 3 * s, ahead, units, 24, 4, scales, runs); break;
            case BlockType.Q4_K: Q4_K(p, p + 4 * s, s, 3 * s, ahead, units, scales, runs); break;
            case BlockType.Q5_K: Q5_K(p, p + 4 * s, s, 3 * s, ahead, units, scales, runs); break;
            case BlockType.Q6_K: Q6_K(p, p + 4 * s, s, 3 * s, ahead, units, scales, runs); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "not a quantised type");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Q8_0(byte* p, byte* q, nint s, nint s3, byte* ahead, int units, byte* scales, byte* runs)
    {
        for (; units > 0; units--, p += 34, q += 34, ahead += 8 * 34, scales += 16, runs += 256)
        {
            BlockPrefetch.Range(ahead, 8 * 34);
            Halves(p, q, s, s3, scales);
            Quads(p + 2, q + 2, s, s3, runs);
            Quads(p + 18, q + 18, s, s3, runs + 128);
        }
    }

    /// <summary>Scales of one half, or of two, then 16 bytes of nibbles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Nibbles(byte* p, byte* q, nint s, nint s3, byte* ahead, int units, int bytes, int scaleBytes, byte* scales, byte* runs)
    {
        for (; units > 0; units--, p += bytes, q += bytes, ahead += 8 * bytes, runs += 128)
        {
            BlockPrefetch.Range(ahead, 192);
            for (int i = 0; i < scaleBytes; i += 2, scales += 16) Halves(p + i, q + i, s, s3, scales);
            Quads(p + scaleBytes, q + scaleBytes, s, s3, runs);
        }
    }

    /// <summary>Scales, 32 fifth bits, nibbles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FiveBits(byte* p, byte* q, nint s, nint s3, byte* ahead, int units, int bytes, int scaleBytes, byte* scales, byte* runs)
    {
        for (; units > 0; units--, p += bytes, q += bytes, ahead += 8 * bytes, runs += 160)
        {
            BlockPrefetch.Range(ahead, 192);
            for (int i = 0; i < scaleBytes; i += 2, scales += 16) Halves(p + i, q + i, s, s3, scales);
            Quads(p + scaleBytes + 4, q + scaleBytes + 4, s, s3, runs);
            uint* bits = (uint*)(runs + 128);
            for (int r = 0; r < 4; r++)
            {
                bits[r] = Unsafe.ReadUnaligned<uint>(p + r * s + scaleBytes);
                bits[r + 4] = Unsafe.ReadUnaligned<uint>(q + r * s + scaleBytes);
            }
            // Bit 4 q + b goes to bit 8 b + q: four exchanges of two bits of its number.
            Vector256<uint> v = Vector256.Load(bits);
            v = Exchange(v, 14, 0x0000CCCC);
            v = Exchange(v, 7, 0x00AA00AA);
            v = Exchange(v, 2, 0x0C0C0C0C);
            Exchange(v, 1, 0x22222222).Store(bits);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Q4_K(byte* p, byte* q, nint s, nint s3, byte* ahead, int units, byte* scales, byte* runs)
    {
        byte* quads = stackalloc byte[288];
        quads = Align(quads);
        for (; units > 0; units--, p += 144, q += 144, ahead += 8 * 144, scales += 160, runs += 1024)
        {
            Factors(p, q, s, s3, quads, scales);
            for (int pair = 0; pair < 4; pair++)
            {
                BlockPrefetch.Range(ahead + 288 * pair, 288);
                Split(p + 16 + 32 * pair, q + 16 + 32 * pair, s, s3, quads, runs + 256 * pair, runs + 256 * pair + 128);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Q5_K(byte* p, byte* q, nint s, nint s3, byte* ahead, int units, byte* scales, byte* runs)
    {
        byte* quads = stackalloc byte[288];
        quads = Align(quads);
        for (; units > 0; units--, p += 176, q += 176, ahead += 8 * 176, scales += 160, runs += 1280)
        {
            Factors(p, q, s, s3, quads, scales);
            for (int pair = 0; pair < 4; pair++)
            {
                BlockPrefetch.Range(ahead + 352 * pair, 320);
                BlockPrefetch.Line(ahead + 352 * pair + 320);
                Split(p + 48 + 32 * pair, q + 48 + 32 * pair, s, s3, quads, runs + 320 * pair, runs + 320 * pair + 160);
            }
            // Bit j of quad q's byte goes to bit q of run j's.
            Quads(p + 16, q + 16, s, s3, quads);
            Quads(p + 32, q + 32, s, s3, quads + 128);
            for (int i = 0; i < 4; i++) Exchange(quads + 32 * i, quads + 32 * (i + 4), 4, 0x0F);
            for (int i = 0; i < 8; i += i % 2 == 0 ? 1 : 3) Exchange(quads + 32 * i, quads + 32 * (i + 2), 2, 0x33);
            for (int i = 0; i < 8; i += 2) Exchange(quads + 32 * i, quads + 32 * (i + 1), 1, 0x55);
            for (int run = 0; run < 8; run++) Vector256.Load(quads + 32 * run).Store(runs + 160 * run + 128);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Q6_K(byte* p, byte* q, nint s, nint s3, byte* ahead, int units, byte* scales, byte* runs)
    {
        byte* quads = stackalloc byte[288];
        quads = Align(quads);
        for (; units > 0; units--, p += 210, q += 210, ahead += 8 * 210, scales += 144)
        {
            Halves(p + 208, q + 208, s, s3, scales);
            Quads(p + 192, q + 192, s, s3, quads);
            for (int i = 0; i < 128; i += 32) ByRow(Vector256.Load(quads + i)).Store(scales + 16 + i);
            for (int half = 0; half < 2; half++, runs += 768)
            {
                for (int i = 0; i < 3; i++) BlockPrefetch.Range(ahead + 840 * half + 280 * i, 280);
                for (int i = 0; i < 2; i++) Split(p + 64 * half + 32 * i, q + 64 * half + 32 * i, s, s3, quads, runs + 192 * i, runs + 192 * (i + 2));
                // Pair r of quad q's byte goes to pair q mod 4 of run r's.
                Quads(p + 128 + 32 * half, q + 128 + 32 * half, s, s3, quads);
                Quads(p + 144 + 32 * half, q + 144 + 32 * half, s, s3, quads + 128);
                for (int four = 0; four < 2; four++)
                {
                    byte* h = quads + 128 * four;
                    Exchange(h, h + 64, 4, 0x0F);
                    Exchange(h + 32, h + 96, 4, 0x0F);
                    Exchange(h, h + 32, 2, 0x33);
                    Exchange(h + 64, h + 96, 2, 0x33);
                    for (int r = 0; r < 4; r++) Vector256.Load(h + 32 * r).Store(runs + 192 * r + 128 + 32 * four);
                }
            }
        }
    }

    private static byte* Align(byte* p) => (byte*)(((nint)p + 31) & ~31);

    /// <summary>A half of each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Halves(byte* p, byte* q, nint s, nint s3, byte* target)
    {
        *(ulong*)target = *(ushort*)p | ((ulong)*(ushort*)(p + s) << 16) | ((ulong)*(ushort*)(p + 2 * s) << 32) | ((ulong)*(ushort*)(p + s3) << 48);
        *(ulong*)(target + 8) = *(ushort*)q | ((ulong)*(ushort*)(q + s) << 16) | ((ulong)*(ushort*)(q + 2 * s) << 32) | ((ulong)*(ushort*)(q + s3) << 48);
    }

    /// <summary>d, dmin and the 6-bit factors of Q4_K and Q5_K: for each run 8 scales and 8 minima.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Factors(byte* p, byte* q, nint s, nint s3, byte* quads, byte* target)
    {
        Quads(p, q, s, s3, quads);
        Vector256<uint> halves = Vector256.Load((uint*)quads), a = Vector256.Load((uint*)quads + 8), b = Vector256.Load((uint*)quads + 16), c = Vector256.Load((uint*)quads + 24);
        Vector256.Narrow(halves & Vector256.Create(0xFFFFu), halves >>> 16).Store((ushort*)target);
        // Four factors a lane, of runs 0 to 3, then 4 to 7.
        Vector256<uint> six = Vector256.Create(0x3F3F3F3Fu), four = Vector256.Create(0x0F0F0F0Fu), two = Vector256.Create(0x30303030u);
        Store(ByRow((a & six).AsByte()).AsUInt64(), ByRow((b & six).AsByte()).AsUInt64(), target + 32);
        Store(ByRow(((c & four) | ((a >>> 2) & two)).AsByte()).AsUInt64(), ByRow((((c >>> 4) & four) | ((b >>> 2) & two)).AsByte()).AsUInt64(), target + 96);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Store(Vector256<ulong> scales, Vector256<ulong> minima, byte* target)
        {
            for (int run = 0; run < 4; run++)
            {
                *(ulong*)(target + 16 * run) = scales[run];
                *(ulong*)(target + 16 * run + 8) = minima[run];
            }
        }
    }

    /// <summary>4 bytes of each of 8 rows to 8 bytes for each of the 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> ByRow(Vector256<byte> v)
    {
        if (Avx2.IsSupported)
        {
            Vector256<byte> order = Vector256.Create((byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            return Avx2.PermuteVar8x32(Avx2.Shuffle(v, order).AsInt32(), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsByte();
        }
        byte* source = stackalloc byte[32], target = stackalloc byte[32];
        v.Store(source);
        for (int i = 0; i < 4; i++)
            for (int r = 0; r < 8; r++) target[8 * i + r] = source[4 * r + i];
        return Vector256.Load(target);
    }

    /// <summary>32 bytes of each row, whose low nibbles are one run and whose high nibbles another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(byte* p, byte* q, nint s, nint s3, byte* quads, byte* low, byte* high)
    {
        Quads(p, q, s, s3, quads);
        Quads(p + 16, q + 16, s, s3, quads + 128);
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
    private static void Quads(byte* p, byte* q, nint s, nint s3, byte* target)
    {
        if (!Avx2.IsSupported)
        {
            for (int r = 0; r < 4; r++)
                for (int i = 0; i < 16; i += 4)
                {
                    *(uint*)(target + 8 * i + 4 * r) = Unsafe.ReadUnaligned<uint>(p + r * s + i);
                    *(uint*)(target + 8 * i + 4 * r + 16) = Unsafe.ReadUnaligned<uint>(q + r * s + i);
                }
            return;
        }
        Vector256<int> a = Load(p, q), b = Load(p + s, q + s), c = Load(p + 2 * s, q + 2 * s), d = Load(p + s3, q + s3);
        Vector256<long> ab = Avx2.UnpackLow(a, b).AsInt64(), cd = Avx2.UnpackLow(c, d).AsInt64();
        Avx2.UnpackLow(ab, cd).Store((long*)target);
        Avx2.UnpackHigh(ab, cd).Store((long*)(target + 32));
        ab = Avx2.UnpackHigh(a, b).AsInt64();
        cd = Avx2.UnpackHigh(c, d).AsInt64();
        Avx2.UnpackLow(ab, cd).Store((long*)(target + 64));
        Avx2.UnpackHigh(ab, cd).Store((long*)(target + 96));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<int> Load(byte* low, byte* high) => Avx2.InsertVector128(Vector128.Load(low).ToVector256Unsafe(), Vector128.Load(high), 1).AsInt32();
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
