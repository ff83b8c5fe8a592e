using System.Text.Json;
using CsCheck;
using Heed.Formats;
using Heed.Formats.Gguf;
using Heed.Kernels;

namespace Heed.Tests.Formats;

public sealed class GgufTests
{
    private static string EveryType => FixtureFolder.Path("gguf/every-type.gguf");

    [Fact]
    public void MetadataIsWhatGgufPyWrote()
    {
        using var file = new GgufFile(EveryType);
        Assert.Equal((3, 64), (file.Version, file.Alignment));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(FixtureFolder.Path("gguf/every-type.json")));
        foreach (JsonProperty property in json.RootElement.EnumerateObject()) Check(property.Value, file.Fields.Find(property.Name)!);
        Assert.Equal(json.RootElement.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal), file.Fields.Select(pair => pair.Key).Order(StringComparer.Ordinal));
        Assert.Equal(["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32"], file.Fields.Select(pair => pair.Key).SkipWhile(key => key != "uint8").Take(7));
        Assert.Equal("llama", file.Metadata["general.architecture"]);
        Assert.Equal("-32768", file.Metadata["int16"]);
    }

    [Fact]
    public void ValuesAreGivenInTheTypeThatIsAskedFor()
    {
        using var file = new GgufFile(EveryType);
        GgufMetadata fields = file.Fields;
        Assert.Equal(255, fields.Get<int>("uint8"));
        Assert.Equal(255u, fields.Get<uint>("uint8"));
        Assert.Equal(255f, fields.Get<float>("uint8"));
        Assert.Equal(4294967295L, fields.Get<long>("uint32"));
        Assert.Equal(0.1f, fields.Get<float>("float32"));
        Assert.Equal(0.1f, fields.Get<float>("float64"));
        Assert.True(fields.Get<bool>("true"));
        Assert.Equal([1L, -2, 3], fields.Get<long[]>("array.int32"));
        Assert.Equal([0.5, -0.25], fields.Get<double[]>("array.float32"));
        Assert.Equal(["a", "", "\u2581the", "\U0001f600"], fields.Get<string[]>("array.string"));
        Assert.Equal("\u2581the"u8.ToArray(), fields.Get<GgufStrings>("array.string").Utf8(2).ToArray());
        Assert.Equal([4, 5, 6], fields.Get<GgufValue[]>("array.array")[2].TryAs(out int[] row) ? row : []);
        Assert.Equal("there", fields.Get("none", "there"));
        Assert.False(fields.TryGet("none", out int _));

        foreach ((Action get, string expected) in new (Action, string)[]
        {
            (() => fields.Get<int>("uint32"), "metadata 'uint32' is UInt32 4294967295, expected Int32"),
            (() => fields.Get<uint>("int8"), "metadata 'int8' is Int8 -128, expected UInt32"),
            (() => fields.Get<int>("float32"), "metadata 'float32' is Float32 0.1, expected Int32"),
            (() => fields.Get<int>("true"), "is Bool True, expected Int32"),
            (() => fields.Get<bool>("uint8"), "is UInt8 255, expected Boolean"),
            (() => fields.Get<string>("array.string"), "is String[4], expected String"),
            (() => fields.Get<uint[]>("array.int32"), "is Int32[3], expected UInt32[]"),
            (() => fields.Get<int[]>("array.float32"), "is Float32[2], expected Int32[]"),
            (() => fields.TryGet("string", out float _), "is String 'na"),
            (() => fields.Get<int>("none"), "metadata 'none' is missing, expected Int32"),
        })
        {
            var e = Assert.Throws<WeightFormatException>(get);
            Assert.Contains(expected, e.Message, StringComparison.Ordinal);
            Assert.Contains(EveryType, e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TensorsAreWhatGgufPyWrote()
    {
        using WeightSource file = WeightSource.Open(EveryType);
        Assert.IsType<GgufFile>(file);
        foreach (WeightType type in Enum.GetValues<WeightType>().Where(type => type.Blocks() is not null))
        {
            string name = type.FormatName();
            long columns = type.BlockLength() == 256 ? 512 : 96;
            WeightInfo info = file.Weights[name];
            Assert.Equal((type, 3 * columns, type.ByteLength(3 * columns)), (info.Type, info.Count, info.ByteLength));
            Assert.Equal([3L, columns], info.Shape);
            Assert.Equal(0, info.Offset % 64);
            Assert.Equal(Floats(file, name + ".values"), Floats(file, name));
        }
        Assert.Equal([sbyte.MinValue, -1, 0, sbyte.MaxValue], file.ReadInt64s("I8"));
        Assert.Equal([short.MinValue, -1, 0, short.MaxValue], file.ReadInt64s("I16"));
        Assert.Equal([int.MinValue, -1, 0, int.MaxValue], file.ReadInt64s("I32"));
        Assert.Equal([long.MinValue, -1, 0, long.MaxValue], file.ReadInt64s("I64"));
        Assert.Equal([0.1f, float.NegativeInfinity], Floats(file, "F64"));
        Assert.Equal([2L, 3, 4], file.Weights["cube"].Shape);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i), Floats(file, "cube"));
        Assert.Equal([1L], file.Weights["one"].Shape);
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("BF16")]
    [InlineData("Q4_0")]
    [InlineData("Q6_K")]
    public void AnyRangeOfElementsIsThatOfTheWhole(string name)
    {
        using var file = new GgufFile(EveryType);
        float[] whole = Floats(file, name);
        Gen.Int[0, whole.Length].SelectMany(start => Gen.Int[0, whole.Length - start].Select(count => (start, count))).Sample(range =>
        {
            var part = new float[range.count];
            file.ReadFloats(name, range.start, part);
            Assert.Equal(whole.AsSpan(range.start, range.count).ToArray(), part);
        }, iter: 200);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadFloats(name, 1, new float[whole.Length]));
    }

    [Fact]
    public unsafe void MappedRowsAreTheBytesOfTheFile()
    {
        using var file = new GgufFile(EveryType);
        BlockMatrix all = file.Map("Q4_K"), some = file.Map("Q4_K", 1, 2);
        Assert.Equal((BlockType.Q4_K, 3, 512, 288L), (all.Type, all.Rows, all.Columns, all.RowBytes));
        Assert.Equal((2, 512), (some.Rows, some.Columns));
        Assert.True(some.Data == all.Row(1));
        Assert.Equal(file.ReadBytes("Q4_K").ToArray(), new ReadOnlySpan<byte>(all.Data, 3 * 288).ToArray());
        Assert.Equal((6, 4), (file.Map("cube").Rows, file.Map("cube").Columns));
        Assert.Equal((1, 1), (file.Map("one").Rows, file.Map("one").Columns));
        Assert.Equal((0, 512), (file.Map("Q4_K", 3).Rows, file.Map("Q4_K", 3).Columns));
        foreach ((int first, int rows) in new[] { (0, 4), (-1, 1), (3, 1), (4, -1), (0, -2), (int.MaxValue, 1), (1, int.MaxValue) })
            Assert.Contains("the weight has 3", Assert.Throws<ArgumentOutOfRangeException>(() => file.Map("Q4_K", first, rows)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be used where it lies", Assert.Throws<ArgumentException>(() => file.Map("I32")).Message, StringComparison.Ordinal);
        Assert.Throws<KeyNotFoundException>(() => file.Map("none"));
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Map("Q4_K"));
    }

    [Fact]
    public void VersionTwoIsRead()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = File.ReadAllBytes(EveryType);
        bytes[4] = 2;
        File.WriteAllBytes(folder["two.gguf"], bytes);
        using var file = new GgufFile(folder["two.gguf"]);
        using var original = new GgufFile(EveryType);
        Assert.Equal(2, file.Version);
        Assert.Equal(original.ReadBytes("cube").ToArray(), file.ReadBytes("cube").ToArray());
    }

    private static float[] Floats(WeightSource file, string name)
    {
        var values = new float[file.Weights[name].Count];
        file.ReadFloats(name, values);
        return values;
    }

    private static T As<T>(GgufValue value)
    {
        Assert.True(value.TryAs(out T result), $"{value} is no {typeof(T)}");
        return result;
    }

    private static void Check(JsonElement expected, GgufValue value)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.String:
                Assert.Equal(expected.GetString(), As<string>(value));
                break;
            case JsonValueKind.True or JsonValueKind.False:
                Assert.Equal(expected.GetBoolean(), As<bool>(value));
                break;
            case JsonValueKind.Number when value.Type == GgufValueType.Float32:
                Assert.Equal(expected.GetSingle(), As<float>(value));
                break;
            case JsonValueKind.Number when value.Type == GgufValueType.Float64:
                Assert.Equal(expected.GetDouble(), As<double>(value));
                break;
            case JsonValueKind.Number:
                Assert.Equal(expected.GetDecimal(), value.TryAs(out ulong large) ? large : As<long>(value));
                break;
            default:
                Assert.Equal(GgufValueType.Array, value.Type);
                Assert.Equal(expected.GetArrayLength(), value.Count);
                Array items = value.TryAs(out string[] strings) ? strings : value.TryAs(out GgufValue[] arrays) ? arrays : value.TryAs(out bool[] truths) ? truths : value.TryAs(out int[] numbers) ? numbers : value.TryAs(out float[] floats) ? floats : [];
                Assert.All(expected.EnumerateArray().Zip(items.Cast<object>()), pair => Check(pair.First, pair.Second as GgufValue ?? GgufValue.Of(pair.Second)));
                break;
        }
    }
}
