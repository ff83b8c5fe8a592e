using System.Collections.ObjectModel;
using System.Globalization;

namespace Heed.Formats.Gguf;

/// <summary>One memory-mapped <c>.gguf</c> file, version 2 or 3: metadata and tensors. The header is checked completely before anything is used.</summary>
/// <remarks>
/// Weights stay in the map; opening reads the header alone. The file must not be shortened by another process while it is open:
/// the pages behind the map would vanish, and touching them ends the process. Replacing it by rename is fine.
/// Specification: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
/// </remarks>
public sealed unsafe class GgufFile : WeightSource
{
    /// <summary>How the names of such files end.</summary>
    public const string Extension = ".gguf";

    private readonly MappedFile file;
    private readonly ReadOnlyDictionary<string, WeightInfo> weights;
    private readonly ReadOnlyDictionary<string, string> metadata;

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="WeightFormatException">The file breaks the format, is big-endian or one part of a split model, or a tensor has a type that is not read.</exception>
    public GgufFile(string path)
    {
        Path = path;
        file = new(path, GgufHeader.FixedLength, "magic, version and counts");
        try
        {
            GgufHeader header = GgufHeader.Parse(path, file.Start, file.Length);
            Version = header.Version;
            Alignment = header.Alignment;
            Fields = new(path, header.Metadata);
            weights = header.Weights.AsReadOnly();
            metadata = header.Metadata.Where(pair => pair.Value.Type != GgufValueType.Array)
                .ToDictionary(pair => pair.Key, pair => System.Convert.ToString(pair.Value.Content, CultureInfo.InvariantCulture)!).AsReadOnly();
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <summary>The version of the format: 2 or 3.</summary>
    public int Version { get; }

    /// <summary>Bytes that every tensor's place in the data is a multiple of.</summary>
    public int Alignment { get; }

    /// <summary>The metadata, typed.</summary>
    public GgufMetadata Fields { get; }

    /// <summary>Every weight by name, in the order of the file. Shapes are outermost first, as everywhere; the file has them the other way round.</summary>
    public override IReadOnlyDictionary<string, WeightInfo> Weights => weights;

    /// <summary>The metadata that is no array, as text.</summary>
    public override IReadOnlyDictionary<string, string> Metadata => metadata;

    private protected override byte* Address(WeightInfo info) => file.Start + info.Offset;

    private protected override void Close() => file.Dispose();
}
