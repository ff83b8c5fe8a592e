using System.Buffers.Binary;
using System.Text;

namespace Heed.Training;

/// <summary>Writes a protobuf message field by field (protobuf.dev/programming-guides/encoding).</summary>
internal sealed class ProtobufMessage
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5; // wire types

    private readonly MemoryStream stream = new();

    public byte[] ToArray() => stream.ToArray();

    public void Integer(int field, long value)
    {
        Key(field, Varint);
        Number((ulong)value);
    }

    public void Double(int field, double value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        Key(field, Fixed64);
        stream.Write(bytes);
    }

    public void Float(int field, float value)
    {
        Key(field, Fixed32);
        Write(value);
    }

    /// <summary>A list of one number.</summary>
    public void PackedFloat(int field, float value)
    {
        Key(field, Bytes);
        Number(4);
        Write(value);
    }

    public void Text(int field, string value) => Content(field, Encoding.UTF8.GetBytes(value));

    public void Message(int field, ProtobufMessage value) => Content(field, value.stream.GetBuffer().AsSpan(0, (int)value.stream.Length));

    private void Content(int field, ReadOnlySpan<byte> bytes)
    {
        Key(field, Bytes);
        Number((ulong)bytes.Length);
        stream.Write(bytes);
    }

    private void Key(int field, int wireType) => Number((ulong)(field << 3 | wireType));

    // Seven bits a byte, the lowest first; the highest bit says that more follow.
    private void Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7) stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }

    private void Write(float value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        stream.Write(bytes);
    }
}
