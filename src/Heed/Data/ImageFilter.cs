namespace Heed.Data;

/// <summary>How an image is made larger or smaller; the numbers are those of PIL and of <c>resample</c> in preprocessor_config.json.</summary>
public enum ImageFilter : byte
{
    /// <summary>The nearest pixel.</summary>
    Nearest = 0,

    /// <summary>A windowed sinc of three lobes.</summary>
    Lanczos = 1,

    /// <summary>A triangle.</summary>
    Bilinear = 2,

    /// <summary>Keys's cubic convolution (1981) with a = -0.5.</summary>
    Bicubic = 3,

    /// <summary>The mean.</summary>
    Box = 4,

    /// <summary>A raised cosine times sinc.</summary>
    Hamming = 5,
}
