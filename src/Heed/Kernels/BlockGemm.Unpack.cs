using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Heed.Kernels;

// Weights as the tiles read them: integers of two registers' rows interleaved, with their scales, a run of 32 columns at a time.
internal static unsafe partial class BlockGemm
{
    /// <summary>Rows that are unpacked one by one and then interleaved.</summary>
    private const int RowsTogether = 4;

    /// <summary>Unpacks rows [row, row + width) of a weight, or fewer at its end, in runs [run, run + runs), into a panel.</summary>
    /// <param name="kernel">What layout the tile reads.</param>
    /// <param name="weight">The weight; run is a whole number of blocks.</param>
    /// <param name="row">First row.</param>
    /// <param name="run">First run.</param>
    /// <param name="runs">Runs.</param>
    /// <param name="scratch">Four rows of these runs' integers.</param>
    /// <param name="panel">Receives the panel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpack(in BlockKernel kernel, in BlockMatrix weight, int row, int run, int runs, byte* scratch, byte* panel)
    {
        int steps = kernel.Steps, width = kernel.Width, line = 4 * width;
        nint rowBytes = (nint)runs * steps * 4;
        nint skip = (nint)run * BlockActivations.RunLength / weight.Type.BlockLength() * weight.Type.BlockBytes();
        for (int j = 0; j < width; j += RowsTogether)
        {
            for (int i = 0; i < RowsTogether; i++)
            {
                RunWriter writer = new(kernel, scratch + i * rowBytes, panel + steps * line + 4 * (j + i));
                if (row + j + i < weight.Rows) UnpackRow(weight.Type, weight.Row(row + j + i) + skip, runs, ref writer);
                else writer.Zeros(runs);
            }
            Interleave(scratch, rowBytes, runs, steps, line, kernel.RunBytes, panel + 4 * j);
        }
    }

    /// <summary>Groups of 4 bytes of 4 rows side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Interleave(byte* rows, nint rowBytes, int runs, int steps, nint line, nint runBytes, byte* target)
    {
        for (; runs > 0; runs--, target += runBytes)
        {
            byte* t = target;
            for (int step = 0; step < steps; step += 4, t += 4 * line, rows += 16)
            {
                if (Vector128.IsHardwareAccelerated)
                {
                    MatMul.Transpose4(Vector128.Load((float*)rows), Vector128.Load((float*)(rows + rowBytes)), Vector128.Load((float*)(rows + 2 * rowBytes)), Vector128.Load((float*)(rows + 3 * rowBytes)),
                        out Vector128<float> r0, out Vector128<float> r1, out Vector128<float> r2, out Vector128<float> r3);
                    r0.Store((float*)t);
                    r1.Store((float*)(t + line));
                    r2.Store((float*)(t + 2 * line));
                    r3.Store((float*)(t + 3 * line));
                }
                else
                {
                    for (int i = 0; i < 4; i++)
                        for (int j = 0; j < RowsTogether; j++) ((int*)(t + i * line))[j] = ((int*)(rows + j * rowBytes))[i];
                }
            }
        }
    }

    /// <summary>A binary16 as a float.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Half(byte* source)
    {
        // Exponent and fraction move to their places; the product mends the exponent's bias, for subnormal numbers too.
        uint bits = Unsafe.ReadUnaligned<ushort>(source);
        uint value = BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle((bits & 0x7FFF) << 13) * BitConverter.UInt32BitsToSingle((127u + 112u) << 23));
        if ((bits & 0x7C00) == 0x7C00) value |= 0x7F800000;
        return BitConverter.UInt32BitsToSingle(value | ((bits & 0x8000) << 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnpackRow(BlockType type, byte* block, int runs, ref RunWriter writer)
    {
        switch (type)
        {
            case BlockType.Q8_0:
                for (; runs > 0; runs--, block += 34)
                    writer.Put(Vector128.Load((sbyte*)block + 2), Vector128.Load((sbyte*)block + 18), 0, Half(block));
                break;
            case BlockType.Q4_0:
                for (; runs > 0; runs--, block += 18)
                {
                    (Vector128<sbyte> low, Vector128<sbyte> high) = Nibbles(block + 2);
                    writer.Put(low, high, -8, Half(block));
                }
                break;
            case BlockType.Q4_1:
                for (; runs > 0; runs--, block += 20)
                {
                    (Vector128<sbyte> low, Vector128<sbyte> high) = Nibbles(block + 4);
                    writer.Put(low, high, 0, Half(block), Half(block + 2));
                }
                break;
            case BlockType.Q5_0:
                for (; runs > 0; runs--, block += 22)
                {
                    (Vector128<sbyte> low, Vector128<sbyte> high) = FiveBits(block + 2, block + 6);
                    writer.Put(low, high, -16, Half(block));
                }
                break;
            case BlockType.Q5_1:
                for (; runs > 0; runs--, block += 24)
                {
                    (Vector128<sbyte> low, Vector128<sbyte> high) = FiveBits(block + 4, block + 8);
                    writer.Put(low, high, 0, Half(block), Half(block + 2));
                }
                break;
            case BlockType.IQ4_NL:
                Vector128<sbyte> levels = BlockDecoding.Levels;
                for (; runs > 0; runs--, block += 18)
                {
                    (Vector128<sbyte> low, Vector128<sbyte> high) = Nibbles(block + 2);
                    writer.Put(Vector128.ShuffleNative(levels, low), Vector128.ShuffleNative(levels, high), 0, Half(block));
                }
                break;
            case BlockType.Q4_K:
                for (; runs > 0; runs -= 8, block += 144) UnpackK(block, block + 16, null, ref writer);
                break;
            case BlockType.Q5_K:
                for (; runs > 0; runs -= 8, block += 176) UnpackK(block, block + 48, block + 16, ref writer);
                break;
            default:
                for (; runs > 0; runs -= 8, block += 210) UnpackQ6K(block, ref writer);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<sbyte> Low, Vector128<sbyte> High) Nibbles(byte* source)
    {
        Vector128<byte> q = Vector128.Load(source);
        return ((q & Vector128.Create((byte)15)).AsSByte(), (q >>> 4).AsSByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<sbyte> Low, Vector128<sbyte> High) FiveBits(byte* fifth, byte* nibbles)
    {
        Vector128<byte> bits = Vector128.Create(Unsafe.ReadUnaligned<uint>(fifth)).AsByte();
        Vector128<byte> mask = Vector128.Create((byte)1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128), sixteen = Vector128.Create((byte)16);
        Vector128<byte> low = Vector128.Shuffle(bits, Vector128.Create((byte)0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
        Vector128<byte> high = Vector128.Shuffle(bits, Vector128.Create((byte)2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3));
        (Vector128<sbyte> q0, Vector128<sbyte> q1) = Nibbles(nibbles);
        return (q0 | (Vector128.Equals(low & mask, mask) & sixteen).AsSByte(), q1 | (Vector128.Equals(high & mask, mask) & sixteen).AsSByte());
    }

    /// <summary>Q4_K, or with fifth bits Q5_K.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnpackK(byte* block, byte* nibbles, byte* fifth, ref RunWriter writer)
    {
        float d = Half(block), min = Half(block + 2);
        for (int run = 0; run < 8; run += 2, nibbles += 32)
        {
            (Vector128<sbyte> low0, Vector128<sbyte> high0) = Nibbles(nibbles);
            (Vector128<sbyte> low1, Vector128<sbyte> high1) = Nibbles(nibbles + 16);
            if (fifth != null)
            {
                Vector128<byte> bits0 = Vector128.Load(fifth) >>> run, bits1 = Vector128.Load(fifth + 16) >>> run, one = Vector128.Create((byte)1), two = Vector128.Create((byte)2);
                low0 |= ((bits0 & one) << 4).AsSByte();
                low1 |= ((bits1 & one) << 4).AsSByte();
                high0 |= ((bits0 & two) << 3).AsSByte();
                high1 |= ((bits1 & two) << 3).AsSByte();
            }
            (int scale, int minimum) = BlockDecoding.ScaleAndMinimum(block + 4, run);
            writer.Put(low0, low1, 0, d * scale, -min * minimum);
            (scale, minimum) = BlockDecoding.ScaleAndMinimum(block + 4, run + 1);
            writer.Put(high0, high1, 0, d * scale, -min * minimum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnpackQ6K(byte* block, ref RunWriter writer)
    {
        sbyte* scales = (sbyte*)block + 192;
        float d = Half(block + 208);
        for (int half = 0; half < 2; half++)
        {
            byte* low = block + 64 * half, high = block + 128 + 32 * half;
            for (int run = 0; run < 4; run++, scales += 2)
            {
                byte* q = low + 32 * (run & 1);
                writer.PutScaled(SixBits(q, high, run), SixBits(q + 16, high + 16, run), scales[0], scales[1], d);
            }
        }
    }

    /// <summary>16 values of 6 bits: the nibbles of run 0, 1 are the low ones, of run 2, 3 the high ones; each run has its pair of upper bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> SixBits(byte* low, byte* high, int run)
    {
        Vector128<byte> nibbles = (Vector128.Load(low) >>> (run & 2) * 2) & Vector128.Create((byte)15);
        return (nibbles | (((Vector128.Load(high) >>> 2 * run) & Vector128.Create((byte)3)) << 4)).AsSByte();
    }

    /// <summary>Writes the runs of one row: integers to the scratch, what belongs to the whole run to its place in the panel.</summary>
    private ref struct RunWriter(in BlockKernel kernel, byte* values, byte* tail)
    {
        private readonly BlockLayout layout = kernel.Layout;
        private readonly int shift = kernel.Shift;
        private readonly int line = 4 * kernel.Width;
        private readonly int runBytes = kernel.RunBytes;
        private readonly bool minimum = kernel.Minimum;

        /// <summary>One run: x = d · (q + offset) [+ m].</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Put(Vector128<sbyte> q0, Vector128<sbyte> q1, int offset, float d, float m = 0)
        {
            if (layout == BlockLayout.Words)
            {
                PutWords(q0, 1);
                PutWords(q1, 1);
            }
            else
            {
                Vector128<sbyte> add = Vector128.Create((sbyte)(offset + shift));
                PutBytes(q0 + add, q1 + add);
            }
            PutTail(1, 1, d, m);
        }

        /// <summary>One run of Q6_K: x = d · scale · (q - 32), with a scale for each 16 values.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void PutScaled(Vector128<sbyte> q0, Vector128<sbyte> q1, int scale0, int scale1, float d)
        {
            if (layout == BlockLayout.Words)
            {
                Vector128<sbyte> offset = Vector128.Create((sbyte)32);
                PutWords(q0 - offset, (short)scale0);
                PutWords(q1 - offset, (short)scale1);
            }
            else
            {
                PutBytes(q0, q1);
            }
            PutTail(scale0, scale1, d, 0);
        }

        /// <summary>Runs of a row that is not there.</summary>
        public void Zeros(int runs)
        {
            for (; runs > 0; runs--) Put(default, default, -shift, 0);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void PutBytes(Vector128<sbyte> q0, Vector128<sbyte> q1)
        {
            q0.Store((sbyte*)values);
            q1.Store((sbyte*)values + 16);
            values += 32;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void PutWords(Vector128<sbyte> q, short scale)
        {
            Vector128<short> factor = Vector128.Create(scale);
            (Vector128.WidenLower(q) * factor).Store((short*)values);
            (Vector128.WidenUpper(q) * factor).Store((short*)values + 8);
            values += 32;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void PutTail(int scale0, int scale1, float d, float m)
        {
            byte* floats = tail;
            if (layout == BlockLayout.ScaledBytes)
            {
                *(uint*)tail = (ushort)scale0 * 0x10001u;
                *(uint*)(tail + line) = (ushort)scale1 * 0x10001u;
                floats += 2 * line;
                if (!minimum) *(uint*)(floats + line) = (ushort)(shift / 8 * scale0) | ((uint)(ushort)(shift / 8 * scale1) << 16);
            }
            *(float*)floats = d;
            if (minimum) *(float*)(floats + line) = m;
            tail += runBytes;
        }
    }
}
