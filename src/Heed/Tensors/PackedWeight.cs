namespace Heed.Tensors;

/// <summary>A weight in a layout of the device's own, or as a file stores it; only the device looks inside.</summary>
public abstract class PackedWeight
{
    /// <summary>Rows: a layer's outputs.</summary>
    public abstract int Rows { get; }

    /// <summary>Columns: a layer's inputs.</summary>
    public abstract int Columns { get; }

    /// <summary>Bytes that a product reads.</summary>
    public abstract long Bytes { get; }

    /// <summary>Keeps a held weight once more in the order in which products of many rows read it fastest, where there is such an order.</summary>
    public abstract void Pack();

    /// <summary>Keeps a held weight once more in the order in which products of few rows read it fastest, where there is such an order. Products may run meanwhile.</summary>
    public abstract void Interleave();
}
