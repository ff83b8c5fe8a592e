using Heed.Formats;

namespace Heed.Tests.Formats;

public sealed class ShardedSafetensorsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ShardedSafetensorsTests()
    {
        SafetensorsWriter.Write(folder["one.safetensors"], [SafetensorsEntry.Floats("a", [2], new[] { 1f, 2f }), SafetensorsEntry.Floats("unlisted", [1], new float[1])]);
        SafetensorsWriter.Write(folder["two.safetensors"], [SafetensorsEntry.Floats("b", [1], new[] { 3f }, WeightType.BF16)], new Dictionary<string, string> { ["format"] = "pt", ["x"] = "y" });
        Directory.CreateDirectory(folder["sub"]);
        File.Copy(folder["two.safetensors"], folder["sub/two.safetensors"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ReadsWeightsFromTheirShards()
    {
        File.WriteAllText(folder["model.safetensors.index.json"], """{"metadata":{"total_size":10},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}""");
        WeightSource source = WeightSource.Open(folder.Path);
        Assert.Equal(folder["model.safetensors.index.json"], source.Path);
        Assert.Equal(["a", "b"], source.Weights.Keys);
        var values = new float[2];
        source.ReadFloats("a", values);
        Assert.Equal([1f, 2f], values);
        source.ReadFloats("b", values.AsSpan(0, 1));
        Assert.Equal(3f, values[0]);
        Assert.Equal(("pt", "y"), (source.Metadata["format"], source.Metadata["x"]));
        source.Dispose();
        Assert.Throws<ObjectDisposedException>(() => source.ReadFloats("a", values));
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("{\"weight_map\":{}", "not valid JSON")]
    [InlineData("[]", "the index is an array, expected an object")]
    [InlineData("{}", "the index has no \"weight_map\"")]
    [InlineData("{\"weight_map\":[]}", "\"weight_map\" is an array, expected an object")]
    [InlineData("{\"weight_map\":{}}", "weight_map is empty")]
    [InlineData("{\"weight_map\":{\"a\":1}}", "tensor 'a': weight_map holds a number, expected the file name")]
    [InlineData("{\"weight_map\":{\"a\":\"one.safetensors\",\"a\":\"one.safetensors\"}}", "not valid JSON")]
    [InlineData("{\"weight_map\":{\"a\":\"\\ud800\"}}", "not valid JSON")]
    [InlineData("{\"weight_map\":{\"\\ud800\":\"one.safetensors\"}}", "not valid JSON")]
    [InlineData("{\"weight_map\":{\"a\":\"three.safetensors\"}}", "tensor 'a': its shard 'three.safetensors' is missing")]
    [InlineData("{\"weight_map\":{\"a\":\"one.safetensors\",\"c\":\"two.safetensors\"}}", "tensor 'c': the shard 'two.safetensors' does not hold it")]
    [InlineData("{\"weight_map\":{\"b\":\"sub/two.safetensors\"}}", "not a plain file name")]
    [InlineData("{\"weight_map\":{\"b\":\"sub\\\\two.safetensors\"}}", "not a plain file name")]
    [InlineData("{\"weight_map\":{\"b\":\"../two.safetensors\"}}", "not a plain file name")]
    [InlineData("{\"weight_map\":{\"b\":\"/etc/passwd\"}}", "not a plain file name")]
    [InlineData("{\"weight_map\":{\"b\":\"C:two.safetensors\"}}", "not a plain file name")]
    [InlineData("{\"weight_map\":{\"b\":\"two.safetensors\\u0000\"}}", "not a plain file name")]
    [InlineData("{\"weight_map\":{\"b\":\"..\"}}", "not a plain file name")]
    [InlineData("{\"weight_map\":{\"b\":\"\"}}", "not a plain file name")]
    [InlineData("{\"weight_map\":{\"b\":\"sub\"}}", "its shard 'sub' is missing")]
    [InlineData("{\"weight_map\":{\"b\":\"index.json\"}}", "not a safetensors file")]
    public void BrokenIndexesAreNamed(string index, string expected)
    {
        File.WriteAllText(folder["index.json"], index);
        WeightFormatException e = Assert.Throws<WeightFormatException>(() => WeightSource.Open(folder["index.json"]));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Contains("index.json", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MutatedIndexesAreReadOrRefused()
    {
        byte[] valid = """{"metadata":{"total_size":10},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}"""u8.ToArray();
        var random = new Random(3);
        for (int round = 0; round < 1000; round++)
        {
            byte[] file = [.. valid];
            for (int change = random.Next(1, 4); change > 0; change--) file[random.Next(file.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0) file = file[..random.Next(file.Length)];
            File.WriteAllBytes(folder["index.json"], file);
            try
            {
                using WeightSource source = WeightSource.Open(folder["index.json"]);
                Assert.NotEmpty(source.Weights);
            }
            catch (WeightFormatException)
            {
            }
        }
    }
}
