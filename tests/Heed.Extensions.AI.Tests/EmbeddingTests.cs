using Heed.Tasks;
using Microsoft.Extensions.AI;

namespace Heed.Extensions.AI.Tests;

/// <summary>Vectors against those of the embedder itself.</summary>
public sealed class EmbeddingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("heed-ai-").FullName;
    private readonly TextEmbedder embedder;
    private readonly HeedEmbeddingGenerator generator;

    public EmbeddingTests()
    {
        string model = TestModels.SaveBert(Path.Combine(folder, "bert"));
        embedder = TextEmbedder.Load(model);
        generator = HeedEmbeddingGenerator.Load(model);
    }

    public void Dispose()
    {
        generator.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task VectorsAreTheEmbeddersInTheOrderOfTheTexts()
    {
        string[] texts = [.. Enumerable.Range(0, 150).Select(i => string.Join(' ', Enumerable.Repeat($"{(char)('a' + i % 26)}{(char)('a' + i / 26)}", 1 + i * 7 % 11)))];
        GeneratedEmbeddings<Embedding<float>> made = await generator.GenerateAsync(texts);
        Assert.Equal(texts.Length, made.Count);
        for (int i = 0; i < texts.Length; i += 7) Assert.Equal(embedder.Embed(texts[i]), made[i].Vector.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
        // Two letters a word are two tokens, and two tokens frame each text.
        Assert.Equal(texts.Sum(t => 2L + t.Count(char.IsLetter)), made.Usage!.InputTokenCount);
        Assert.Equal("bert", made[0].ModelId);
        Assert.Empty(await generator.GenerateAsync([]));
    }

    [Fact]
    public async Task FewerDimensionsAreTheFirstOnesOfLengthOne()
    {
        float[] whole = embedder.Embed("a cat");
        ReadOnlyMemory<float> cut = (await generator.GenerateAsync(["a cat"], new() { Dimensions = 5 }))[0].Vector;
        double length = Math.Sqrt(whole.Take(5).Sum(v => (double)v * v));
        Assert.Equal(whole.Take(5).Select(v => v / length), cut.ToArray().Select(v => (double)v), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Contains("33 are asked for", (await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(["a"], new() { Dimensions = 33 }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyCallersAtOnceAndOneWhoCancels()
    {
        string[] texts = [.. Enumerable.Range(0, 20).Select(i => new string((char)('a' + i), 1 + i))];
        float[][] expected = [.. texts.Select(t => embedder.Embed(t))];
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () => Assert.Equal(expected[i], (await generator.GenerateVectorAsync(texts[i])).ToArray()))));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generator.GenerateAsync(texts, cancellationToken: new CancellationToken(true)));
        Assert.Throws<OperationCanceledException>(() => embedder.EmbedAll(texts, cancellation: new CancellationToken(true)));
        Assert.Equal(expected[0], (await generator.GenerateVectorAsync(texts[0])).ToArray());
    }

    [Fact]
    public async Task PromptsAreNamed()
    {
        TextEmbedder prompted = TextEmbedder.Load(Path.Combine(folder, "bert"), new() { Prompts = new Dictionary<string, string> { ["query"] = "find " } });
        using HeedEmbeddingGenerator named = new(prompted, "b");
        EmbeddingGenerationOptions options = new() { AdditionalProperties = new() { ["prompt"] = "query" } };
        GeneratedEmbeddings<Embedding<float>> made = await named.GenerateAsync(["a cat"], options);
        Assert.Equal(embedder.Embed("find a cat"), made[0].Vector.ToArray());
        Assert.Equal(2 + "findacat".Length, made.Usage!.InputTokenCount);
        options.AdditionalProperties["prompt"] = "other";
        await Assert.ThrowsAsync<ArgumentException>(() => named.GenerateAsync(["a"], options));
        await Assert.ThrowsAsync<ArgumentException>(() => named.GenerateAsync(["a"], new() { ModelId = "c" }));
    }

    [Fact]
    public void ServicesAndMetadata()
    {
        EmbeddingGeneratorMetadata metadata = generator.GetService<EmbeddingGeneratorMetadata>()!;
        Assert.Equal(("heed", "bert", 32), (metadata.ProviderName, metadata.DefaultModelId, metadata.DefaultModelDimensions));
        Assert.NotNull(generator.GetService<TextEmbedder>());
        Assert.Null(((IEmbeddingGenerator)generator).GetService(typeof(TextEmbedder), "key"));
    }
}
