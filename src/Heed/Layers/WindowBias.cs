using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>A learned bias of each head's scores by the offset of two tokens of a window, down and across (Swin; Liu et al. 2021).</summary>
public sealed class WindowBias(WeightScope scope, int window, int heads, float deviation)
{
    private readonly Tensor table = scope.Normal("weight", new Shape((2 * window - 1) * (2 * window - 1), heads), deviation);

    /// <summary>(1 or windows, heads, window², window²), with the mask of shifted windows added to it.</summary>
    /// <param name="mask">(windows, 1, window², window²), or null.</param>
    public Tensor Forward(Tensor? mask)
    {
        int size = window * window;
        Tensor offsets = Tensor.Empty(new Shape(size * size), DType.I32);
        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++)
                offsets.Ints[i * size + j] = (i / window - j / window + window - 1) * (2 * window - 1) + i % window - j % window + window - 1;
        Tensor bias = MatrixOps.Transpose(NeuralOps.Embed(table, offsets)).Reshape(new Shape(1, heads, size, size));
        if (mask is null) return bias;
        int windows = mask.Shape[0];
        Tensor copies = NeuralOps.Embed(bias.Reshape(new Shape(1, heads * size * size)), Tensor.Zeros(new Shape(windows), DType.I32));
        Tensor hidden = Tensor.Empty(copies.Shape);
        for (int w = 0; w < windows; w++)
            for (int h = 0; h < heads; h++) mask.Span.Slice(w * size * size, size * size).CopyTo(hidden.Row(w)[(h * size * size)..]);
        return Arithmetic.Add(copies, hidden).Reshape(new Shape(windows, heads, size, size));
    }
}
