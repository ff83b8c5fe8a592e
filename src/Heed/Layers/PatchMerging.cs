using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>Joins each two by two tokens of an image into one of twice the width (Swin; Liu et al. 2021): side by side, normalised, projected.</summary>
public sealed class PatchMerging
{
    private readonly Norm norm;
    private readonly LinearLayer reduction;

    /// <summary>Makes <c>norm</c> and <c>reduction</c> in <paramref name="scope"/>.</summary>
    public PatchMerging(WeightScope scope, int width, NormConfig config, float deviation)
    {
        norm = Norm.Create(scope["norm"], 4 * width, config);
        reduction = scope.Linear("reduction", 4 * width, 2 * width, hasBias: false, deviation);
    }

    /// <summary>(images, height · width, columns) -> (images, ⌈height / 2⌉ · ⌈width / 2⌉, 2 columns); what lies beyond an odd edge counts as zero.</summary>
    public Tensor Forward(Tensor x, int height, int width)
    {
        int images = x.Shape[0], down = (height + 1) / 2, across = (width + 1) / 2;
        Tensor from = Tensor.Empty(new Shape(images, down * across * 4), DType.I32);
        for (int i = 0; i < from.Ints.Length; i++)
        {
            // The four in the order of the original: the upper left, the one below it, the upper right, the one below that.
            int image = i / (down * across * 4), at = i / 4 % (down * across), corner = i % 4;
            int row = at / across * 2 + corner % 2, column = at % across * 2 + corner / 2;
            from.Ints[i] = row < height && column < width ? image * height * width + row * width + column : -1;
        }
        return reduction.Forward(norm.Forward(RowOps.Gather(x, from).Reshape(new Shape(images, down * across, 4 * x.Columns))));
    }
}
