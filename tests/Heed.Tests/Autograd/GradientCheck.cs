using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Tests.Autograd;

/// <summary>Compares gradients with central differences of the same function.</summary>
internal static class GradientCheck
{
    /// <summary>
    /// Weights the output of <paramref name="function"/> with fixed random numbers to get one value, and checks its gradient by each input.
    /// The step is large and the function is evaluated in single precision, so each difference is compared at a tolerance made of the
    /// value's own rounding; the sum over the output is taken in double.
    /// </summary>
    public static void Run(Func<Tensor[], Tensor> function, params (int[] Shape, float Scale)[] inputs)
    {
        using var scope = new MemoryScope();
        RandomSource random = new(7);
        var tensors = inputs.Select(input =>
        {
            Tensor t = Tensor.Empty(new Shape(input.Shape));
            random.Split(random.Next().ToString()).FillNormal(t.Span, input.Scale);
            t.RequiresGradient = true;
            return t;
        }).ToArray();

        float[] weights;
        float[][] gradients;
        using (var tape = new Tape())
        {
            Tensor y = function(tensors);
            weights = new float[y.Count];
            new RandomSource(8).FillNormal(weights, 1);
            Tensor dy = Tensor.From(y.Shape, weights);
            tape.Backward(y, dy);
            gradients = [.. tensors.Select(t => t.Gradient!.ToArray())];
        }
        for (int i = 0; i < tensors.Length; i++)
        {
            double scale = gradients[i].Max(MathF.Abs) + 1e-3;
            for (int e = 0; e < tensors[i].Count; e++)
            {
                float value = tensors[i].Span[e];
                const float step = 2e-2f;
                double d1 = Difference(step), d2 = Difference(step / 2);
                double difference = (4 * d2 - d1) / 3; // Richardson: the error is of fourth order in the step
                tensors[i].Span[e] = value;
                Assert.True(Math.Abs(difference - gradients[i][e]) < 2e-3 * scale, $"input {i} {tensors[i].Shape}, element {e}: gradient {gradients[i][e]}, differences {difference}");

                double Difference(float h)
                {
                    tensors[i].Span[e] = value + h;
                    double up = Value();
                    tensors[i].Span[e] = value - h;
                    double down = Value();
                    return (up - down) / ((double)(value + h) - (value - h));
                }
            }
        }

        double Value()
        {
            using var inner = new MemoryScope();
            float[] y = function(tensors).ToArray();
            double sum = 0;
            for (int k = 0; k < y.Length; k++) sum += (double)y[k] * weights[k];
            return sum;
        }
    }
}
