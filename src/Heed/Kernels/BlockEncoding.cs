using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>Writes blocks of 32 values; see <see cref="BlockEncodingK"/> for those of 256.</summary>
internal static unsafe class BlockEncoding
{
    /// <summary>F32, F16 and BF16.</summary>
    public static void Plain(BlockType type, float* x, byte* target, int count)
    {
        ReadOnlySpan<float> values = new(x, count);
        if (type == BlockType.F32) Buffer.MemoryCopy(x, target, 4L * count, 4L * count);
        else if (type == BlockType.F16) Conversions.FloatToHalf(values, new Span<Half>(target, count));
        else Conversions.FloatToBFloat16(values, new Span<ushort>(target, count));
    }

    /// <summary>One block.</summary>
    /// <param name="type">A quantised type.</param>
    /// <param name="x">The block's values.</param>
    /// <param name="block">Receives the block.</param>
    /// <param name="importance">Weights of the squared errors, or null.</param>
    [SkipLocalsInit]
    public static void Block(BlockType type, float* x, byte* block, float* importance)
    {
        float* w = stackalloc float[256];
        if (importance != null || type.BlockLength() == 256 || type == BlockType.IQ4_NL) Weigh(x, importance, w, type.BlockLength());
        switch (type)
        {
            case BlockType.Q8_0: Q8_0(x, block); break;
            case BlockType.Q4_0: Symmetric(x, importance == null ? null : w, block, 8); break;
            case BlockType.Q5_0: Symmetric(x, importance == null ? null : w, block, 16); break;
            case BlockType.Q4_1: Affine(x, importance == null ? null : w, block, 15); break;
            case BlockType.Q5_1: Affine(x, importance == null ? null : w, block, 31); break;
            case BlockType.IQ4_NL: IQ4_NL(x, w, block); break;
            case BlockType.Q4_K: BlockEncodingK.Affine(x, w, block, 15); break;
            case BlockType.Q5_K: BlockEncodingK.Affine(x, w, block, 31); break;
            case BlockType.Q6_K: BlockEncodingK.Q6_K(x, w, block); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "not a block type");
        }
    }

    /// <summary>Stores a float as little-endian binary16 and returns what was stored.</summary>
    public static float StoreHalf(float value, byte* target)
    {
        Half half = (Half)value;
        ushort bits = BitConverter.HalfToUInt16Bits(half);
        (target[0], target[1]) = ((byte)bits, (byte)(bits >> 8));
        return (float)half;
    }

    /// <summary>1 / d, and 0 for 0.</summary>
    public static float Inverse(float d) => d == 0 ? 0 : 1 / d;

    /// <summary>The nearest level in 0 .. <paramref name="top"/>.</summary>
    public static int Level(float value, int top) => (int)Math.Clamp(MathF.Round(value), 0, top);

    /// <summary>Large values count more, within bounds: they matter most in a sum of products, and a block has few of them.</summary>
    private static void Weigh(float* x, float* importance, float* w, int n)
    {
        float squares = 0;
        for (int i = 0; i < n; i++) squares += x[i] * x[i];
        float mean = 2 * squares / n;
        for (int i = 0; i < n; i++) w[i] = MathF.Sqrt(mean + x[i] * x[i]) * (importance == null ? 1 : importance[i]);
    }

    private static void Q8_0(float* x, byte* block)
    {
        float d = MathF.Abs(BlockSearch.Largest(x, 32)) / 127, inverse = Inverse(d);
        StoreHalf(d, block);
        for (int i = 0; i < 32; i++) block[2 + i] = (byte)(sbyte)MathF.Round(x[i] * inverse, MidpointRounding.AwayFromZero);
    }

    /// <summary>Q4_0 and Q5_0: the value farthest from 0 becomes the lowest level, -half, or the scale is searched for.</summary>
    private static void Symmetric(float* x, float* w, byte* block, int half)
    {
        float d = w == null ? BlockSearch.Largest(x, 32) / -half : BlockSearch.Symmetric(x, w, 32, half);
        float stored = StoreHalf(d, block), inverse = Inverse(w == null ? d : stored);
        byte* q = stackalloc byte[32];
        for (int i = 0; i < 32; i++) q[i] = (byte)Math.Clamp((int)((double)x[i] * inverse + (half + 0.5)), 0, 2 * half - 1);
        StoreLevels(q, block + 2, half == 16);
    }

    /// <summary>Q4_1 and Q5_1: levels from the least to the greatest value, or from where the search puts them.</summary>
    private static void Affine(float* x, float* w, byte* block, int top)
    {
        ReadOnlySpan<float> values = new(x, 32);
        float min = float.PositiveInfinity, max = float.NegativeInfinity;
        foreach (float value in values) (min, max) = (MathF.Min(min, value), MathF.Max(max, value));
        (float d, float m) = w == null ? ((max - min) / top, min + 0f) : BlockSearch.Affine(x, w, 32, top);
        float storedScale = StoreHalf(d, block), storedMinimum = StoreHalf(m, block + 2);
        if (w != null) (d, m) = (storedScale, storedMinimum);
        float inverse = Inverse(d);
        byte* q = stackalloc byte[32];
        for (int i = 0; i < 32; i++) q[i] = (byte)Math.Clamp((int)((x[i] - m) * inverse + 0.5f), 0, top);
        StoreLevels(q, block + 4, top == 31);
    }

    private static void IQ4_NL(float* x, float* w, byte* block)
    {
        float inverse = Inverse(StoreHalf(BlockSearch.Levels(x, w, 32), block));
        byte* q = stackalloc byte[32];
        for (int i = 0; i < 32; i++) q[i] = (byte)BlockSearch.NearestLevel(x[i] * inverse);
        StoreLevels(q, block + 2, false);
    }

    /// <summary>The fifth bits, if there are any, then nibbles: value i in the low, value i + 16 in the high half of a byte.</summary>
    private static void StoreLevels(byte* q, byte* target, bool fifth)
    {
        if (fifth)
        {
            uint bits = 0;
            for (int i = 0; i < 32; i++) bits |= (uint)(q[i] >> 4) << i;
            for (int i = 0; i < 4; i++) *target++ = (byte)(bits >> (8 * i));
        }
        for (int i = 0; i < 16; i++) target[i] = (byte)((q[i] & 15) | (q[i + 16] << 4));
    }
}
