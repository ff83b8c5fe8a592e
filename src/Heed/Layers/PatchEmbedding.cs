using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>The sizes of an image and of the patches that become its tokens.</summary>
/// <param name="Height">Rows of pixels.</param>
/// <param name="Width">Columns of pixels.</param>
/// <param name="Channels">Values of a pixel.</param>
/// <param name="PatchHeight">Rows of pixels of a patch.</param>
/// <param name="PatchWidth">Columns of pixels of a patch.</param>
public sealed record PatchConfig(int Height, int Width, int Channels, int PatchHeight, int PatchWidth)
{
    /// <summary>Rows of patches; a last one that is not full counts.</summary>
    public int Rows => (Height + PatchHeight - 1) / PatchHeight;

    /// <summary>Columns of patches; a last one that is not full counts.</summary>
    public int Columns => (Width + PatchWidth - 1) / PatchWidth;

    /// <summary>Values of one patch.</summary>
    public int Values => Channels * PatchHeight * PatchWidth;
}

/// <summary>Turns an image into tokens: each patch of pixels, laid out flat, through one linear layer (Dosovitskiy et al. 2021).</summary>
public sealed class PatchEmbedding
{
    private readonly PatchConfig config;
    private readonly LinearLayer projection;

    /// <summary>Makes <c>projection</c> (width, channels · patch height · patch width) in <paramref name="scope"/>.</summary>
    public PatchEmbedding(WeightScope scope, PatchConfig config, int width, float deviation)
    {
        this.config = config;
        projection = scope.Linear("projection", config.Values, width, hasBias: true, deviation);
    }

    /// <summary>pixels (images, channels, height, width) -> (images, patches, width); pixels carry no gradient. Beyond an edge that no whole patch reaches stand zeros.</summary>
    public Tensor Forward(Tensor pixels)
    {
        (int height, int width, int channels, int patchHeight, int patchWidth) = config;
        Shape expected = new(pixels.Shape.Rank == 4 ? pixels.Shape[0] : 1, channels, height, width);
        if (pixels.Shape != expected) throw new ArgumentException($"this model takes pixels of shape {expected}, given {pixels.Shape}");
        int images = pixels.Shape[0];
        Tensor patches = Tensor.Zeros(new Shape(images, config.Rows * config.Columns, config.Values));
        for (int image = 0; image < images; image++)
            for (int channel = 0; channel < channels; channel++)
                for (int y = 0; y < height; y++)
                {
                    ReadOnlySpan<float> line = pixels.Span.Slice(((image * channels + channel) * height + y) * width, width);
                    for (int column = 0; column < config.Columns; column++)
                    {
                        Span<float> patch = patches.Row((image * config.Rows + y / patchHeight) * config.Columns + column);
                        ReadOnlySpan<float> part = line.Slice(column * patchWidth, Math.Min(patchWidth, width - column * patchWidth));
                        part.CopyTo(patch[((channel * patchHeight + y % patchHeight) * patchWidth)..]);
                    }
                }
        return projection.Forward(patches);
    }
}
