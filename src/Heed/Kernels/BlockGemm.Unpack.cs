using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Heed.Kernels;

// Weights as the tiles read them, made of 8 rows at a time that stand side by side: quads of 4 columns become bytes or words, scales become floats.
internal static unsafe partial class BlockGemm
{
    /// <summary>Rows that are unpacked together.</summary>
    private const int RowsTogether = 8;

    /// <summary>Unpacks rows [row, row + width) of a weight, or fewer at its end, in blocks [unit, unit + units), into a panel. What stands for missing rows has no meaning.</summary>
    /// <param name="kernel">What layout the tile reads.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="row">First row.</param>
    /// <param name="unit">First block.</param>
    /// <param name="units">Blocks.</param>
    /// <param name="scratch">8 rows of these blocks side by side, <see cref="ScratchBytes"/>; 32-byte aligned.</param>
    /// <param name="panel">Receives the panel.</param>
    private static void Unpack(in BlockKernel kernel, BlockMatrix* weight, int row, int unit, int units, byte* scratch, byte* panel)
    {
        byte* scales = scratch + ScratchBytes(weight->Type, units) - (nint)units * BlockRows.For(weight->Type, BlockRows.Best).ScaleBytes;
        for (int j = 0; j < kernel.Width && row + j < weight->Rows; j += RowsTogether)
        {
            BlockWeight.Interleave(weight, row + j, unit, units, scales, scratch);
            byte* target = panel + 4 * j;
            switch (weight->Type)
            {
                case BlockType.Q8_0: Expand<FormatQ8_0>(kernel, 0, units, scales, scratch, target); break;
                case BlockType.Q4_0: Expand<FormatQ4_0>(kernel, -8, units, scales, scratch, target); break;
                case BlockType.Q4_1: Expand<FormatQ4<OneRun>>(kernel, 0, units, scales, scratch, target); break;
                case BlockType.Q5_0: Expand<FormatQ5_0>(kernel, -16, units, scales, scratch, target); break;
                case BlockType.Q5_1: Expand<FormatQ5<OneRun>>(kernel, 0, units, scales, scratch, target); break;
                case BlockType.Q4_K: Expand<FormatQ4<EightRuns>>(kernel, 0, units, scales, scratch, target); break;
                case BlockType.Q5_K: Expand<FormatQ5<EightRuns>>(kernel, 0, units, scales, scratch, target); break;
                case BlockType.Q6_K: Expand<FormatQ6_K>(kernel, -32, units, scales, scratch, target); break;
                default: Expand<FormatIQ4_NL>(kernel, 0, units, scales, scratch, target); break;
            }
        }
    }

    private static nint ScratchBytes(BlockType type, int units)
    {
        ref readonly BlockRows rows = ref BlockRows.For(type, BlockRows.Best);
        return (nint)units * (rows.UnitBytes + rows.ScaleBytes);
    }

    /// <summary>Blocks of 8 rows of type <typeparamref name="T"/> to their columns of a panel; a value is d · (q + offset) [+ m].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Expand<T>(in BlockKernel kernel, int offset, int units, byte* scales, byte* runs, byte* target) where T : struct, IBlockFormat
    {
        nint line = 4 * kernel.Width, runBytes = kernel.RunBytes;
        bool words = kernel.Layout == BlockLayout.Words, scaled = kernel.Layout == BlockLayout.ScaledBytes, six = typeof(T) == typeof(FormatQ6_K);
        Vector256<sbyte> add = Vector256.Create((sbyte)(words ? offset : offset + kernel.Shift));
        for (; units > 0; units--, scales += T.ScaleBytes)
        {
            Vector256<float> d = LanesAvx2.Halves(scales), minimum = T.Minimum ? LanesAvx2.Halves(scales + 16) : default;
            byte* factors = scales + (T.Minimum ? 32 : 16);
            for (int run = 0; run < T.Runs; run++, runs += T.RunBytes, factors += 16, target += runBytes)
            {
                // The whole scales of Q6_K: of the first and of the last 16 columns, in both words of a lane.
                Vector256<int> scale0 = six ? Twice(LanesAvx2.WidenSigned(factors)) : Vector256.Create(0x10001), scale1 = six ? Twice(LanesAvx2.WidenSigned(factors + 8)) : scale0;
                byte* t = target;
                for (int half = 0; half < 2; half++)
                {
                    Vector256<sbyte> q0 = Quad<T>(runs, 4 * half) + add, q1 = Quad<T>(runs, 4 * half + 1) + add, q2 = Quad<T>(runs, 4 * half + 2) + add, q3 = Quad<T>(runs, 4 * half + 3) + add;
                    if (words)
                    {
                        Vector256<short> scale = (half == 0 ? scale0 : scale1).AsInt16();
                        PutWords(q0, scale, t, line);
                        PutWords(q1, scale, t + 2 * line, line);
                        PutWords(q2, scale, t + 4 * line, line);
                        PutWords(q3, scale, t + 6 * line, line);
                        t += 8 * line;
                    }
                    else
                    {
                        q0.Store((sbyte*)t);
                        q1.Store((sbyte*)(t + line));
                        q2.Store((sbyte*)(t + 2 * line));
                        q3.Store((sbyte*)(t + 3 * line));
                        t += 4 * line;
                    }
                }
                if (scaled)
                {
                    scale0.Store((int*)t);
                    scale1.Store((int*)(t + line));
                    t += 2 * line;
                    Vector256<int> both = (scale0 & Vector256.Create(0xFFFF)) | (scale1 << 16);
                    if (!T.Minimum) (both.AsInt16() * Vector256.Create((short)(kernel.Shift / 8))).Store((short*)(t + line));
                }
                (T.Factors ? d * LanesAvx2.ToFloat(LanesAvx2.WidenBytes(factors)) : d).Store((float*)t);
                if (T.Minimum) (T.Factors ? minimum * Vector256.Create(-1f) * LanesAvx2.ToFloat(LanesAvx2.WidenBytes(factors + 8)) : minimum).Store((float*)(t + line));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Quad<T>(byte* run, int quad) where T : struct, IBlockFormat => T.Quad<LanesAvx2, Vector256<int>, Vector256<float>>(run, quad).AsSByte();

    /// <summary>The bytes of even and of odd columns, widened and scaled: a step each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutWords(Vector256<sbyte> quad, Vector256<short> scale, byte* target, nint line)
    {
        (((quad.AsInt16() << 8) >> 8) * scale).Store((short*)target);
        ((quad.AsInt16() >> 8) * scale).Store((short*)(target + line));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Twice(Vector256<int> scale) => (scale & Vector256.Create(0xFFFF)) | (scale << 16);
}
