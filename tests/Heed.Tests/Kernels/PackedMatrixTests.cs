using Heed.Autograd;
using Heed.Kernels;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Tests.Kernels;

/// <summary>Products with a weight that was packed beforehand.</summary>
[Trait("isa", "all")]
public sealed class PackedMatrixTests
{
    public static TheoryData<string> Registers => ["512", "256", "128", "portable"];

    [Theory]
    [MemberData(nameof(Registers))]
    public void EveryWidthOfRegistersMatchesTheReference(string registers)
    {
        Random random = new(11);
        (int, int, int)[] edges = [(1, 1, 1), (5, 33, 1025), (13, 16, 1024), (64, 100, 1030), (3, 65, 0), (7, 0, 5), (0, 5, 5)];
        foreach ((int m, int n, int k) in edges.Concat(Enumerable.Range(0, 25).Select(_ => (random.Next(1, 60), random.Next(1, 90), random.Next(1, 120)))))
            Check(m, n, k, pad: random.Next(0, 4), useBias: random.Next(2) == 0, random.Next(2) == 0 ? ActivationKind.Gelu : ActivationKind.None, registers);
    }

    [Fact]
    public void ProductsOfSeveralPartsMatchTheReference()
    {
        foreach ((int m, int n, int k) in Brief.On ? [(128, 768, 256)] : new[] { (128, 768, 256), (200, 333, 1500), (1100, 70, 90) }) Check(m, n, k, pad: 3, useBias: true, ActivationKind.Relu, "best");
    }

    [Fact]
    public void WrongSizesAreNamed()
    {
        PackedMatrix b = new(3, 4, new float[12], 4);
        Assert.Contains("A is stored", Assert.Throws<ArgumentException>(() => MatMul.Multiply(2, new float[7], 4, b, new float[6], 3)).Message);
        Assert.Contains("C is stored", Assert.Throws<ArgumentException>(() => MatMul.Multiply(2, new float[8], 4, b, new float[5], 3)).Message);
        Assert.Contains("bias", Assert.Throws<ArgumentException>(() => MatMul.Multiply(2, new float[8], 4, b, new float[6], 3, new float[2])).Message);
        Assert.Contains("B is stored", Assert.Throws<ArgumentException>(() => new PackedMatrix(3, 4, new float[11], 4)).Message);
    }

    [Fact]
    public void ALayerThatLearnsLaysItsPackedWeightAside()
    {
        using var scope = new MemoryScope();
        WeightScope weights = new(5);
        LinearLayer layer = weights.Linear("layer", 24, 40, hasBias: true, 0.3f);
        Tensor x = Tensor.Empty(new Shape(9, 24));
        new RandomSource(1).FillNormal(x.Span, 1);
        float[] before = layer.Forward(x, ActivationKind.Gelu).ToArray();
        layer.Pack();
        float[] packed = layer.Forward(x, ActivationKind.Gelu).ToArray();
        for (int i = 0; i < before.Length; i++) Assert.Equal(before[i], packed[i], 1e-5f);
        using (Tape tape = new()) layer.Forward(x);
        weights.Weights[0].Value.Span.Clear();
        Assert.All(layer.Forward(x).ToArray(), value => Assert.Equal(0, value)); // the new weight, not the packed one
    }

    private static void Check(int m, int n, int k, int pad, bool useBias, ActivationKind activation, string registers)
    {
        int lda = k + pad, ldb = k + pad, ldc = n + pad;
        float[] a = KernelTest.Values(m * lda + 1, 1), b = KernelTest.Values(n * ldb + 1, 2), bias = useBias ? KernelTest.Values(n, 3) : [];
        PackedMatrix packed = registers switch
        {
            "512" => PackedMatrix.For<Vec512>(n, k, b, ldb),
            "256" => PackedMatrix.For<Vec256>(n, k, b, ldb),
            "128" => PackedMatrix.For<Vec128>(n, k, b, ldb),
            "portable" => PackedMatrix.For<VecPortable>(n, k, b, ldb),
            _ => new PackedMatrix(n, k, b, ldb),
        };
        float[] given = KernelTest.Run(m * ldc, c => Multiply(c), new float[m * ldc]);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                double sum = useBias ? bias[j] : 0;
                for (int t = 0; t < k; t++) sum += (double)a[i * lda + t] * b[j * ldb + t];
                Assert.Equal(Reference.Activation(activation, sum), given[i * ldc + j], 1e-5 * (1 + k));
            }

        void Multiply(Span<float> c)
        {
            switch (registers)
            {
                case "512": MatMul.Multiply<Vec512>(m, a, lda, packed, c, ldc, bias, activation); break;
                case "256": MatMul.Multiply<Vec256>(m, a, lda, packed, c, ldc, bias, activation); break;
                case "128": MatMul.Multiply<Vec128>(m, a, lda, packed, c, ldc, bias, activation); break;
                case "portable": MatMul.Multiply<VecPortable>(m, a, lda, packed, c, ldc, bias, activation); break;
                default: MatMul.Multiply(m, a, lda, packed, c, ldc, bias, activation); break;
            }
        }
    }
}
