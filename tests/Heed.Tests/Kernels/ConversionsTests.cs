using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class ConversionsTests
{
    /// <summary>Bit patterns around every rounding boundary, every exponent, and at random.</summary>
    private static float[] Patterns()
    {
        List<float> values = [];
        for (uint exponent = 0; exponent < 256; exponent++)
            foreach (uint fraction in (uint[])[0, 1, 0xFFF, 0x1000, 0x1001, 0x1FFF, 0x2000, 0x2FFF, 0x3000, 0x3001, 0x7FFF, 0x8000, 0x8001, 0xFFFF, 0x17FFF, 0x18000, 0x18001, 0x7FEFFF, 0x7FF000, 0x7F7FFF, 0x7F8000, 0x7FFFFF])
                foreach (uint sign in (uint[])[0, 1u << 31])
                    values.Add(BitConverter.UInt32BitsToSingle(sign | (exponent << 23) | fraction));
        Random random = new(1);
        for (int i = 0; i < 50_001; i++) values.Add(BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32)));
        for (int i = 0; i < 20_000; i++) values.Add((float)Math.Pow(2, random.NextDouble() * 20 - 26) * (random.NextSingle() - 0.5f));
        return [.. values];
    }

    [Fact]
    public void EveryHalfBecomesItsFloatAndComesBack()
    {
        Half[] halves = new Half[65536];
        for (int i = 0; i < 65536; i++) halves[i] = BitConverter.UInt16BitsToHalf((ushort)i);
        float[] floats = Run(65536, o => Conversions.HalfToFloat(halves, o));
        Half[] back = new Half[65536];
        Conversions.FloatToHalf(floats, back);
        for (int i = 0; i < 65536; i++)
        {
            if (Half.IsNaN(halves[i]))
            {
                Assert.True(float.IsNaN(floats[i]) && Half.IsNaN(back[i]));
                continue;
            }
            Assert.Equal(BitConverter.SingleToUInt32Bits((float)halves[i]), BitConverter.SingleToUInt32Bits(floats[i]));
            Assert.Equal((ushort)i, BitConverter.HalfToUInt16Bits(back[i]));
        }
    }

    [Fact]
    public void FloatToHalfRoundsAsTheRuntimeDoes()
    {
        float[] x = Patterns();
        Half[] y = new Half[x.Length];
        Conversions.FloatToHalf(x, y);
        for (int i = 0; i < x.Length; i++)
        {
            if (float.IsNaN(x[i])) Assert.True(Half.IsNaN(y[i]));
            else if ((Half)x[i] != y[i] || float.IsNegative(x[i]) != Half.IsNegative(y[i])) Assert.Fail($"{x[i]:R} became {y[i]}, {(Half)x[i]} was expected.");
        }
    }

    [Fact]
    public void BFloat16RoundsToTheNearestEven()
    {
        float[] x = Patterns();
        ushort[] y = new ushort[x.Length];
        Conversions.FloatToBFloat16(x, y);
        for (int i = 0; i < x.Length; i++)
        {
            float given = BitConverter.UInt32BitsToSingle((uint)y[i] << 16);
            if (float.IsNaN(x[i]))
            {
                Assert.True(float.IsNaN(given));
                continue;
            }
            // Nearest of the two neighbours by distance in double; beyond the last number the next power of two stands for infinity.
            uint bits = BitConverter.SingleToUInt32Bits(x[i]) & 0xFFFF0000;
            double low = BitConverter.UInt32BitsToSingle(bits), high = Number(bits + 0x10000), toLow = Math.Abs(x[i] - low), toHigh = Math.Abs(high - x[i]);
            bool down = float.IsInfinity(x[i]) || toLow < toHigh || (toLow == toHigh && (bits >> 16) % 2 == 0);
            uint expected = (down ? bits : bits + 0x10000) >> 16;
            if (expected != y[i]) Assert.Fail($"{x[i]:R} became {y[i]:x4}, {expected:x4} was expected.");
        }

        static double Number(uint bits) => (bits & 0x7FFFFFFF) == 0x7F800000 ? Math.CopySign(Math.Pow(2, 128), (int)bits) : BitConverter.UInt32BitsToSingle(bits);
    }

    [Fact]
    public void EveryBFloat16BecomesItsFloat()
    {
        ushort[] x = new ushort[65536];
        for (int i = 0; i < 65536; i++) x[i] = (ushort)i;
        foreach (int n in (int[])[0, 1, 7, 31, 33, 65536])
        {
            float[] y = Run(n, o => Conversions.BFloat16ToFloat(x.AsSpan(0, n), o));
            for (int i = 0; i < n; i++) Assert.Equal((uint)i << 16, BitConverter.SingleToUInt32Bits(y[i]));
        }
    }

    [Fact]
    public void TailsAreAsTheMiddle()
    {
        float[] x = Values(100, 1);
        ushort[] all = new ushort[100];
        Half[] allHalves = new Half[100];
        Conversions.FloatToBFloat16(x, all);
        Conversions.FloatToHalf(x, allHalves);
        for (int n = 0; n < 100; n++)
        {
            ushort[] some = new ushort[101];
            Half[] someHalves = new Half[101];
            Conversions.FloatToBFloat16(x.AsSpan(0, n), some);
            Conversions.FloatToHalf(x.AsSpan(0, n), someHalves);
            Assert.True(all.AsSpan(0, n).SequenceEqual(some.AsSpan(0, n)) && !some.AsSpan(n).ContainsAnyExcept((ushort)0));
            Assert.True(allHalves.AsSpan(0, n).SequenceEqual(someHalves.AsSpan(0, n)) && !someHalves.AsSpan(n).ContainsAnyExcept((Half)0));
        }
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        Rejects(() => Conversions.BFloat16ToFloat(new ushort[3], new float[2]), "2", "3", "y");
        Rejects(() => Conversions.FloatToBFloat16(new float[3], new ushort[2]), "2", "3", "y");
        Rejects(() => Conversions.HalfToFloat(new Half[3], new float[2]), "2", "3", "y");
        Rejects(() => Conversions.FloatToHalf(new float[3], new Half[2]), "2", "3", "y");
    }

    [Fact]
    public void CallsAllocateNothing()
    {
        float[] x = Values(40000, 1);
        Half[] h = new Half[40000];
        ushort[] b = new ushort[40000];
        AllocatesNothing(() => Conversions.FloatToHalf(x, h));
        AllocatesNothing(() => Conversions.HalfToFloat(h, x));
        AllocatesNothing(() => Conversions.FloatToBFloat16(x, b));
        AllocatesNothing(() => Conversions.BFloat16ToFloat(b, x));
    }
}
