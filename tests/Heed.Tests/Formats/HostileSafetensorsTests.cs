using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Heed.Formats;

namespace Heed.Tests.Formats;

/// <summary>Broken and malicious files: always a <see cref="WeightFormatException"/> that says what is wrong, never a large allocation.</summary>
public sealed class HostileSafetensorsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("", 0, "header is empty")]
    [InlineData(" {}", 0, "starts with byte 0x20, expected '{'")]
    [InlineData("[]", 0, "starts with byte 0x5b")]
    [InlineData("{", 0, "not valid JSON")]
    [InlineData("{}x", 0, "not valid JSON")]
    [InlineData("{} {}", 0, "not valid JSON")]
    [InlineData("{,}", 0, "not valid JSON")]
    [InlineData("{\"\\ud800\":{}}", 0, "not valid JSON")]
    [InlineData("{\"w\":{\"dtype\":\"\\udc00\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, "not valid JSON")]
    [InlineData("{}", 1, "tensors end at byte 0 of the data, but the file has 1")]
    [InlineData("{\"__metadata__\":[]}", 0, "__metadata__ is an array, expected an object of strings")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", 0, "__metadata__ 'a' is a number, expected a string")]
    [InlineData("{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", 0, "'a' stands twice")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__ stands twice")]
    [InlineData("{\"w\":7}", 0, "tensor 'w': the entry is a number, expected an object")]
    [InlineData("{\"w\":null}", 0, "the entry is null")]
    [InlineData("{\"w\":{}}", 0, "dtype is missing")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "shape is missing")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "data_offsets is missing")]
    [InlineData("{\"w\":{\"dtype\":4,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "dtype is a number, expected a string")]
    [InlineData("{\"w\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "dtype 'F33' is not supported, expected one of F64, F32, F16, BF16")]
    [InlineData("{\"w\":{\"dtype\":\"f32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "dtype 'f32' is not supported")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "dtype stands twice")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "shape stands twice")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"data_offsets\":[0,4]}}", 4, "data_offsets stands twice")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}}", 4, "shape is a number, expected an array")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}", 4, "shape[0] is a string, expected an integer")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1,-1],\"data_offsets\":[0,4]}}", 4, "shape[1] is -1, expected an integer from 0")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}", 4, "shape[0] is 1.0, expected an integer")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1e0],\"data_offsets\":[0,4]}}", 4, "shape[0] is 1e0")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,4]}}", 4, "shape[0] is 9223372036854775808")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[[1]],\"data_offsets\":[0,4]}}", 4, "shape[0] is an array")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0, "overflows")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[4611686018427387905],\"data_offsets\":[0,4]}}", 4, "overflows")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[0,4294967296,4294967296],\"data_offsets\":[0,0]}}", 0, "overflows")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "data_offsets has 1 numbers, expected 2")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 8, "data_offsets has more than 2 numbers")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "[0, 8] hold 8 bytes, but F32 [1] needs 4")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "[0, 4] hold 4 bytes, but F32 [2] needs 8")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "[4, 0] are not a range inside the 4 bytes")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 4, "data_offsets[0] is -4")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3, "[0, 4] are not a range inside the 3 bytes")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5, "end at byte 4 of the data, but the file has 5")]
    [InlineData("{\"w\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[9223372036854775807,9223372036854775807]}}", 0, "not a range inside the 0 bytes")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[3,7]}}", 7, "tensor 'b': data_offsets [3, 7] overlap another tensor, expected to begin at 4")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 4, "overlap")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[5,9]}}", 9, "leave bytes 4 to 5 of the data without a tensor")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", 2, "tensor 'a': the name stands twice")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", 2, "tensor 'a': the name stands twice")]
    public void BrokenHeadersAreNamed(string header, int dataBytes, string expected)
    {
        WeightFormatException e = Refused(SafetensorsTests.File(header, new byte[dataBytes]));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Contains(folder["x"], e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BrokenLengthsAndBytesAreNamed()
    {
        Assert.Contains("truncated: 0 bytes", Refused([]).Message, StringComparison.Ordinal);
        Assert.Contains("truncated: 7 bytes", Refused(new byte[7]).Message, StringComparison.Ordinal);
        Assert.Contains("header is empty", Refused(new byte[8]).Message, StringComparison.Ordinal);
        foreach ((ulong length, string expected) in new[]
        {
            (3ul, "truncated: header length 3, but only 2 bytes follow"), (100_000_000ul, "truncated"), (100_000_001ul, "header length 100000001, expected at most 100000000"),
            (ulong.MaxValue, "header length 18446744073709551615"), ((ulong)long.MaxValue + 1, "header length 9223372036854775808"),
        })
        {
            byte[] file = SafetensorsTests.File("{}", []);
            BinaryPrimitives.WriteUInt64LittleEndian(file, length);
            Assert.Contains(expected, Refused(file).Message, StringComparison.Ordinal);
        }
        byte[] latin1 = [.. "{\""u8, 0xe9, .. "\":{}}"u8];
        Assert.Contains("not valid UTF-8", Refused(SafetensorsTests.File(latin1, [])).Message, StringComparison.Ordinal);
        Assert.Contains("not valid JSON", Refused(SafetensorsTests.File("{\"w\":{\"x\":" + new string('[', 100_000), [])).Message, StringComparison.Ordinal);
        Assert.Contains("not valid JSON", Refused(SafetensorsTests.File("{\"w\":{\"x\":" + new string('[', 1000) + new string(']', 1000) + "}}", [])).Message, StringComparison.Ordinal);
        string sizes = string.Join(",", Enumerable.Repeat("1", 65));
        Assert.Contains("shape has more than 64 numbers", Refused(SafetensorsTests.File($$$"""{"w":{"dtype":"U8","shape":[{{{sizes}}}],"data_offsets":[0,1]}}""", [1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnusualButLegalFilesAreRead()
    {
        Read(SafetensorsTests.File("{}", []), source => Assert.Empty(source.Weights));
        Read(SafetensorsTests.File("{}   \n", []), source => Assert.Empty(source.Metadata));
        Read(SafetensorsTests.File("""{"z":{"shape":[0,3],"data_offsets":[4,4],"dtype":"I64"},"":{"dtype":"F32","shape":[],"data_offsets":[0,4],"other":[{}]}}""", new byte[4]), source =>
        {
            Assert.Empty(source.ReadInt64s("z"));
            Assert.Equal(1, source.Weights[""].Count);
            source.ReadFloats("", new float[1]);
        });
    }

    [Fact]
    public void NamesFromTheFileCannotSpoilTheMessage()
    {
        WeightFormatException e = Refused(SafetensorsTests.File("{\"" + new string('n', 5_000_000) + "\":7}", []));
        Assert.InRange(e.Message.Length, 1, 1000);
        e = Refused(SafetensorsTests.File("{\"a\\nb\\u001b[2J\":7}", []));
        Assert.Contains(@"'a\u000ab\u001b[2J'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NothingIsAllocatedOnTheWordOfTheFile()
    {
        // Each of these promises terabytes or asks for much per byte of header.
        string entry = """{"dtype":"U8","shape":[0],"data_offsets":[0,0]}""";
        var many = new StringBuilder("{");
        for (int i = 0; i < 20_000; i++) many.Append(i == 0 ? "" : ",").Append('"').Append(i).Append("\":").Append(entry);
        foreach (string header in new[]
        {
            """{"w":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}""",
            """{"w":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4]}}""",
            "{\"w\":{\"shape\":[" + string.Join(",", Enumerable.Repeat("1", 500_000)) + "]}}",
            "{\"__metadata__\":{\"a\":\"" + new string('x', 1_000_000) + "\"}}x",
            many + "}x",
            many + "," + new string(' ', 100) + "}",
        })
        {
            byte[] file = SafetensorsTests.File(header, new byte[4]);
            Refused(file);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<WeightFormatException>(() => new SafetensorsFile(folder["x"]));
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.InRange(allocated, 0, 100_000 + 12L * file.Length);
        }
    }

    [Fact]
    public void MutatedFilesAreReadOrRefused()
    {
        SafetensorsWriter.Write(folder["valid"],
        [
            SafetensorsEntry.Floats("model.embed.weight", [7, 3], new float[21]),
            SafetensorsEntry.Floats("model.norm.weight", [3], new float[3], WeightType.BF16),
            SafetensorsEntry.Int64s("ids", [2, 2], new long[4]),
            SafetensorsEntry.Floats("empty", [0, 4], Array.Empty<float>(), WeightType.F16),
        ]);
        byte[] valid = File.ReadAllBytes(folder["valid"]);
        int headerEnd = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(valid);
        string[] pieces = ["{", "}", "[", "]", ",", ":", "\"", "-", "0", "1e9", "9223372036854775807", "null", "true", "\\ud800", "\"F32\"", "\"F64\"", "\"shape\"", "\"data_offsets\"", "__metadata__", " ", "\u00e9"];
        var random = new Random(20240611);
        int read = 0, refused = 0;
        for (int round = 0; round < 4000; round++)
        {
            var file = new List<byte>(valid);
            for (int change = random.Next(1, 4); change > 0 && file.Count > 0; change--)
            {
                int at = random.Next(4) == 0 ? random.Next(file.Count) : Math.Min(random.Next(headerEnd), file.Count - 1);
                switch (random.Next(6))
                {
                    case 0:
                        file[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        file[at] ^= (byte)(1 << random.Next(8));
                        break;
                    case 2:
                        file.RemoveRange(at, Math.Min(random.Next(1, 12), file.Count - at));
                        break;
                    case 3:
                        file.InsertRange(at, Encoding.UTF8.GetBytes(pieces[random.Next(pieces.Length)]));
                        break;
                    case 4:
                        if (file[at] is >= (byte)'0' and <= (byte)'9') file[at] = (byte)random.Next('0', '9' + 1);
                        break;
                    default:
                        file.InsertRange(at, file.GetRange(at, Math.Min(random.Next(1, 60), file.Count - at)));
                        break;
                }
            }
            // Half of the time the length field is set right again, so that the JSON behind it is reached.
            if (file.Count >= 8 && random.Next(2) == 0)
            {
                int length = file.LastIndexOf((byte)'}') + 1 - 8;
                if (length > 0) BitConverter.TryWriteBytes(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(file), (long)length);
            }
            if (Try([.. file])) read++;
            else refused++;
        }
        Assert.True(read > 100 && refused > 2000, $"{read} read, {refused} refused: the mutations no longer reach both sides.");
    }

    [Fact]
    public void ArbitraryBytesAreReadOrRefused()
    {
        Gen.Byte.Array[0, 40].Sample(bytes => { Try(bytes); }, iter: 500, threads: 1);
        Gen<string> number = Gen.OneOf(Gen.Long.Select(value => $"{value}"), Gen.Int[0, 9].Select(value => $"{value}"), Pick("1.5", "1e3", "null", "\"1\"", "[1]"));
        Gen<string> list = number.Array[0, 3].Select(values => $"[{string.Join(",", values)}]");
        Gen<string> entry = Gen.Select(Pick("F32", "U8", "I64", "BOOL", "F8_E4M3", ""), list, list)
            .Select((type, shape, offsets) => $$"""{"dtype":"{{type}}","shape":{{shape}},"data_offsets":{{offsets}}}""");
        Gen.Select(entry.Array[0, 3], Gen.Int[0, 20]).Sample((entries, data) =>
        {
            string header = "{" + string.Join(",", entries.Select((text, i) => $"\"{i}\":{text}")) + "}";
            Try(SafetensorsTests.File(header, new byte[data]));
        }, iter: 1000, threads: 1);
    }

    private static Gen<string> Pick(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private WeightFormatException Refused(byte[] file)
    {
        File.WriteAllBytes(folder["x"], file);
        WeightFormatException e = Assert.Throws<WeightFormatException>(() => new SafetensorsFile(folder["x"]));
        Assert.Equal(folder["x"], e.File);
        return e;
    }

    private void Read(byte[] file, Action<WeightSource> check)
    {
        File.WriteAllBytes(folder["x"], file);
        using WeightSource source = WeightSource.Open(folder["x"]);
        check(source);
    }

    // True: read, and every weight lies inside the file. False: refused. Any other exception fails the test.
    private bool Try(byte[] file)
    {
        File.WriteAllBytes(folder["x"], file);
        try
        {
            using var source = new SafetensorsFile(folder["x"]);
            long bytes = 0;
            foreach (WeightInfo info in source.Weights.Values)
            {
                bytes += source.ReadBytes(info.Name).Length;
                if (info.Type.IsFloat()) source.ReadFloats(info.Name, new float[info.Count]);
                else source.ReadInt64s(info.Name);
            }
            Assert.Equal(file.Length - 8 - BinaryPrimitives.ReadInt64LittleEndian(file), bytes);
            return true;
        }
        catch (WeightFormatException)
        {
            return false;
        }
    }
}
