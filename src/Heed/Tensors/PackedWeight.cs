namespace Heed.Tensors;

/// <summary>A weight in the layout that a device's matrix product reads fastest; only the device looks inside.</summary>
public abstract class PackedWeight;
