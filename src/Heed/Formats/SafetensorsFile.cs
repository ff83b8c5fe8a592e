using System.Buffers.Binary;
using System.Collections.ObjectModel;

namespace Heed.Formats;

/// <summary>One memory-mapped <c>.safetensors</c> file. The header is checked completely before anything is used.</summary>
/// <remarks>The file must not be shortened by another process while it is open: the pages behind a mapping would vanish. Replacing it by rename is fine.</remarks>
public sealed unsafe class SafetensorsFile : WeightSource
{
    /// <summary>The usual file name in a model folder.</summary>
    public const string DefaultName = "model.safetensors";

    private readonly MappedFile file;
    private readonly ReadOnlyDictionary<string, WeightInfo> weights;
    private readonly ReadOnlyDictionary<string, string> metadata;

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="WeightFormatException">The file breaks the format.</exception>
    public SafetensorsFile(string path)
    {
        Path = path;
        file = new(path, 8, "the header length");
        try
        {
            ulong field = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(file.Start, 8));
            int headerLength = SafetensorsHeader.CheckLength(path, file.Length, field);
            SafetensorsHeader header = SafetensorsHeader.Parse(path, file.Length, new ReadOnlySpan<byte>(file.Start + 8, headerLength));
            weights = header.Weights.AsReadOnly();
            metadata = header.Metadata.AsReadOnly();
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, WeightInfo> Weights => weights;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => metadata;

    private protected override byte* Address(WeightInfo info) => MappedAddress(info);

    internal byte* MappedAddress(WeightInfo info) => file.Start + info.Offset;

    private protected override void Close() => file.Dispose();
}
