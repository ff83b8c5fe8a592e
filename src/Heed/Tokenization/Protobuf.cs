using System.Buffers.Binary;
using System.Text;

namespace Heed.Tokenization;

/// <summary>
/// Reads the fields of one protobuf message, one after another (protobuf.dev, "Encoding"). Every length is held against the bytes
/// that are there; groups, which the format has given up, are an error.
/// </summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message, string place)
{
    private readonly ReadOnlySpan<byte> message = message;
    private int at;
    private int wire;

    /// <summary>The number of the field that <see cref="Next"/> went to.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field, whose value must then be read or skipped.</summary>
    public bool Next()
    {
        if (at == message.Length) return false;
        ulong key = Varint();
        wire = (int)(key & 7);
        if (key >> 3 is 0 or > int.MaxValue) throw Damaged($"the field number {key >> 3}");
        Field = (int)(key >> 3);
        return true;
    }

    public ReadOnlySpan<byte> Bytes()
    {
        Expect(2, "bytes");
        ulong length = Varint();
        if (length > (ulong)(message.Length - at)) throw Damaged($"a length of {length} bytes where {message.Length - at} are left");
        ReadOnlySpan<byte> bytes = message.Slice(at, (int)length);
        at += (int)length;
        return bytes;
    }

    public string Text()
    {
        ReadOnlySpan<byte> bytes = Bytes();
        return System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw Damaged("a text that is no UTF-8");
    }

    public float Float()
    {
        Expect(5, "a 32-bit number");
        if (message.Length - at < 4) throw Damaged("its end inside a number");
        at += 4;
        return BinaryPrimitives.ReadSingleLittleEndian(message[(at - 4)..]);
    }

    /// <summary>A whole number; negative ones are written as 64 bits.</summary>
    public int Int()
    {
        Expect(0, "a whole number");
        long value = (long)Varint();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Damaged($"the number {value}");
    }

    public bool Bool()
    {
        Expect(0, "true or false");
        return Varint() != 0;
    }

    /// <summary>Passes over the value.</summary>
    public void Skip()
    {
        switch (wire)
        {
            case 0:
                Varint();
                break;
            case 1:
                Fixed(8);
                break;
            case 2:
                Bytes();
                break;
            case 5:
                Fixed(4);
                break;
            default:
                throw Damaged($"the wire type {wire}");
        }
    }

    private void Fixed(int size)
    {
        if (message.Length - at < size) throw Damaged("its end inside a number");
        at += size;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (at == message.Length) throw Damaged("its end inside a number");
            byte b = message[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80) return value;
        }
        throw Damaged("a number of more than ten bytes");
    }

    private readonly void Expect(int expected, string what)
    {
        if (wire != expected) throw Damaged($"the wire type {wire} in field {Field}, where {what} must stand,");
    }

    private readonly FormatException Damaged(string what) => new($"{place} is damaged: it has {what} at byte {at}.");
}
