using System.Buffers.Binary;
using System.Text;

namespace Heed.Tests.Training;

/// <summary>A reader of event files that shares nothing with the writer: what TensorBoard would see.</summary>
internal sealed record EventFile(string Version, IReadOnlyList<EventFile.Entry> Entries)
{
    /// <summary>A value of a step, or (tag "restart") the order to forget that step and later ones.</summary>
    internal sealed record Entry(long Step, string Tag, string Plugin, float? Number, string? Text);

    public static EventFile Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        string version = "";
        List<Entry> entries = [];
        for (int at = 0; at < bytes.Length;)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(Masked(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            ReadOnlySpan<byte> message = bytes.AsSpan(at + 12, length);
            Assert.Equal(Masked(message), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            at += length + 16;
            ILookup<int, byte[]> fields = Fields(message);
            Assert.True(BitConverter.ToDouble(fields[1].Single()) > 1e9); // seconds since 1970
            long step = fields[2].Select(Integer).SingleOrDefault();
            foreach (byte[] text in fields[3]) version = Encoding.UTF8.GetString(text);
            foreach (byte[] session in fields[7]) entries.Add(new Entry(step, "restart", Integer(Fields(session)[1].Single()) == 1 ? "start" : "?", null, null));
            foreach (byte[] summary in fields[5]) entries.AddRange(Fields(summary)[1].Select(v => Value(step, Fields(v))));
        }
        return new EventFile(version, entries);
    }

    private static Entry Value(long step, ILookup<int, byte[]> fields)
    {
        string tag = Encoding.UTF8.GetString(fields[1].Single());
        if (fields[2].SingleOrDefault() is { } simple) return new Entry(step, tag, "", BitConverter.ToSingle(simple), null);
        ILookup<int, byte[]> metadata = Fields(fields[9].Single()), tensor = Fields(fields[8].Single());
        string plugin = Encoding.UTF8.GetString(Fields(metadata[1].Single())[1].Single());
        Assert.Empty(tensor[2].Single()); // no dimensions
        return Integer(tensor[1].Single()) == 1
            ? new Entry(step, tag, plugin, BitConverter.ToSingle(tensor[5].Single()), null)
            : new Entry(step, tag, plugin, null, Encoding.UTF8.GetString(tensor[8].Single()));
    }

    private static long Integer(byte[] varint)
    {
        long value = 0;
        for (int i = 0; i < varint.Length; i++) value |= (long)(varint[i] & 0x7F) << 7 * i;
        return value;
    }

    private static ILookup<int, byte[]> Fields(ReadOnlySpan<byte> message)
    {
        List<(int Field, byte[] Value)> fields = [];
        while (!message.IsEmpty)
        {
            int key = (int)Integer(Varint(ref message));
            int length = (key & 7) switch { 0 => 0, 1 => 8, 5 => 4, 2 => (int)Integer(Varint(ref message)), _ => throw new InvalidDataException($"wire type {key & 7}") };
            if ((key & 7) == 0) fields.Add((key >> 3, Varint(ref message)));
            else
            {
                fields.Add((key >> 3, message[..length].ToArray()));
                message = message[length..];
            }
        }
        return fields.ToLookup(f => f.Field, f => f.Value);
    }

    private static byte[] Varint(ref ReadOnlySpan<byte> message)
    {
        int length = 1;
        while (message[length - 1] >= 0x80) length++;
        byte[] bytes = message[..length].ToArray();
        message = message[length..];
        return bytes;
    }

    // Bit by bit, from the polynomial.
    private static uint Masked(ReadOnlySpan<byte> data)
    {
        uint crc = ~0u;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82F63B78 : 0);
        }
        crc = ~crc;
        return unchecked((crc >> 15 | crc << 17) + 0xa282ead8);
    }
}
