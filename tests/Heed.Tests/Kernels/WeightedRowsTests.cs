using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class WeightedRowsTests
{
    [Fact]
    public void ForwardAndBackwardMatchDoubleSums()
    {
        foreach ((int n, int count, int cols) in ((int, int, int)[])[(0, 2, 3), (1, 1, 1), (5, 2, 17), (33, 3, 65), (400, 2, 129), (7, 8, 1000)])
        {
            int[] places = [.. Enumerable.Range(0, n * count)];
            new Random(n).Shuffle(places);
            float[] weights = Values(n * count, 1), x = Values(n * count * cols, 2), dy = Values(n * cols, 3);
            double[] y = new double[n * cols], dx = new double[x.Length], dWeights = new double[n * count];
            for (int i = 0; i < places.Length; i++)
                for (int c = 0; c < cols; c++)
                {
                    int row = i / count * cols + c, at = places[i] * cols + c;
                    y[row] += (double)weights[i] * x[at];
                    dx[at] = (double)weights[i] * dy[row];
                    dWeights[i] += (double)dy[row] * x[at];
                }
            Close(y, Run(n * cols, o => WeightedRows.Forward(places, weights, count, cols, x, o)), 1e-5, 1e-6, $"{n} {count} {cols}");
            float[] rest = new float[n * count];
            Close(dx, Run(x.Length, o => WeightedRows.Backward(places, weights, count, cols, x, dy, o, rest)), 1e-6, 1e-7, $"dx {n} {count} {cols}");
            float[] gradient = new float[x.Length];
            Close(dWeights, Run(n * count, o => WeightedRows.Backward(places, weights, count, cols, x, dy, gradient, o)), 1e-5, 1e-5, $"dWeights {n} {count} {cols}");
        }
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        float[] x = new float[12], w = new float[2], y = new float[4];
        Rejects(() => WeightedRows.Forward([0, 3], w, 2, 4, x, y), "Place 1", "is 3", "[0, 3)");
        Rejects(() => WeightedRows.Forward([0, 1, 2, 0], w, 2, 4, x, y), "2", "4", "weights");
        Rejects(() => WeightedRows.Forward([0, 1], w, 1, 4, x, y), "4", "8", "y");
        Rejects(() => WeightedRows.Backward([0, 1], w, 2, 4, x, y, y, w), "4", "12", "dx");
        Rejects(() => WeightedRows.Backward([0, 1], w, 2, 4, x, y, x, [0f]), "1", "2", "dWeights");
    }
}
