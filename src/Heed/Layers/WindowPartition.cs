using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>
/// Cuts the tokens of an image into square windows that attend only within themselves (Swin; Liu et al. 2021): perhaps shifted by half a window,
/// so that neighbours meet in the next block. An image that no whole number of windows fills is filled up with zeros at the right and below.
/// </summary>
public sealed class WindowPartition
{
    /// <summary>What the original adds to the score of two tokens that only the shift has brought into one window.</summary>
    private const float Apart = -100;

    private readonly int height, width, window, shift, rows, columns; // rows and columns of windows

    /// <summary>The partition of a grid of tokens.</summary>
    /// <param name="height">Rows of tokens.</param>
    /// <param name="width">Columns of tokens.</param>
    /// <param name="window">Side of a window, in tokens.</param>
    /// <param name="shift">How far windows lie to the right of and below the regular ones; they go round the edges.</param>
    public WindowPartition(int height, int width, int window, int shift)
    {
        (this.height, this.width, this.window, this.shift) = (height, width, window, shift);
        (rows, columns) = ((height + window - 1) / window, (width + window - 1) / window);
    }

    /// <summary>Windows of one image.</summary>
    public int Count => rows * columns;

    /// <summary>(images, height · width, columns) -> (images · windows, window², columns).</summary>
    public Tensor Split(Tensor x)
    {
        int images = x.Shape[0], tokens = height * width, size = window * window;
        Tensor from = Tensor.Empty(new Shape(images * Count, size), DType.I32);
        for (int i = 0; i < from.Ints.Length; i++)
        {
            int source = Source(i / size % Count, i % size);
            from.Ints[i] = source < 0 ? -1 : i / size / Count * tokens + source;
        }
        return RowOps.Gather(x, from);
    }

    /// <summary>(images · windows, window², columns) -> (images, height · width, columns): what <see cref="Split"/> took apart.</summary>
    public Tensor Join(Tensor y)
    {
        int size = window * window, images = y.Shape[0] / Count, tokens = height * width;
        Tensor from = Tensor.Empty(new Shape(images, tokens), DType.I32);
        for (int w = 0; w < Count; w++)
            for (int t = 0; t < size; t++)
            {
                int source = Source(w, t);
                for (int image = 0; source >= 0 && image < images; image++) from.Ints[image * tokens + source] = (image * Count + w) * size + t;
            }
        return RowOps.Gather(y, from);
    }

    /// <summary>What is added to scores so that only true neighbours attend to each other: (windows, 1, window², window²); null where nothing was shifted.</summary>
    public Tensor? Mask()
    {
        if (shift == 0) return null;
        int size = window * window;
        Tensor mask = Tensor.Empty(new Shape(Count, 1, size, size));
        for (int w = 0; w < Count; w++)
            for (int i = 0; i < size; i++)
                for (int j = 0; j < size; j++) mask.Span[(w * size + i) * size + j] = Region(w, i) == Region(w, j) ? 0 : Apart;
        return mask;
    }

    // The token at place t of window w, or -1 where the image was filled up.
    private int Source(int w, int t)
    {
        int y = (w / columns * window + t / window + shift) % (rows * window), x = (w % columns * window + t % window + shift) % (columns * window);
        return y < height && x < width ? y * width + x : -1;
    }

    private int Region(int w, int t)
    {
        return 3 * Band(w / columns * window + t / window, rows * window) + Band(w % columns * window + t % window, columns * window);

        int Band(int place, int all) => place < all - window ? 0 : place < all - shift ? 1 : 2;
    }
}
