using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace Heed.Formats.Gguf;

/// <summary>Reads the header of a GGUF file from its map, front to back; nothing outside the map is touched and nothing is allocated before it is known to be there.</summary>
internal sealed unsafe class GgufCursor(string file, byte* start, long length)
{
    /// <summary>Longest key or tensor name that is read; the specification's limit for keys.</summary>
    public const int MaxName = 65535;

    // Arrays of arrays of ...; every level costs at least 12 bytes of file, but also stack.
    private const int MaxDepth = 8;

    /// <summary>The next byte.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes that follow.</summary>
    public long Remaining => length - Position;

    /// <summary>The next field, a number or truth value of that size.</summary>
    public T Read<T>(string field) where T : unmanaged
    {
        Need(sizeof(T), field);
        T value = Unsafe.ReadUnaligned<T>(start + Position);
        Position += sizeof(T);
        return value;
    }

    /// <summary>A count of things of which each takes at least <paramref name="least"/> bytes, checked against what the file has left.</summary>
    public int ReadCount(string field, int least)
    {
        ulong count = Read<ulong>(field);
        if (count > (ulong)(Remaining / least) || count > (ulong)Array.MaxLength)
            throw Broken($"{field} is {count}, but only {Remaining} bytes follow (each takes at least {least}).");
        return (int)count;
    }

    /// <summary>A key or the name of a tensor.</summary>
    public string ReadName(string field)
    {
        ReadOnlySpan<byte> text = ReadText(field);
        if (text.Length > MaxName) throw Broken($"{field} has {text.Length} bytes, expected at most {MaxName}.");
        if (text.IsEmpty) throw Broken($"{field} is empty.");
        if (!Utf8.IsValid(text)) throw Broken($"{field} is not valid UTF-8.");
        return Encoding.UTF8.GetString(text);
    }

    /// <summary>The type and the value of metadata.</summary>
    public GgufValue ReadValue(string key)
    {
        GgufValueType type = ReadType(key);
        return type == GgufValueType.Array ? ReadArray(key, 1) : new(type, type, ReadScalar(key, type));
    }

    /// <summary>A problem of the file, with the place.</summary>
    public WeightFormatException Broken(string problem) => new(file, null, $"{problem.TrimEnd('.')} (at byte {Position}).");

    private object ReadScalar(string key, GgufValueType type) => type switch
    {
        GgufValueType.UInt8 => Read<byte>(key),
        GgufValueType.Int8 => Read<sbyte>(key),
        GgufValueType.UInt16 => Read<ushort>(key),
        GgufValueType.Int16 => Read<short>(key),
        GgufValueType.UInt32 => Read<uint>(key),
        GgufValueType.Int32 => Read<int>(key),
        GgufValueType.Float32 => Read<float>(key),
        GgufValueType.Bool => ReadBool(key),
        GgufValueType.String => Encoding.UTF8.GetString(ReadText(key)),
        GgufValueType.UInt64 => Read<ulong>(key),
        GgufValueType.Int64 => Read<long>(key),
        _ => Read<double>(key),
    };

    private GgufValue ReadArray(string key, int depth)
    {
        if (depth > MaxDepth) throw Broken($"{key} has arrays in arrays deeper than {MaxDepth}.");
        GgufValueType type = ReadType(key);
        object content = type switch
        {
            GgufValueType.UInt8 => ReadNumbers<byte>(key),
            GgufValueType.Int8 => ReadNumbers<sbyte>(key),
            GgufValueType.UInt16 => ReadNumbers<ushort>(key),
            GgufValueType.Int16 => ReadNumbers<short>(key),
            GgufValueType.UInt32 => ReadNumbers<uint>(key),
            GgufValueType.Int32 => ReadNumbers<int>(key),
            GgufValueType.Float32 => ReadNumbers<float>(key),
            GgufValueType.Bool => Array.ConvertAll(ReadNumbers<byte>(key), value => AsBool(key, value)),
            GgufValueType.String => ReadStrings(key),
            GgufValueType.Array => ReadArrays(key, depth),
            GgufValueType.UInt64 => ReadNumbers<ulong>(key),
            GgufValueType.Int64 => ReadNumbers<long>(key),
            _ => ReadNumbers<double>(key),
        };
        return new(GgufValueType.Array, type, content);
    }

    private T[] ReadNumbers<T>(string key) where T : unmanaged
    {
        int count = ReadCount($"the length of {key}", sizeof(T));
        var values = new T[count];
        fixed (T* target = values)
            Buffer.MemoryCopy(start + Position, target, (long)count * sizeof(T), (long)count * sizeof(T));
        Position += (long)count * sizeof(T);
        return values;
    }

    // Once over the lengths, so that the text is allocated once and only when all of it is there; then once over the bytes.
    private GgufStrings ReadStrings(string key)
    {
        int count = ReadCount($"the length of {key}", sizeof(ulong));
        long first = Position, total = 0;
        for (int i = 0; i < count; i++) total += ReadText(key).Length;
        if (total > Array.MaxLength) throw Broken($"{key} has {total} bytes of text, expected at most {Array.MaxLength}.");
        var text = new byte[total];
        var ends = new int[count];
        Position = first;
        for (int i = 0, end = 0; i < count; i++)
        {
            ReadOnlySpan<byte> item = ReadText(key);
            item.CopyTo(text.AsSpan(end));
            ends[i] = end += item.Length;
        }
        return new(text, ends);
    }

    private GgufValue[] ReadArrays(string key, int depth)
    {
        var items = new GgufValue[ReadCount($"the length of {key}", sizeof(uint) + sizeof(ulong))];
        for (int i = 0; i < items.Length; i++) items[i] = ReadArray(key, depth + 1);
        return items;
    }

    private ReadOnlySpan<byte> ReadText(string field)
    {
        ulong count = Read<ulong>(field);
        if (count > (ulong)Remaining || count > (ulong)Array.MaxLength)
            throw Broken($"{field} is a string of {count} bytes, but only {Remaining} follow.");
        var text = new ReadOnlySpan<byte>(start + Position, (int)count);
        Position += text.Length;
        return text;
    }

    private GgufValueType ReadType(string key)
    {
        uint type = Read<uint>(key);
        if (type > (uint)GgufValueType.Float64) throw Broken($"{key} has the type {type}, expected 0 to {(uint)GgufValueType.Float64}.");
        return (GgufValueType)type;
    }

    private bool ReadBool(string key) => AsBool(key, Read<byte>(key));

    private bool AsBool(string key, byte value) => value <= 1 ? value == 1 : throw Broken($"{key} is a truth value of {value}, expected 0 or 1.");

    private void Need(int count, string field)
    {
        if (count > Remaining) throw Broken($"truncated: {field} takes {count} bytes, but only {Remaining} follow.");
    }
}
