using CsCheck;
using Heed.Formats;
using Heed.Formats.Gguf;

namespace Heed.Tests.Formats;

public sealed class GgufWriterTests
{
    private static readonly Gen<GgufValue> Scalar = Gen.OneOf(
        Value(Gen.Byte), Value(Gen.SByte), Value(Gen.UShort), Value(Gen.Short), Value(Gen.UInt), Value(Gen.Int), Value(Gen.ULong), Value(Gen.Long),
        Value(Gen.Float), Value(Gen.Double), Value(Gen.Bool), Value(Text));

    private static readonly Gen<GgufValue> Flat = Gen.OneOf(
        Array(Gen.Byte), Array(Gen.SByte), Array(Gen.UShort), Array(Gen.Short), Array(Gen.UInt), Array(Gen.Int), Array(Gen.ULong), Array(Gen.Long),
        Array(Gen.Float), Array(Gen.Double), Array(Gen.Bool), Array(Text));

    private static Gen<GgufValue> Value<T>(Gen<T> gen) where T : notnull => gen.Select(value => GgufValue.Of(value));

    private static Gen<GgufValue> Array<T>(Gen<T> gen) => gen.Array[0, 5].Select(value => GgufValue.Of(value));

    private static Gen<string> Text => Gen.String.Where(text => !text.Any(char.IsSurrogate));

    [Fact]
    public void AnyMetadataSurvivesTheRoundTrip()
    {
        using var folder = new TemporaryFolder();
        Gen<GgufValue> nested = Flat.Array[0, 4].Select(items => GgufValue.Of(items));
        Gen<GgufValue> value = Gen.OneOf(Scalar, Flat, nested, nested.Array[0, 3].Select(items => GgufValue.Of(items)));
        int file = 0;
        Gen.Select(Text.Where(text => text.Length > 0 && text != "split.count" && text != "general.alignment"), value).Array[0, 8].Where(list => list.DistinctBy(pair => pair.Item1).Count() == list.Length).Sample(list =>
        {
            string path = folder[$"{Interlocked.Increment(ref file)}.gguf"];
            KeyValuePair<string, GgufValue>[] entries = [.. list.Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2))];
            GgufWriter.Write(path, entries, []);
            using var source = new GgufFile(path);
            Assert.Equal(entries.Select(pair => (pair.Key, Shown(pair.Value))), source.Fields.Select(pair => (pair.Key, Shown(pair.Value))));
            Assert.Empty(source.Weights);

            // Written again from what was read, the file is the same.
            GgufWriter.Write(path + "c", source.Fields, []);
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(path + "c"));
        }, iter: 60);
    }

    [Fact]
    public void AnyTensorsSurviveTheRoundTrip()
    {
        using var folder = new TemporaryFolder();
        Gen<(WeightType Type, long[] Outer, long Blocks, int Seed)> tensor = Gen.Select(
            Gen.Enum<WeightType>().Where(type => type is not (WeightType.U8 or WeightType.Bool)), Gen.Long[0, 3].Array[0, 3], Gen.Long[0, 2], Gen.Int);
        int file = 0;
        Gen.Select(tensor.Array[0, 6], Gen.Int[0, 8]).Sample((list, shift) =>
        {
            string path = folder[$"{Interlocked.Increment(ref file)}.gguf"];
            var bytes = new List<byte[]>();
            GgufTensor[] tensors = [.. list.Select((item, i) =>
            {
                long[] shape = [.. item.Outer, item.Blocks * item.Type.BlockLength()];
                var data = new byte[item.Type.ByteLength(shape.Aggregate(1L, (a, b) => a * b))];
                new Random(item.Seed).NextBytes(data);
                bytes.Add(data);
                return new GgufTensor($"t{i}", item.Type, shape, stream => stream.Write(data));
            })];
            uint alignment = 1u << shift;
            GgufWriter.Write(path, [new("general.alignment", alignment)], tensors);
            using var source = new GgufFile(path);
            Assert.Equal(tensors.Select(one => (one.Name, one.Type, one.Count)), source.Weights.Values.Select(info => (info.Name, info.Type, info.Count)));
            for (int i = 0; i < tensors.Length; i++)
            {
                WeightInfo info = source.Weights[$"t{i}"];
                Assert.Equal(tensors[i].Shape, info.Shape);
                Assert.Equal(0, info.Offset % alignment);
                Assert.Equal(bytes[i], source.ReadBytes(info.Name).ToArray());
            }
            Assert.Equal(0, new FileInfo(path).Length % alignment);
            GgufWriter.Write(path + "c", source.Fields, source.Weights.Keys.Select(name => GgufTensor.Copy(source, name)));
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(path + "c"));
        }, iter: 60);
    }

    [Fact]
    public void FloatsAreEncodedByRows()
    {
        // More than one chunk of the writer; the last is shorter.
        const int Rows = 2100, Columns = 512;
        var values = new float[Rows * Columns];
        var random = new Random(3);
        for (int i = 0; i < values.Length; i++) values[i] = (random.Next(255) - 127) / 64f; // exact in BF16; with 127 in each run of 32 below, in Q8_0 too
        for (int i = 0; i < values.Length; i += 32) values[i] = -127 / 64f;
        using var folder = new TemporaryFolder();
        long next = 0;
        GgufWriter.Write(folder["t.gguf"], [],
        [
            GgufTensor.Floats("q", [Rows, Columns], (start, part) =>
            {
                Assert.Equal(next, start);
                Assert.Equal(0, part.Length % Columns);
                next += part.Length;
                values.AsSpan((int)start, part.Length).CopyTo(part);
            }, WeightType.Q8_0),
            GgufTensor.Floats("b", [Rows * Columns], values, WeightType.BF16),
            GgufTensor.Floats("d", [2, 1], new[] { 0.1f, 2f }, WeightType.F64),
            GgufTensor.Floats("scalar", [], new[] { 4f }),
        ]);
        Assert.Equal(values.Length, next);
        using var file = new GgufFile(folder["t.gguf"]);
        var read = new float[values.Length];
        file.ReadFloats("b", read);
        Assert.Equal(values, read);
        file.ReadFloats("q", read);
        Assert.Equal(values, read);
        var two = new float[2];
        file.ReadFloats("d", two);
        Assert.Equal([0.1f, 2f], two);
        Assert.Empty(file.Weights["scalar"].Shape);
        file.ReadFloats("scalar", two.AsSpan(1));
        Assert.Equal(4f, two[1]);
    }

    [Fact]
    public void WhatTheFormatCannotSayIsRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder["x.gguf"];
        Refused("no or more than 63 bytes", () => GgufTensor.Floats("", [1], new float[1]));
        Refused("no or more than 63 bytes", () => GgufTensor.Floats(new string('n', 64), [1], new float[1]));
        Refused("more than 4 axes", () => GgufTensor.Floats("w", [1, 1, 1, 1, 1], new float[1]));
        Refused("whole blocks of 32", () => GgufTensor.Floats("w", [32, 16], new float[512], WeightType.Q4_0));
        Refused("whole blocks of 256", () => GgufTensor.Floats("w", [128], new float[128], WeightType.Q6_K));
        Refused("no type U8", () => new GgufTensor("w", WeightType.U8, [1], _ => { }));
        Refused("not a floating-point type", () => GgufTensor.Floats("w", [1], new float[1], WeightType.I32));
        Refused("needs 2 elements, 3 were given", () => GgufTensor.Floats("w", [2], new float[3]));
        Refused("negative size or overflows", () => GgufTensor.Floats("w", [1L << 61, 4], (_, _) => { }));
        Refused("importance of 3 columns given for 4", () => GgufTensor.Floats("w", [2, 4], (_, _) => { }, WeightType.F32, new float[3]));
        Refused("no metadata of type System.Decimal", () => GgufValue.Of(1m));
        Refused("holds arrays alone", () => GgufValue.Of(new GgufValue[] { 1 }));
        Refused("", () => GgufValue.Of("\ud800"));
        Refused("stands twice", () => GgufWriter.Write(path, [new("a", 1), new("a", 2)], []));
        Refused("is empty", () => GgufWriter.Write(path, [new("", 1)], []));
        Refused("tensor 'w' stands twice", () => GgufWriter.Write(path, [], [GgufTensor.Floats("w", [1], new float[1]), GgufTensor.Floats("w", [1], new float[1])]));
        Refused("expected a UInt32 that is a power of two", () => GgufWriter.Write(path, [new("general.alignment", 24u)], []));
        Assert.Throws<InvalidOperationException>(() => GgufWriter.Write(path, [], [new GgufTensor("w", WeightType.F32, [2], stream => stream.Write(new byte[7]))]));
        Assert.Throws<InvalidOperationException>(() => GgufWriter.Write(path, [], [new GgufTensor("w", WeightType.F32, [2], stream => stream.Write(new byte[9]))]));
        Assert.Throws<TimeoutException>(() => GgufWriter.Write(path, [], [new GgufTensor("w", WeightType.F32, [2], _ => throw new TimeoutException())]));
        Assert.Empty(folder.Names);

        static void Refused(string expected, Action action) => Assert.Contains(expected, Assert.ThrowsAny<ArgumentException>(action).Message, StringComparison.Ordinal);
    }

    // The value with its types, in a form that can be compared; floats by their bits.
    private static string Shown(GgufValue value) => value.Type != GgufValueType.Array
        ? $"{value.Type}:{Bits(value.TryAs(out float single) && value.Type == GgufValueType.Float32 ? single : value.TryAs(out double number) && value.Type == GgufValueType.Float64 ? number : value.ToString())}"
        : value.ElementType switch
        {
            GgufValueType.Array => $"[{string.Join(";", (value.TryAs(out GgufValue[] items) ? items : []).Select(Shown))}]",
            GgufValueType.String => $"s[{string.Join("\0", value.TryAs(out string[] texts) ? texts : [])}]",
            GgufValueType.Bool => $"b[{string.Join(",", value.TryAs(out bool[] truths) ? truths : [])}]",
            GgufValueType.Float32 or GgufValueType.Float64 => $"{value.ElementType}[{string.Join(",", (value.TryAs(out double[] numbers) ? numbers : []).Select(one => Bits(one)))}]",
            GgufValueType.UInt64 => $"u[{string.Join(",", value.TryAs(out ulong[] large) ? large : [])}]",
            _ => $"{value.ElementType}[{string.Join(",", value.TryAs(out long[] integers) ? integers : [])}]",
        };

    private static string Bits(object value) => value switch
    {
        float single => $"{BitConverter.SingleToUInt32Bits(single):x}",
        double number => $"{BitConverter.DoubleToUInt64Bits(number):x}",
        _ => $"{value}",
    };
}
