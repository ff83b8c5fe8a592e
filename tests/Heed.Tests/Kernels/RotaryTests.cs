using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class RotaryTests
{
    private const int Positions = 40;

    private static (float[] Cos, float[] Sin) Tables(int half)
    {
        float[] cos = new float[Positions * half], sin = new float[Positions * half];
        for (int p = 0; p < Positions; p++)
            for (int i = 0; i < half; i++)
                (sin[p * half + i], cos[p * half + i]) = MathF.SinCos(p * MathF.Pow(10000, -(float)i / half));
        return (cos, sin);
    }

    [Fact]
    public void ApplyMatchesTheReferenceAndInverseTurnsBack()
    {
        foreach ((int tokens, int heads, int dim, int turned, int pad) in ((int, int, int, int, int)[])
            [(0, 1, 4, 4, 0), (1, 1, 2, 2, 0), (3, 2, 10, 6, 5), (5, 3, 64, 64, 7), (7, 2, 80, 32, 0), (9, 1, 50, 50, 3), (300, 4, 128, 128, 64), (11, 2, 600, 558, 1), (4, 2, 8, 0, 0)])
        {
            int stride = heads * dim + pad, length = tokens == 0 ? 0 : (tokens - 1) * stride + heads * dim;
            float[] x = Values(length, 1);
            int[] positions = new int[tokens];
            for (int t = 0; t < tokens; t++) positions[t] = (t * 7 + 3) % Positions;
            (float[] cos, float[] sin) = Tables(Math.Max(1, turned / 2));
            foreach (bool interleaved in (bool[])[false, true])
            {
                foreach (bool inverse in (bool[])[false, true])
                {
                    float[] expected = (float[])x.Clone();
                    Reference.Rotary(tokens, heads, dim, turned, stride, expected, positions, cos, sin, interleaved, inverse);
                    float[] y = Run(length, o => Rotary.Apply(tokens, heads, dim, turned, stride, o, positions, cos, sin, interleaved, inverse), x);
                    for (int i = 0; i < length; i++) Close(expected[i], y[i], 3e-7, 0, $"{tokens} {heads} {dim} {turned} {interleaved} {inverse} [{i}]");
                    Rotary.Apply(tokens, heads, dim, turned, stride, y, positions, cos, sin, interleaved, !inverse);
                    for (int i = 0; i < length; i++) Close(x[i], y[i], 1e-6, 0, "back");
                }
            }
        }
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        float[] x = new float[16], table = new float[6];
        Rejects(() => Rotary.Apply(2, 1, 8, 6, 8, x, [0, 2], table, table, false, false), "Token 1", "2", "[0, 2)");
        Rejects(() => Rotary.Apply(2, 1, 8, 6, 8, x, [0, -1], table, table, false, false), "Token 1", "-1");
        Rejects(() => Rotary.Apply(2, 1, 8, 5, 8, x, [0, 1], table, table, false, false), "rotaryDim", "5");
        Rejects(() => Rotary.Apply(2, 1, 8, 10, 8, x, [0, 1], table, table, false, false), "rotaryDim", "10");
        Rejects(() => Rotary.Apply(2, 1, 8, 6, 7, x, [0, 1], table, table, false, false), "7", "8");
        Rejects(() => Rotary.Apply(3, 1, 8, 6, 8, x, [0, 1, 1], table, table, false, false), "16", "24");
        Rejects(() => Rotary.Apply(2, 1, 8, 6, 8, x, [0], table, table, false, false), "1", "2", "positions");
        Rejects(() => Rotary.Apply(2, 1, 8, 6, 8, x, [0, 1], table, new float[5], false, false), "5", "6", "sin");
    }

    [Fact]
    public void CallsAllocateNothing()
    {
        float[] x = Values(40000, 1), table = new float[8];
        int[] positions = new int[1000];
        AllocatesNothing(() => Rotary.Apply(1000, 2, 20, 16, 40, x, positions, table, table, false, false));
        AllocatesNothing(() => Rotary.Apply(1000, 2, 20, 16, 40, x, positions, table, table, true, true));
    }
}
