using Heed.Autograd;
using Heed.Formats;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Tests.Models;

/// <summary>Models whose matrices stay in their file: nothing is copied, nothing is lost, and they say what they cannot do.</summary>
public sealed class StoredModelTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("heed-stored-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string> Folders => ["llama-gqa", "llama-bf16-sharded", "gpt2", "gpt-neox", "mixtral", "bert-mlm", "t5-v1.1"];

    [Theory]
    [MemberData(nameof(Folders))]
    public void SavedAgainItIsTheSameModel(string name)
    {
        string from = Path.Combine(AppContext.BaseDirectory, "Fixtures", name);
        Transformer loaded = ModelFolder.Load(from), opened = ModelFolder.Open(from);
        Assert.Empty(loaded.Stored);
        Assert.True(opened.Stored.Count > 4);
        Assert.Equal(loaded.ParameterCount, opened.ParameterCount);
        ModelFolder.Save(opened, folder);
        Transformer back = ModelFolder.Load(folder);
        foreach (((string key, Tensor a), (_, Tensor b)) in loaded.Weights.Zip(back.Weights)) Assert.True(a.Span.SequenceEqual(b.Span), key);
    }

    [Fact]
    public void ABfloat16FileIsReadAsItIs()
    {
        Transformer model = ModelFolder.Open(Path.Combine(AppContext.BaseDirectory, "Fixtures", "llama-bf16-sharded"));
        Assert.All(model.Stored, w => Assert.Equal(2L * w.Value.Rows * w.Value.Columns, w.Value.Bytes));
    }

    [Fact]
    public void PackedItAnswersTheSame()
    {
        string from = Path.Combine(AppContext.BaseDirectory, "Fixtures", "bert-mlm");
        Transformer plain = ModelFolder.Open(from), packed = ModelFolder.Open(from);
        packed.Pack();
        using MemoryScope scope = new();
        Tensor ids = Tensor.Empty(new Shape(4, 12), DType.I32);
        for (int i = 0; i < ids.Ints.Length; i++) ids.Ints[i] = i % plain.Config.Vocabulary;
        float[] a = plain.Forward(ids).ToArray(), b = packed.Forward(ids).ToArray();
        for (int i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i], 1e-4f);
    }

    [Fact]
    public void AWeightKnowsItsShape()
    {
        StoredWeight weight = new(3, 4);
        Assert.Contains("before it was loaded", Assert.Throws<InvalidOperationException>(() => weight.Held).Message, StringComparison.Ordinal);
        using WeightSource source = WeightSource.Open(Path.Combine(AppContext.BaseDirectory, "Fixtures", "llama-gqa"));
        Assert.Contains("(3, 4) was given", Assert.Throws<ArgumentException>(() => weight.Hold([source.Map(source.Weights.Values.First(w => w.Shape.Count == 2).Name)], source)).Message, StringComparison.Ordinal);
    }
}
