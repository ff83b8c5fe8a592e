namespace Heed.Tensors;

/// <summary>Where tensors live and who computes on them.</summary>
public sealed class Device
{
    private Device(string name, IBackend backend) => (Name, Backend) = (name, backend);

    /// <summary>The processor, through Heed's own kernels.</summary>
    public static Device Cpu { get; } = new("cpu", new CpuBackend());

    /// <summary>Short name, for example <c>cpu</c>.</summary>
    public string Name { get; }

    /// <summary>The operations of this device.</summary>
    public IBackend Backend { get; internal set; }
}
