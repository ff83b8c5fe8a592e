using System.Text;
using Heed.Formats;
using Heed.Formats.Gguf;

namespace Heed.Tests.Formats;

/// <summary>Broken and malicious files: always a <see cref="WeightFormatException"/> that says what is wrong, never a large allocation, never a read outside the file.</summary>
public sealed class HostileGgufTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void BrokenHeadersAreNamed()
    {
        foreach ((byte[] bytes, string expected) in new (byte[], string)[]
        {
            ([], "truncated: 0 bytes, expected at least the 24 of magic, version and counts"),
            (new byte[23], "truncated: 23 bytes"),
            (new byte[24], "not a GGUF file: it starts with 0x00000000, expected 'GGUF'"),
            (Bytes("GGUF", 1u, 0L, 0L), "GGUF version 1, expected 2 or 3"),
            (Bytes("GGUF", 4u, 0L, 0L), "GGUF version 4, expected 2 or 3"),
            (Bytes("GGUF", 0x03000000u, 0L, 0L), "big-endian"),
            (Bytes("GGUF", 3u, 1L, 0L), "the number of tensors is 1, but only 8 bytes follow"),
            (Bytes("GGUF", 3u, ulong.MaxValue, 0L), "the number of tensors is 18446744073709551615"),
            (Bytes("GGUF", 3u, 0L, 1L), "the number of metadata entries is 1, but only 0 bytes follow"),
            (Bytes("GGUF", 3u, 0L, long.MaxValue, new byte[99]), "the number of metadata entries is 9223372036854775807"),
            (File(0, 1, (ulong)50, new byte[20]), "the key of metadata is a string of 50 bytes, but only 20 follow"),
            (File(0, 1, ulong.MaxValue, new byte[20]), "is a string of 18446744073709551615 bytes"),
            (File(0, 1, "", 4u, new byte[20]), "the key of metadata is empty"),
            (File(0, 1, new string('k', 65536), 4u, 1u), "the key of metadata has 65536 bytes, expected at most 65535"),
            (File(0, 1, 1L, (byte)0xff, 4u, 1u), "the key of metadata is not valid UTF-8"),
            (File(0, 1, "k", 13u, 1u), "metadata 'k' has the type 13, expected 0 to 12 (at byte 37)"),
            (File(0, 1, "k", 10u, 1u), "truncated: metadata 'k' takes 8 bytes, but only 4 follow"),
            (File(0, 1, "k", 7u, (byte)2), "metadata 'k' is a truth value of 2"),
            (File(0, 1, "k", 9u, 7u, 2L, (byte)1, (byte)3), "metadata 'k' is a truth value of 3"),
            (File(0, 1, "k", 8u, long.MaxValue), "metadata 'k' is a string of 9223372036854775807 bytes, but only 0 follow"),
            (File(0, 1, "k", 9u, 4u, 3L, new byte[11]), "the length of metadata 'k' is 3, but only 11 bytes follow (each takes at least 4)"),
            (File(0, 1, "k", 9u, 8u, 1L << 40, new byte[11]), "the length of metadata 'k' is 1099511627776"),
            (File(0, 1, "k", 9u, 8u, 2L, "ab", 9L, (byte)1), "metadata 'k' is a string of 9 bytes, but only 1 follow"),
            (File(0, 1, "k", 9u, 9u, 1L, 9u, 1L, 9u, 1L, 9u, 1L, 9u, 1L, 9u, 1L, 9u, 1L, 9u, 1L, 4u, 0L), "arrays in arrays deeper than 8"),
            (File(0, 2, "k", 4u, 1u, "k", 4u, 1u), "metadata 'k' stands twice"),
            (File(0, 1, "general.alignment", 4u, 0u), "metadata 'general.alignment' is UInt32 0, expected a power of two"),
            (File(0, 1, "general.alignment", 4u, 48u), "is UInt32 48, expected a power of two"),
            (File(0, 1, "general.alignment", 4u, 1u << 31), "expected a power of two up to 1073741824"),
            (File(0, 1, "general.alignment", 8u, "32"), "is String '32', expected a power of two"),
            (File(0, 1, "split.count", 2u, (ushort)3), "one of the 3 files of a split model"),
            (File(0, 1, "split.count", 8u, "3"), "metadata 'split.count' is String '3', expected an integer"),
            (File(1, 0, "", 1u, 1L, 0u, 0L, new byte[64]), "the name of a tensor is empty"),
            (File(1, 0, "w", 5u, 1L, 1L, 1L, 1L, 1L, 0u, 0L), "tensor 'w': 5 axes, expected at most 4"),
            (File(1, 0, "w", uint.MaxValue, 0u, 0L, new byte[64]), "4294967295 axes"),
            (File(1, 0, "w", 1u, -1L, 0u, 0L), "axis 0 has 18446744073709551615 elements"),
            (File(1, 0, "w", 2u, 1L << 40, 1L << 40, 0u, 0L), "shape [1099511627776, 1099511627776] of F32 overflows"),
            (File(1, 0, "w", 1u, long.MaxValue, 0u, 0L), "overflows: more than 9223372036854775807 bytes"),
            (File(1, 0, "w", 3u, 0L, 1L << 40, 1L << 40, 0u, 0L), "overflows"),
            (File(1, 0, "w", 1u, 1L, 40u, 0L), "type 40 is not supported, expected one of"),
            (File(1, 0, "w", 1u, 256L, 16u, 0L, new byte[99]), "tensor 'w': type IQ2_XXS (16) is not supported, expected one of F64, F32, F16, BF16"),
            (File(1, 0, "w", 1u, 256L, 34u, 0L, new byte[99]), "tensor 'w': type TQ1_0 (34) is not supported"),
            (File(1, 0, "w", 1u, 4L, 4u, 0L, new byte[99]), "type 4 is not supported"),
            (File(1, 0, "w", 1u, 33L, 2u, 0L, new byte[99]), "rows of 33 elements, expected a multiple of 32, the block of Q4_0"),
            (File(1, 0, "w", 2u, 128L, 2L, 12u, 0L, new byte[999]), "rows of 128 elements, expected a multiple of 256, the block of Q4_K"),
            (File(1, 0, "w", 0u, 2u, 0L, new byte[99]), "rows of 1 elements, expected a multiple of 32"),
            (File(1, 0, "w", 1u, 1L, 0u, 16L, new byte[99]), "offset 16 is no multiple of the alignment 32"),
            (File(1, 0, "w", 1u, 1L, 0u, 0xFFFFFFFFFFFFFFE0ul, new byte[99]), "at offset 18446744073709551584 takes 4 bytes"),
            (File(1, 0, "w", 1u, 5L, 0u, 0L, new byte[7 + 19]), "tensor 'w': F32 [5] at offset 0 takes 20 bytes, but the file has 19 bytes of data"),
            (File(1, 0, "w", 1u, 1L, 0u, 0L), "the file has 0 bytes of data"),
            (File(2, 0, "w", 1u, 1L, 0u, 0L, "w", 1u, 1L, 0u, 32L, new byte[99]), "tensor 'w': the name stands twice"),
            (File(2, 0, "v", 1u, 9L, 0u, 0L, "w", 1u, 1L, 0u, 32L, new byte[99]), "tensor 'w': its data overlaps that of tensor 'v'"),
        })
        {
            WeightFormatException? e = Refused(bytes);
            Assert.True(e is not null, expected);
            Assert.Contains(expected, e.Message, StringComparison.Ordinal);
            Assert.Contains(folder["x.gguf"], e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WhatLooksOddButIsAllowedIsRead()
    {
        Assert.Null(Refused(File(0, 0)));
        Assert.Null(Refused(File(1, 0, "w", 1u, 5L, 0u, 0L, new byte[7 + 20]))); // no padding behind the last tensor
        Assert.Null(Refused(File(1, 0, "w", 0u, 0u, 0L, new byte[99]))); // a scalar
        Assert.Null(Refused(File(2, 0, "v", 1u, 0L, 0u, 0L, "w", 1u, 8L, 0u, 0L, new byte[99]))); // an empty tensor at the place of another
        Assert.Null(Refused(File(2, 0, "v", 1u, 1L, 0u, 64L, "w", 1u, 8L, 0u, 0L, new byte[200]))); // in another order, with a gap
        Assert.Null(Refused(File(1, 1, "split.count", 2u, (ushort)1, "w", 1u, 0L, 0u, 0L, new byte[99])));
    }

    // Mutations of valid files: every weight inside the file, or an error; memory in proportion to the file.
    [Fact]
    public void MutatedFilesAreReadOrRefused()
    {
        byte[] fixture = System.IO.File.ReadAllBytes(FixtureFolder.Path("gguf/every-type.gguf"));
        byte[] small = File(2, 3, "general.alignment", 4u, 16u, "a", 9u, 8u, 2L, "xy", "z", "b", 9u, 9u, 1L, 5u, 1L, 7, "v", 2u, 32L, 2L, 8u, 0L, "w", 1u, 4L, 0u, 80L, new byte[160]);
        Assert.Null(Refused(small));
        var random = new Random(7);
        int refused = 0, cases = Brief.Or(4000, 400);
        for (int i = 0; i < cases; i++)
        {
            byte[] bytes = (byte[])(i % 8 == 0 ? fixture : small).Clone();
            int header = bytes == fixture ? 6000 : bytes.Length - 150;
            switch (random.Next(4))
            {
                case 0:
                    for (int flips = random.Next(1, 4); flips > 0; flips--) bytes[random.Next(4, header)] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes = bytes[..random.Next(bytes.Length)];
                    break;
                case 2: // a count, length or offset that is far too large
                    BitConverter.TryWriteBytes(bytes.AsSpan(random.Next(8, header - 8)), random.NextInt64(long.MaxValue) >> random.Next(60));
                    break;
                default:
                    int from = random.Next(header - 16), to = random.Next(header - 16), count = random.Next(1, 16);
                    bytes.AsSpan(from, count).ToArray().CopyTo(bytes.AsSpan(to));
                    break;
            }
            long before = GC.GetAllocatedBytesForCurrentThread();
            if (HeaderRefused(bytes)) refused++;
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 10_000 + 16 * bytes.Length, $"case {i}: {allocated} bytes allocated for a file of {bytes.Length}");
            if (i % 50 == 0) Refused(bytes);
        }
        Assert.InRange(refused, cases / 2, cases - 1);
    }

    private static unsafe bool HeaderRefused(byte[] bytes)
    {
        if (bytes.Length < GgufHeader.FixedLength) return true;
        try
        {
            fixed (byte* start = bytes)
            {
                foreach (WeightInfo info in GgufHeader.Parse("x", start, bytes.Length).Weights.Values)
                    Assert.True(info.ByteLength == info.Type.ByteLength(info.Count) && info.Offset >= 0 && info.Offset <= bytes.Length - info.ByteLength, info.ToString());
            }
            return false;
        }
        catch (WeightFormatException)
        {
            return true;
        }
    }

    // Null where the file can be read to its last weight.
    private WeightFormatException? Refused(byte[] bytes)
    {
        System.IO.File.WriteAllBytes(folder["x.gguf"], bytes);
        try
        {
            using WeightSource source = WeightSource.Open(folder["x.gguf"]);
            foreach (WeightInfo info in source.Weights.Values)
            {
                ReadOnlySpan<byte> data = source.ReadBytes(info.Name);
                Assert.Equal(info.ByteLength, data.Length);
                foreach (byte value in data) _ = value;
                if (info.Type.IsFloat() && info.Count > 0) source.ReadFloats(info.Name, info.Count - 1, new float[1]);
            }
            return null;
        }
        catch (WeightFormatException e)
        {
            return e;
        }
    }

    private static byte[] File(int tensors, int entries, params object[] rest) => Bytes(["GGUF", 3u, (long)tensors, (long)entries, .. rest]);

    // Strings behind their length, but for the magic; numbers as they are.
    private static byte[] Bytes(params object[] fields)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        foreach (object field in fields)
        {
            switch (field)
            {
                case "GGUF": writer.Write("GGUF"u8); break;
                case string text:
                    writer.Write((long)Encoding.UTF8.GetByteCount(text));
                    writer.Write(Encoding.UTF8.GetBytes(text));
                    break;
                case byte[] bytes: writer.Write(bytes); break;
                case byte number: writer.Write(number); break;
                case ushort number: writer.Write(number); break;
                case int number: writer.Write(number); break;
                case uint number: writer.Write(number); break;
                case long number: writer.Write(number); break;
                case ulong number: writer.Write(number); break;
                default: throw new ArgumentException($"{field.GetType()}");
            }
        }
        return stream.ToArray();
    }
}
