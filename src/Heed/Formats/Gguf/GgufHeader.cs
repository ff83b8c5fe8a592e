using System.Buffers.Binary;
using System.Numerics;

namespace Heed.Formats.Gguf;

/// <summary>The checked header of a GGUF file: metadata and what it says about each tensor (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).</summary>
internal sealed unsafe class GgufHeader
{
    /// <summary><c>GGUF</c>.</summary>
    public const uint Magic = 0x46554747;

    /// <summary>Bytes before the metadata: magic, version, two counts.</summary>
    public const int FixedLength = 24;

    /// <summary>Where tensors start, if the file says nothing else.</summary>
    public const int DefaultAlignment = 32;

    /// <summary>Axes of a tensor.</summary>
    public const int MaxRank = 4;

    public const string AlignmentKey = "general.alignment";
    private const string SplitKey = "split.count";

    private readonly string file;
    private readonly long length;
    private readonly GgufCursor cursor;

    private GgufHeader(string file, byte* start, long length)
    {
        this.file = file;
        this.length = length;
        cursor = new(file, start, length);
    }

    public int Version { get; private set; }

    public OrderedDictionary<string, GgufValue> Metadata { get; } = [];

    public Dictionary<string, WeightInfo> Weights { get; } = [];

    public int Alignment { get; private set; } = DefaultAlignment;

    /// <summary>Reads and checks the header; every tensor afterwards lies inside the file, and no two share a byte.</summary>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="start">The first byte of the map.</param>
    /// <param name="length">Bytes of the map, at least <see cref="FixedLength"/>.</param>
    /// <exception cref="WeightFormatException">The file breaks the format.</exception>
    public static GgufHeader Parse(string file, byte* start, long length)
    {
        var header = new GgufHeader(file, start, length);
        header.Read();
        return header;
    }

    private void Read()
    {
        uint magic = cursor.Read<uint>("magic");
        if (magic != Magic) throw new WeightFormatException(file, null, $"not a GGUF file: it starts with 0x{BinaryPrimitives.ReverseEndianness(magic):x8}, expected 'GGUF' (0x47475546).");
        uint version = cursor.Read<uint>("version");
        if (version is not (2 or 3))
        {
            bool swapped = version != 0 && (version & 0xFFFF) == 0;
            throw new WeightFormatException(file, null, swapped
                ? $"a big-endian GGUF file (version 0x{version:x8}); expected little-endian."
                : $"GGUF version {version}, expected 2 or 3.");
        }
        Version = (int)version;
        int tensors = cursor.ReadCount("the number of tensors", sizeof(ulong) + 1 + sizeof(uint) + sizeof(uint) + sizeof(ulong));
        int entries = cursor.ReadCount("the number of metadata entries", sizeof(ulong) + 1 + sizeof(uint) + 1);
        for (int i = 0; i < entries; i++) ReadEntry();
        Alignment = ReadAlignment();
        CheckWhole();

        var infos = new List<TensorInfo>();
        for (int i = 0; i < tensors; i++) infos.Add(ReadTensor());
        // Without tensors nothing follows, not even the padding.
        long dataStart = (cursor.Position + Alignment - 1) / Alignment * Alignment;
        foreach (TensorInfo info in infos) Add(info, dataStart);
        CheckOverlap();
    }

    private void ReadEntry()
    {
        string key = cursor.ReadName("the key of metadata");
        string shown = WeightFormatException.Quote(key);
        GgufValue value = cursor.ReadValue($"metadata {shown}");
        if (!Metadata.TryAdd(key, value)) throw cursor.Broken($"metadata {shown} stands twice.");
    }

    private int ReadAlignment()
    {
        if (!Metadata.TryGetValue(AlignmentKey, out GgufValue? value)) return DefaultAlignment;
        if (!value.TryAs(out uint alignment) || !BitOperations.IsPow2(alignment) || alignment > 1 << 30)
            throw new WeightFormatException(file, null, $"metadata '{AlignmentKey}' is {value}, expected a power of two up to {1 << 30}.");
        return (int)alignment;
    }

    private void CheckWhole()
    {
        if (!Metadata.TryGetValue(SplitKey, out GgufValue? value)) return;
        if (!value.TryAs(out uint parts)) throw new WeightFormatException(file, null, $"metadata '{SplitKey}' is {value}, expected an integer.");
        if (parts > 1) throw new WeightFormatException(file, null, $"one of the {parts} files of a split model; expected a whole one (merge them first).");
    }

    private readonly record struct TensorInfo(string Name, WeightType Type, long[] Shape, long Count, long ByteLength, ulong Offset);

    private TensorInfo ReadTensor()
    {
        string name = cursor.ReadName("the name of a tensor");
        string shown = $"tensor {WeightFormatException.Quote(name)}: ";
        uint rank = cursor.Read<uint>($"{shown}number of axes");
        if (rank > MaxRank) throw new WeightFormatException(file, name, $"{rank} axes, expected at most {MaxRank}.");
        var shape = new long[rank];
        for (int axis = 0; axis < rank; axis++)
        {
            ulong size = cursor.Read<ulong>($"{shown}axis {axis}");
            if (size > long.MaxValue) throw new WeightFormatException(file, name, $"axis {axis} has {size} elements, expected at most {long.MaxValue}.");
            shape[rank - 1 - axis] = (long)size; // the file has the innermost axis first
        }
        uint id = cursor.Read<uint>($"{shown}type");
        if (!GgmlTypes.TryGet(id, out WeightType type))
            throw new WeightFormatException(file, name, $"type {GgmlTypes.Describe(id)} is not supported, expected one of {GgmlTypes.Known}.");
        long count = WeightInfo.CountOf(shape, 1);
        long blocks = count < 0 ? 0 : count / type.BlockLength();
        if (count < 0 || blocks > long.MaxValue / type.BlockBytes())
            throw new WeightFormatException(file, name, $"shape {WeightInfo.ShapeText(shape)} of {type.FormatName()} overflows: more than {long.MaxValue} bytes.");
        long row = rank == 0 ? 1 : shape[^1];
        if (row % type.BlockLength() != 0)
            throw new WeightFormatException(file, name, $"rows of {row} elements, expected a multiple of {type.BlockLength()}, the block of {type.FormatName()}.");
        return new(name, type, shape, count, blocks * type.BlockBytes(), cursor.Read<ulong>($"{shown}offset"));
    }

    private void Add(TensorInfo info, long dataStart)
    {
        (string name, WeightType type, long[] shape, long count, long bytes, ulong offset) = info;
        if (offset % (ulong)Alignment != 0)
            throw new WeightFormatException(file, name, $"offset {offset} is no multiple of the alignment {Alignment}.");
        long space = Math.Max(length - dataStart, 0);
        if (bytes > space || offset > (ulong)(space - bytes))
            throw new WeightFormatException(file, name, $"{type.FormatName()} {WeightInfo.ShapeText(shape)} at offset {offset} takes {bytes} bytes, but the file has {space} bytes of data.");
        if (!Weights.TryAdd(name, new(name, type, shape, count, bytes, dataStart + (long)offset)))
            throw new WeightFormatException(file, name, "the name stands twice in the header.");
    }

    private void CheckOverlap()
    {
        WeightInfo[] ordered = [.. Weights.Values.Where(info => info.ByteLength > 0)];
        Array.Sort(ordered, static (a, b) => a.Offset.CompareTo(b.Offset));
        for (int i = 1; i < ordered.Length; i++)
        {
            WeightInfo before = ordered[i - 1];
            if (ordered[i].Offset < before.Offset + before.ByteLength)
                throw new WeightFormatException(file, ordered[i].Name, $"its data overlaps that of tensor {WeightFormatException.Quote(before.Name)}.");
        }
    }
}
