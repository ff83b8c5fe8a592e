using Heed.Formats;

namespace Heed.Tests.Formats;

public sealed class InputsJsonTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ReadsNestedAndFlatForms()
    {
        IReadOnlyDictionary<string, ArrayData> inputs = Read("""
            {"input_ids": [[1, 2, -3], [4, 5, 6]],
             "pixels": [[[0.5], [1]], [[1e1], [-0]]],
             "mask": [true, false],
             "scale": 2.5,
             "empty": [[], []],
             "flat": {"dtype": "F32", "shape": [2, 1], "data": [0.1, 3]},
             "bool": {"dtype": "BOOL", "shape": [2], "data": [true, 0]},
             "wide": {"dtype": "F64", "shape": [], "data": [0.1]}}
            """);
        Assert.Equal("I64 [2, 3]", inputs["input_ids"].ToString());
        Assert.Equal([1, 2, -3, 4, 5, 6], inputs["input_ids"].Int64s.ToArray());
        Assert.Equal("F32 [2, 2, 1]", inputs["pixels"].ToString());
        Assert.Equal([0.5f, 1, 10, 0], inputs["pixels"].Floats.ToArray());
        Assert.Equal("BOOL [2]", inputs["mask"].ToString());
        Assert.Equal([1, 0], inputs["mask"].Int64s.ToArray());
        Assert.Equal("F32 []", inputs["scale"].ToString());
        Assert.Equal("I64 [2, 0]", inputs["empty"].ToString());
        Assert.Equal("F32 [2, 1]", inputs["flat"].ToString());
        Assert.Equal([0.1f, 3f], inputs["flat"].Floats.ToArray());
        Assert.Equal([1, 0], inputs["bool"].Int64s.ToArray());
        Assert.Equal(0.1, inputs["wide"].Doubles.Span[0]);
        Assert.Equal(0.1f, inputs["wide"].Floats.Span[0]);
        Assert.Equal(2.5, inputs["scale"].Doubles.Span[0]);
        Assert.Throws<InvalidOperationException>(() => inputs["scale"].Int64s);
        Assert.Throws<InvalidOperationException>(() => inputs["mask"].Floats);
        Assert.Throws<InvalidOperationException>(() => inputs["mask"].Doubles);
    }

    [Theory]
    [InlineData("[]", "the file is an array, expected an object")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{\"a\":[NaN]}", "not valid JSON")]
    [InlineData("{\"a\":1,\"a\":1}", "not valid JSON")]
    [InlineData("{\"a\":null}", "tensor 'a': it is null, expected a number")]
    [InlineData("{\"a\":[[1,2],[3]]}", "ragged: element [1] has 1 elements, expected 2 like the first")]
    [InlineData("{\"a\":[[1,2],[3,[4]]]}", "element [1, 1] is an array, expected a number (ragged)")]
    [InlineData("{\"a\":[[1,2],3]}", "ragged: element [1] is a number, expected an array of 2")]
    [InlineData("{\"a\":[[],[1]]}", "ragged: element [1] has 1 elements, expected 0")]
    [InlineData("{\"a\":[1,\"2\"]}", "element [1] is a string, expected a number")]
    [InlineData("{\"a\":[true,1.5]}", "value 1 is 1.5, expected BOOL")]
    [InlineData("{\"a\":[1,true]}", "value 1 is a boolean, expected F32")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data\":[1]}}", "data has 1 values, expected 2 of shape [2]")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,9],\"data\":[1]}}", "data has 1 values")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data\":[1]}}", "shape[0] is -1")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data\":[1]}}", "shape[0] is a string")]
    [InlineData("{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data\":[1]}}", "dtype 'F31' is not supported")]
    [InlineData("{\"a\":{\"dtype\":\"I64\",\"shape\":[1],\"data\":[1.5]}}", "value 0 is 1.5, expected I64")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data\":[256]}}", "value 0 is 256, expected U8")]
    [InlineData("{\"a\":{\"dtype\":\"I64\",\"shape\":[1],\"data\":[true]}}", "value 0 is a boolean, expected I64")]
    [InlineData("{\"a\":{\"shape\":[1],\"data\":[1]}}", "'a' has no \"dtype\"")]
    [InlineData("{\"a\":{\"dtype\":\"I64\",\"shape\":1,\"data\":[1]}}", "\"shape\" is a number, expected an array")]
    public void BrokenInputsAreNamed(string json, string expected)
    {
        WeightFormatException e = Assert.Throws<WeightFormatException>(() => Read(json));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Contains(folder["inputs.json"], e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeepNestingIsRefused()
    {
        Assert.Throws<WeightFormatException>(() => Read("{\"a\":" + new string('[', 100_000) + new string(']', 100_000) + "}"));
        Assert.Throws<FileNotFoundException>(() => InputsJson.Read(folder["absent"]));
    }

    [Fact]
    public void MutatedReferencesAndInputsAreReadOrRefused()
    {
        // A small reference with every section.
        byte[] reference = """
            {"format":"transformer-fixture/1","case":"c","family":"f","class":"C","parameters":3,
             "runs":[{"name":"r","compare_where":"m","inputs":{"m":{"dtype":"I64","shape":[1,2],"data":[1,0]}},"outputs":{"o.0":{"dtype":"F32","shape":[1],"data":[0.5]}},"precision":{"o":{"tolerance":1e-5,"max_abs":1.0}}}],
             "generation_config":{"eos_token_id":1},
             "generation":[{"name":"g","kwargs":{"num_beams":1},"inputs":{},"sequences":{"dtype":"I64","shape":[1],"data":[1]},"new_tokens":[[1,2],[]]}]}
            """u8.ToArray();
        byte[] inputs = """{"a":[[1,2],[3,4]],"b":{"dtype":"F32","shape":[2],"data":[0.5,1]}}"""u8.ToArray();
        var random = new Random(11);
        foreach (byte[] valid in new[] { reference, inputs })
        {
            for (int round = 0; round < 1000; round++)
            {
                byte[] file = [.. valid];
                for (int change = random.Next(1, 5); change > 0; change--)
                    file[random.Next(file.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)"{}[],:\"0-\\e."[random.Next(12)];
                File.WriteAllBytes(folder["x"], file);
                try
                {
                    if (valid == reference) ReferenceJson.Read(folder["x"]);
                    else InputsJson.Read(folder["x"]);
                }
                catch (WeightFormatException)
                {
                }
            }
        }
        File.WriteAllBytes(folder["x"], reference);
        Assert.Equal(1e-5, ReferenceJson.Read(folder["x"]).Run("r").Tolerance("o.0"));
        Assert.Empty(ReferenceJson.Read(folder["x"]).Generation[0].NewTokens[1]);
    }

    [Theory]
    [InlineData("[]", "the file is an array")]
    [InlineData("{\"format\":\"other\"}", "format is 'other', expected transformer-fixture/1")]
    [InlineData("{\"format\":\"transformer-fixture/1\"}", "the file has no \"case\"")]
    [InlineData("{\"format\":\"transformer-fixture/1\",\"case\":\"c\",\"family\":\"f\",\"parameters\":1,\"runs\":[{}]}", "runs[0] has no \"name\"")]
    [InlineData("{\"format\":\"transformer-fixture/1\",\"case\":\"c\",\"family\":\"f\",\"parameters\":-1}", "parameters is -1")]
    [InlineData("{\"format\":\"transformer-fixture/1\",\"case\":\"c\",\"family\":\"f\",\"parameters\":1,\"training\":{\"optimizer\":{\"betas\":[1]}}}", "training has no \"precision\"")]
    public void BrokenReferencesAreNamed(string json, string expected)
    {
        File.WriteAllText(folder["r"], json);
        WeightFormatException e = Assert.Throws<WeightFormatException>(() => ReferenceJson.Read(folder["r"]));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    private IReadOnlyDictionary<string, ArrayData> Read(string json)
    {
        File.WriteAllText(folder["inputs.json"], json);
        return InputsJson.Read(folder["inputs.json"]);
    }
}
