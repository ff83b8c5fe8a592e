using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Heed.Formats;

namespace Heed.Tests.Formats;

public sealed class SafetensorsTests
{
    private static readonly string TinyHeader =
        """{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[1,1],"data_offsets":[8,10]}}""";

    // 1.0f = 3f800000, -2.5f = c0200000; 3.0 as BF16 = 4040. The JSON has 142 bytes, padded to 144 = 0x90.
    private static byte[] Tiny() =>
    [
        0x90, 0, 0, 0, 0, 0, 0, 0,
        .. Encoding.ASCII.GetBytes(TinyHeader), (byte)' ', (byte)' ',
        0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x20, 0xc0,
        0x40, 0x40,
    ];

    [Fact]
    public void WritesTheBytesComputedByHand()
    {
        Assert.Equal(142, TinyHeader.Length);
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["t"],
        [
            SafetensorsEntry.Floats("b", [1, 1], new[] { 3f }, WeightType.BF16), // smaller elements go last
            SafetensorsEntry.Floats("w", [2], new[] { 1f, -2.5f }),
        ]);
        Assert.Equal(Tiny(), System.IO.File.ReadAllBytes(folder["t"]));
        Assert.Equal(["t"], folder.Names);
    }

    [Fact]
    public void ReadsTheBytesComputedByHand()
    {
        using var folder = new TemporaryFolder();
        System.IO.File.WriteAllBytes(folder["t"], Tiny());
        using WeightSource source = WeightSource.Open(folder["t"]);
        Assert.Equal(["w", "b"], source.Weights.Keys);
        WeightInfo w = source.Weights["w"], b = source.Weights["b"];
        Assert.Equal(("w", WeightType.F32, 2L, 8L), (w.Name, w.Type, w.Count, w.ByteLength));
        Assert.Equal([1L, 1L], b.Shape);
        Assert.Equal("pt", source.Metadata["format"]);
        var values = new float[2];
        source.ReadFloats("w", values);
        Assert.Equal([1f, -2.5f], values);
        source.ReadFloats("w", 1, values.AsSpan(0, 1));
        Assert.Equal(-2.5f, values[0]);
        source.ReadFloats("b", values.AsSpan(1));
        Assert.Equal(3f, values[1]);
        Assert.Equal([0x40, 0x40], source.ReadBytes("b").ToArray());
        Assert.Equal([0x20, 0xc0], source.ReadBytes("w", 6, 2).ToArray());
    }

    [Fact]
    public void WrongArgumentsSayWhatWasGivenAndExpected()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["t"], [SafetensorsEntry.Floats("w", [2, 3], new float[6]), SafetensorsEntry.Int64s("i", [1], new long[] { 7 })]);
        WeightSource source = WeightSource.Open(folder["t"]);
        ArgumentException wrong = Assert.Throws<ArgumentException>(() => source.ReadFloats("w", new float[5]));
        Assert.Contains("'w' F32 [2, 3] has 6 elements, the destination 5", wrong.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => source.ReadFloats("i", new float[1]));
        Assert.Throws<ArgumentException>(() => source.ReadInt64s("w"));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.ReadFloats("w", 5, new float[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.ReadFloats("w", -1, new float[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.ReadFloats("w", long.MaxValue, new float[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.ReadBytes("w", 20, 5).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => source.ReadBytes("w", long.MaxValue, 5).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => source.ReadBytes("w", 0, -1).Length);
        Assert.Throws<KeyNotFoundException>(() => source.ReadBytes("x").Length);
        source.Dispose();
        source.Dispose();
        Assert.Throws<ObjectDisposedException>(() => source.ReadFloats("w", new float[6]));
        Assert.Throws<ObjectDisposedException>(() => source.ReadBytes("w").Length);

        Assert.Throws<ArgumentException>(() => SafetensorsEntry.Floats("w", [2, 3], new float[5]));
        Assert.Throws<ArgumentException>(() => SafetensorsEntry.Floats("w", [1], new float[1], WeightType.I32));
        Assert.Throws<ArgumentException>(() => SafetensorsEntry.Int64s("w", [-1], Array.Empty<long>()));
        Assert.Throws<ArgumentException>(() => SafetensorsEntry.Int32s("w", [1L << 40, 1L << 40], Array.Empty<int>()));
        Assert.ThrowsAny<ArgumentException>(() => SafetensorsEntry.Floats("w\ud800", [1], new float[1]));
    }

    [Fact]
    public void OpensFoldersAndSaysWhatIsMissing()
    {
        using var folder = new TemporaryFolder();
        FileNotFoundException none = Assert.Throws<FileNotFoundException>(() => WeightSource.Open(folder.Path));
        Assert.Contains("model.safetensors.index.json", none.Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => WeightSource.Open(folder["absent"]));
        SafetensorsWriter.Write(folder["model.safetensors"], [SafetensorsEntry.Floats("w", [], new[] { 1f })]);
        System.IO.File.WriteAllText(folder["model.safetensors.index.json"], "not used: the single file wins");
        using WeightSource source = WeightSource.Open(folder.Path);
        Assert.IsType<SafetensorsFile>(source);
    }

    [Fact]
    public void EveryHalfWidensExactly()
    {
        // All 65536 patterns, in a vector-aligned and in a ragged length, at an odd address of the file.
        byte[] bytes = new byte[65536 * 2];
        for (int i = 0; i < 65536; i++) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), (ushort)i);
        using var folder = new TemporaryFolder();
        string header = """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"h":{"dtype":"F16","shape":[65536],"data_offsets":[1,131073]},"b":{"dtype":"BF16","shape":[65536],"data_offsets":[131073,262145]}}""";
        System.IO.File.WriteAllBytes(folder["t"], File(header, [7, .. bytes, .. bytes]));
        using WeightSource source = WeightSource.Open(folder["t"]);
        var half = new float[65536];
        var brain = new float[65536];
        source.ReadFloats("h", half);
        source.ReadFloats("b", brain);
        var ragged = new float[65535];
        source.ReadFloats("h", 1, ragged);
        for (int i = 0; i < 65536; i++)
        {
            Assert.Equal((uint)i << 16, BitConverter.SingleToUInt32Bits(brain[i]));
            float expected = (float)BitConverter.UInt16BitsToHalf((ushort)i);
            if (float.IsNaN(expected)) Assert.True(float.IsNaN(half[i]) && (BitConverter.SingleToUInt32Bits(half[i]) & 0x7FFFFF) == (uint)(i & 0x3FF) << 13);
            else Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(half[i]));
            if (i > 0) Assert.Equal(BitConverter.SingleToUInt32Bits(half[i]), BitConverter.SingleToUInt32Bits(ragged[i - 1]));
        }
    }

    [Fact]
    public void BFloat16RoundsToNearestEven()
    {
        foreach ((uint bits, ushort expected) in new (uint, ushort)[]
        {
            (0x3f800000, 0x3f80), (0x3f808000, 0x3f80), (0x3f808001, 0x3f81), (0x3f818000, 0x3f82), (0x3f817fff, 0x3f81), // ties go to even
            (0x7f7fffff, 0x7f80), (0xff800000, 0xff80), (0x7f800001, 0x7fc0), (0xffffffff, 0xffff), (0x80000000, 0x8000), (0x00000001, 0x0000),
        })
            Assert.Equal(expected, Widening.ToBFloat16(BitConverter.UInt32BitsToSingle(bits)));
    }

    [Fact]
    public void AnyWeightsSurviveTheRoundTrip()
    {
        using var folder = new TemporaryFolder();
        Gen<SafetensorsEntryData> weight = Gen.Select(Gen.Enum<WeightType>().Where(type => !type.IsBlocked()), Gen.Long[0, 5].Array[0, 4], Gen.String[0, 12], Gen.Int)
            .Select((type, shape, name, seed) => new SafetensorsEntryData(type, shape, name, seed));
        int file = 0;
        weight.Array[0, 8].Where(list => list.All(item => item.IsWritable) && list.DistinctBy(item => item.Name).Count() == list.Length).Sample(list =>
        {
            string path = folder[$"{Interlocked.Increment(ref file)}"];
            SafetensorsWriter.Write(path, list.Select(item => item.Entry()), new Dictionary<string, string> { ["a\"\u00e9"] = "\u4e2d\n" });
            using WeightSource source = WeightSource.Open(path);
            Assert.Equal(list.Length, source.Weights.Count);
            Assert.Equal("\u4e2d\n", source.Metadata["a\"\u00e9"]);
            foreach (SafetensorsEntryData item in list)
            {
                WeightInfo info = source.Weights[item.Name];
                Assert.Equal(item.Type, info.Type);
                Assert.Equal(item.Shape, info.Shape);
                Assert.Equal(0, info.Offset % item.Type.ElementSize());
                Assert.Equal(item.Bytes(), source.ReadBytes(item.Name).ToArray());
            }

            // Copied weight by weight, the file is the same.
            SafetensorsWriter.Write(path + "c", source.Weights.Keys.Select(name => SafetensorsEntry.Copy(source, name)), source.Metadata);
            Assert.Equal(System.IO.File.ReadAllBytes(path), System.IO.File.ReadAllBytes(path + "c"));
        }, iter: 300);
    }

    [Fact]
    public void NumbersSurviveTheRoundTrip()
    {
        // More than one chunk of the writer and more than one part of the reader.
        var random = new Random(5);
        var floats = new float[200_003];
        var longs = new long[70_001];
        var ints = new int[90_001];
        for (int i = 0; i < floats.Length; i++) floats[i] = BitConverter.Int32BitsToSingle(random.Next() & 0x7effffff) * (i % 2 == 0 ? 1 : -1);
        for (int i = 0; i < longs.Length; i++) longs[i] = random.NextInt64(long.MinValue, long.MaxValue);
        for (int i = 0; i < ints.Length; i++) ints[i] = random.Next(int.MinValue, int.MaxValue);
        var small = new float[200_003];
        for (int i = 0; i < small.Length; i++) small[i] = (i % 2048 - 1000) / 64f; // exact in F16

        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["t"],
        [
            SafetensorsEntry.Floats("f32", [200_003], floats),
            SafetensorsEntry.Floats("f64", [200_003], floats, WeightType.F64),
            SafetensorsEntry.Floats("f16", [200_003], (start, part) => small.AsSpan((int)start, part.Length).CopyTo(part), WeightType.F16),
            SafetensorsEntry.Floats("bf16", [200_003], floats, WeightType.BF16),
            SafetensorsEntry.Int64s("i64", [70_001], longs),
            SafetensorsEntry.Int32s("i32", [70_001 + 20_000], ints),
        ]);
        using WeightSource source = WeightSource.Open(folder["t"]);
        var read = new float[200_003];
        source.ReadFloats("f32", read);
        Assert.Equal(floats, read);
        source.ReadFloats("f64", read);
        Assert.Equal(floats, read);
        source.ReadFloats("f16", read);
        Assert.Equal(small, read);
        source.ReadFloats("bf16", read);
        for (int i = 0; i < read.Length; i++)
        {
            Assert.InRange(Math.Abs((double)read[i] - floats[i]), 0, Math.Abs(floats[i]) / 256.0 + 1e-40);
            Assert.Equal(0u, BitConverter.SingleToUInt32Bits(read[i]) & 0xFFFF);
        }
        Assert.Equal(longs, source.ReadInt64s("i64"));
        Assert.Equal(ints.Select(value => (long)value), source.ReadInt64s("i32"));
    }

    [Fact]
    public void SmallIntegersWidenWithTheirSign()
    {
        using var folder = new TemporaryFolder();
        string header = """{"i16":{"dtype":"I16","shape":[2],"data_offsets":[0,4]},"i8":{"dtype":"I8","shape":[2],"data_offsets":[4,6]},"u8":{"dtype":"U8","shape":[2],"data_offsets":[6,8]},"b":{"dtype":"BOOL","shape":[2],"data_offsets":[8,10]}}""";
        System.IO.File.WriteAllBytes(folder["t"], File(header, [0xfe, 0xff, 0xff, 0x7f, 0x80, 0x7f, 0x80, 0x7f, 1, 0]));
        using WeightSource source = WeightSource.Open(folder["t"]);
        Assert.Equal([-2, 32767], source.ReadInt64s("i16"));
        Assert.Equal([-128, 127], source.ReadInt64s("i8"));
        Assert.Equal([128, 127], source.ReadInt64s("u8"));
        Assert.Equal([1, 0], source.ReadInt64s("b"));
    }

    [Theory]
    [InlineData("gpt2/model.safetensors")]
    [InlineData("llama-bf16-sharded/model-00001-of-00003.safetensors")]
    [InlineData("gpt2-train/grads.safetensors")]
    public void FilesOfTheReferenceImplementationAreRewrittenByteForByte(string fixture)
    {
        using var folder = new TemporaryFolder();
        using WeightSource source = WeightSource.Open(FixtureFolder.Path(fixture));
        SafetensorsWriter.Write(folder["t"], source.Weights.Keys.Select(name => SafetensorsEntry.Copy(source, name)), source.Metadata);
        Assert.Equal(System.IO.File.ReadAllBytes(FixtureFolder.Path(fixture)), System.IO.File.ReadAllBytes(folder["t"]));
    }

    [Fact]
    public void AFailedWriteLeavesNothingAndKeepsTheOldFile()
    {
        using var folder = new TemporaryFolder();
        System.IO.File.WriteAllText(folder["t"], "old");
        var good = SafetensorsEntry.Floats("a", [1], new float[1]);
        var tooFew = new SafetensorsEntry("w", WeightType.F32, [2], stream => stream.Write(new byte[7]));
        var tooMany = new SafetensorsEntry("w", WeightType.F32, [2], stream => stream.Write(new byte[9]));
        var broken = new SafetensorsEntry("w", WeightType.F32, [2], _ => throw new TimeoutException());
        Assert.Contains("'w' F32 [2]: 7 bytes were written, expected 8", Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(folder["t"], [good, tooFew])).Message, StringComparison.Ordinal);
        Assert.Contains("expected 8", Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(folder["t"], [good, tooMany])).Message, StringComparison.Ordinal);
        Assert.Throws<TimeoutException>(() => SafetensorsWriter.Write(folder["t"], [good, broken]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder["t"], [good, good]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder["t"], [SafetensorsEntry.Floats("__metadata__", [1], new float[1])]));
        Assert.Equal(["t"], folder.Names);
        Assert.Equal("old", System.IO.File.ReadAllText(folder["t"]));

        // Larger than any disk: the room is reserved first. Where that is not possible the callback plays the full disk.
        var huge = new SafetensorsEntry("w", WeightType.U8, [1L << 60], _ => throw new IOException("There is no space."));
        IOException full = Assert.Throws<IOException>(() => SafetensorsWriter.Write(folder["t"], [huge]));
        Assert.Contains(folder["t"], full.Message, StringComparison.Ordinal);
        Assert.Equal(["t"], folder.Names);
        Assert.Equal("old", System.IO.File.ReadAllText(folder["t"]));
    }

    [Fact]
    public void AnOpenFileCanBeReplaced()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not replace mapped files.");
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["t"], [SafetensorsEntry.Floats("w", [1], new[] { 1f })]);
        using WeightSource old = WeightSource.Open(folder["t"]);
        SafetensorsWriter.Write(folder["t"], [SafetensorsEntry.Copy(old, "w", "renamed"), SafetensorsEntry.Floats("w", [1], new[] { 2f })]);
        using WeightSource replaced = WeightSource.Open(folder["t"]);
        var value = new float[1];
        old.ReadFloats("w", value);
        Assert.Equal(1f, value[0]);
        replaced.ReadFloats("renamed", value);
        Assert.Equal(1f, value[0]);
        replaced.ReadFloats("w", value);
        Assert.Equal(2f, value[0]);
    }

    /// <summary>A file of a header and data as given.</summary>
    internal static byte[] File(string header, ReadOnlySpan<byte> data) => File(Encoding.UTF8.GetBytes(header), data);

    internal static byte[] File(byte[] header, ReadOnlySpan<byte> data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. data];
    }

    private sealed record SafetensorsEntryData(WeightType Type, long[] Shape, string Name, int Seed)
    {
        public bool IsWritable => Name != "__metadata__" && !Name.EnumerateRunes().Contains(Rune.ReplacementChar);

        public SafetensorsEntry Entry() => new(Name, Type, Shape, stream => stream.Write(Bytes()));

        public byte[] Bytes()
        {
            var bytes = new byte[Shape.Aggregate(1L, (a, b) => a * b) * Type.ElementSize()];
            new Random(Seed).NextBytes(bytes);
            return bytes;
        }
    }
}
