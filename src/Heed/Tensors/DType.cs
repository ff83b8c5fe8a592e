namespace Heed.Tensors;

/// <summary>Element type of a <see cref="Tensor"/>.</summary>
public enum DType : byte
{
    /// <summary>IEEE 754 single precision; all arithmetic runs in it.</summary>
    F32,

    /// <summary>Signed 32-bit integers: token ids, labels, positions.</summary>
    I32,
}
