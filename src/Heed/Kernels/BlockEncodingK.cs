using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>
/// Writes blocks of 256 values. Each run gets its best scale (and minimum); these are rounded to a multiple of the block's; levels follow from
/// the rounded ones; then the block's own scale is fitted to the levels, and the levels once more to it, if that lessens the error.
/// </summary>
internal static unsafe class BlockEncodingK
{
    /// <summary>Q4_K (<paramref name="top"/> = 15) and Q5_K (31).</summary>
    [SkipLocalsInit]
    public static void Affine(float* x, float* w, byte* block, int top)
    {
        float* scales = stackalloc float[8], minima = stackalloc float[8];
        float maxScale = 0, maxMinimum = 0;
        for (int j = 0; j < 8; j++)
        {
            (float scale, float minimum) = BlockSearch.Affine(x + 32 * j, w + 32 * j, 32, top);
            (scales[j], minima[j]) = (scale, -minimum);
            (maxScale, maxMinimum) = (MathF.Max(maxScale, scale), MathF.Max(maxMinimum, -minimum));
        }
        byte* s = stackalloc byte[8], m = stackalloc byte[8], q = stackalloc byte[256], other = stackalloc byte[256];
        float inverseScale = BlockEncoding.Inverse(maxScale / 63), inverseMinimum = BlockEncoding.Inverse(maxMinimum / 63);
        for (int j = 0; j < 8; j++) (s[j], m[j]) = ((byte)BlockEncoding.Level(scales[j] * inverseScale, 63), (byte)BlockEncoding.Level(minima[j] * inverseMinimum, 63));

        float d = BlockEncoding.StoreHalf(maxScale / 63, block), dmin = BlockEncoding.StoreHalf(maxMinimum / 63, block + 2);
        double error = Levels(x, w, s, m, d, dmin, top, q);
        (float fitted, float fittedMinimum) = Fit(x, w, s, m, q);
        byte* halves = stackalloc byte[4];
        fitted = BlockEncoding.StoreHalf(fitted, halves);
        fittedMinimum = BlockEncoding.StoreHalf(fittedMinimum, halves + 2);
        if (fitted > 0 && fittedMinimum >= 0 && Levels(x, w, s, m, fitted, fittedMinimum, top, other) < error)
        {
            Unsafe.CopyBlock(block, halves, 4);
            q = other;
        }
        StoreScales(s, m, block + 4);
        byte* nibbles = block + 16;
        if (top == 31)
        {
            for (int i = 0; i < 32; i++)
            {
                int bits = 0;
                for (int j = 0; j < 8; j++) bits |= (q[32 * j + i] >> 4) << j;
                *nibbles++ = (byte)bits;
            }
        }
        for (int j = 0; j < 8; j += 2)
            for (int i = 0; i < 32; i++) *nibbles++ = (byte)((q[32 * j + i] & 15) | (q[32 * j + 32 + i] << 4));
    }

    /// <summary>Q6_K.</summary>
    [SkipLocalsInit]
    public static void Q6_K(float* x, float* w, byte* block)
    {
        float* scales = stackalloc float[16];
        for (int run = 0; run < 16; run++) scales[run] = BlockSearch.Symmetric(x + 16 * run, w + 16 * run, 16, 32);
        float largest = BlockSearch.Largest(scales, 16), inverse = BlockEncoding.Inverse(largest / -128);
        sbyte* s = (sbyte*)block + 192;
        for (int run = 0; run < 16; run++) s[run] = (sbyte)Math.Clamp(MathF.Round(scales[run] * inverse), -128, 127);

        byte* q = stackalloc byte[256], other = stackalloc byte[256], half = stackalloc byte[2];
        float d = BlockEncoding.StoreHalf(largest / -128, block + 208);
        double error = SignedLevels(x, w, s, d, q), sumLL = 0, sumLX = 0;
        for (int i = 0; i < 256; i++)
        {
            double level = s[i / 16] * (q[i] - 32), wl = w[i] * level;
            sumLL += wl * level;
            sumLX += wl * x[i];
        }
        if (sumLL > 0 && SignedLevels(x, w, s, BlockEncoding.StoreHalf((float)(sumLX / sumLL), half), other) < error)
        {
            Unsafe.CopyBlock(block + 208, half, 2);
            q = other;
        }
        for (int h = 0; h < 2; h++, q += 128)
            for (int i = 0; i < 32; i++)
            {
                int a = q[i], b = q[i + 32], c = q[i + 64], e = q[i + 96];
                block[64 * h + i] = (byte)((a & 15) | ((c & 15) << 4));
                block[64 * h + 32 + i] = (byte)((b & 15) | ((e & 15) << 4));
                block[128 + 32 * h + i] = (byte)((a >> 4) | (b >> 4 << 2) | (c >> 4 << 4) | (e >> 4 << 6));
            }
    }

    /// <summary>The nearest levels for given scales and minima; returns the weighted squared error.</summary>
    private static double Levels(float* x, float* w, byte* s, byte* m, float d, float dmin, int top, byte* q)
    {
        double error = 0;
        for (int i = 0; i < 256; i++)
        {
            float scale = d * s[i / 32], minimum = dmin * m[i / 32];
            q[i] = (byte)(scale == 0 ? 0 : BlockEncoding.Level((x[i] + minimum) / scale, top));
            double off = scale * q[i] - minimum - x[i];
            error += w[i] * off * off;
        }
        return error;
    }

    /// <summary>The nearest levels + 32 for given scales; returns the weighted squared error.</summary>
    private static double SignedLevels(float* x, float* w, sbyte* s, float d, byte* q)
    {
        double error = 0;
        for (int i = 0; i < 256; i++)
        {
            float scale = d * s[i / 16];
            q[i] = (byte)(scale == 0 ? 32 : BlockEncoding.Level(x[i] / scale + 32, 63));
            double off = scale * (q[i] - 32) - x[i];
            error += w[i] * off * off;
        }
        return error;
    }

    /// <summary>Weighted least squares for x ≈ d · (s q) - dmin · m over the whole block.</summary>
    private static (float D, float Dmin) Fit(float* x, float* w, byte* s, byte* m, byte* q)
    {
        double aa = 0, ab = 0, bb = 0, ax = 0, bx = 0;
        for (int i = 0; i < 256; i++)
        {
            double a = s[i / 32] * q[i], b = -m[i / 32], wi = w[i];
            aa += wi * a * a;
            ab += wi * a * b;
            bb += wi * b * b;
            ax += wi * a * x[i];
            bx += wi * b * x[i];
        }
        double determinant = aa * bb - ab * ab;
        if (determinant > 1e-9 * aa * bb) return ((float)((bb * ax - ab * bx) / determinant), (float)((aa * bx - ab * ax) / determinant));
        return aa > 0 ? ((float)(ax / aa), 0) : (0, 0);
    }

    /// <summary>The inverse of <see cref="BlockDecoding.ScaleAndMinimum"/>.</summary>
    private static void StoreScales(byte* s, byte* m, byte* target)
    {
        for (int j = 0; j < 4; j++)
        {
            target[j] = (byte)(s[j] | (s[j + 4] >> 4 << 6));
            target[j + 4] = (byte)(m[j] | (m[j + 4] >> 4 << 6));
            target[j + 8] = (byte)((s[j + 4] & 15) | (m[j + 4] << 4));
        }
    }
}
