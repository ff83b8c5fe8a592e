using System.Text.Json;
using Heed.Generation;
using Heed.Tasks;
using Heed.Tokenization;

namespace Heed.Server.Tests;

/// <summary>/v1/embeddings, /v1/rerank, /v1/classify and /v1/fill-mask: the library's own figures.</summary>
[Collection("server")]
public sealed class ReadingTests(SmallModels models)
{
    private readonly TestServer server = models.Server;

    // In a batch the products run in another order than alone.
    private static bool Near(float a, float b) => Math.Abs(a - b) < 1e-5f;

    [Fact]
    public async Task Vectors_are_the_embedders()
    {
        string[] texts = ["a cat sleeps", "the dog runs in paris"];
        float[][] expected = TextEmbedder.Load(models.Filler).EmbedAll(texts);
        JsonElement answer = await server.Post("/v1/embeddings", new { model = "bert-mlm", input = texts });
        float[][] vectors = [.. answer.GetProperty("data").EnumerateArray().Select(d => d.GetProperty("embedding").EnumerateArray().Select(v => v.GetSingle()).ToArray())];
        Assert.Equal(expected.Length, vectors.Length);
        for (int i = 0; i < vectors.Length; i++) Assert.Equal(expected[i], vectors[i], Near);
        Assert.Equal((3 + 2) + (5 + 2), answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32()); // words, and two special tokens each
        string packed = (await server.Post("/v1/embeddings", new { model = "bert-mlm", input = texts[1], encoding_format = "base64" })).GetProperty("data")[0].GetProperty("embedding").GetString()!;
        Assert.Equal(vectors[1], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(packed)).ToArray(), Near);
        float[] few = [.. (await server.Post("/v1/embeddings", new { model = "bert-mlm", input = texts[1], dimensions = 4 })).GetProperty("data")[0].GetProperty("embedding").EnumerateArray().Select(v => v.GetSingle())];
        Assert.Equal(1, TextEmbedder.Similarity(few, expected[1].AsSpan(0, 4)), 5);
        Assert.Equal(1, few.Sum(v => v * v), 5f);
        // A decoder has vectors too.
        Assert.Equal(TextEmbedder.Load(models.Writer).Embed("a"), (await server.Post("/v1/embeddings", new { model = "chat", input = "a" })).GetProperty("data")[0].GetProperty("embedding").EnumerateArray().Select(v => v.GetSingle()), Near);
    }

    [Fact]
    public async Task Token_ids_are_read_as_they_are()
    {
        TextEmbedder embedder = TextEmbedder.Load(models.Filler);
        Tokenizer tokenizer = ModelTokenizer.Load(models.Filler);
        int[][] ids = [tokenizer.Encode("a cat sleeps", SpecialTokens.Add), tokenizer.Encode("the dog runs in paris", SpecialTokens.Add)];
        JsonElement many = await server.Post("/v1/embeddings", new { model = "bert-mlm", input = ids });
        float[][] expected = embedder.EmbedAll(["a cat sleeps", "the dog runs in paris"]);
        for (int i = 0; i < ids.Length; i++) Assert.Equal(expected[i], many.GetProperty("data")[i].GetProperty("embedding").EnumerateArray().Select(v => v.GetSingle()), Near);
        Assert.Equal(ids.Sum(i => i.Length), many.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        JsonElement one = await server.Post("/v1/embeddings", new { model = "bert-mlm", input = ids[1] });
        Assert.Equal(expected[1], Assert.Single(one.GetProperty("data").EnumerateArray()).GetProperty("embedding").EnumerateArray().Select(v => v.GetSingle()), Near);
    }

    [Theory]
    [InlineData("[100000]", "input")]
    [InlineData("[-1]", "input")]
    [InlineData("[1,\"a\"]", "input[1]")]
    [InlineData("[[1],\"a\"]", "input[1]")]
    [InlineData("[[1],[]]", "input[1]")]
    [InlineData("[1.5]", "input[0]")]
    public async Task Wrong_token_ids_are_refused(string input, string parameter) => await server.Refused("/v1/embeddings", $$"""{"model":"bert-mlm","input":{{input}}}""", 400, parameter);

    [Fact]
    public async Task Documents_come_in_the_rerankers_order()
    {
        string[] documents = ["the tower stands in paris", "a cat sleeps", "ada lives in london"];
        IReadOnlyList<RankedText> expected = Reranker.Load(models.Filler).Rank("where is the tower", documents, 2);
        JsonElement[] results = [.. (await server.Post("/v1/rerank", new { model = "bert-mlm", query = "where is the tower", documents, top_n = 2, return_documents = true })).GetProperty("results").EnumerateArray()];
        Assert.Equal(expected.Select(r => (r.Index, r.Text, r.Score)), results.Select(r => (r.GetProperty("index").GetInt32(), r.GetProperty("document").GetProperty("text").GetString()!, r.GetProperty("relevance_score").GetDouble())));
    }

    [Fact]
    public async Task Labels_are_the_classifiers()
    {
        string[] texts = ["a cat sleeps", "the dog runs"];
        IReadOnlyList<IReadOnlyList<LabelScore>> expected = TextClassifier.Load(models.Classifier).ClassifyAll(texts);
        JsonElement answer = await server.Post("/v1/classify", new { model = "bert-classify", input = texts });
        Assert.Equal(expected.SelectMany(e => e.Select(l => (l.Label, l.Score))), answer.GetProperty("data").EnumerateArray().SelectMany(d => d.GetProperty("labels").EnumerateArray().Select(l => (l.GetProperty("label").GetString()!, l.GetProperty("score").GetDouble()))));
        Assert.Equal(expected.Select(e => e[0].Label), answer.GetProperty("data").EnumerateArray().Select(d => d.GetProperty("label").GetString()));
        LabelScore pair = TextClassifier.Load(models.Classifier).Classify(texts[0], texts[1])[0];
        Assert.Equal(pair.Score, (await server.Post("/v1/classify", new { model = "bert-classify", input = texts[0], pair = texts[1], top_n = 1 })).GetProperty("data")[0].GetProperty("labels")[0].GetProperty("score").GetDouble());
    }

    [Fact]
    public async Task Masks_are_filled()
    {
        const string text = "paris is the [MASK] of france";
        IReadOnlyList<MaskCandidate> expected = FillMask.Load(models.Filler).Fill(text, 3)[0];
        JsonElement mask = (await server.Post("/v1/fill-mask", new { model = "bert-mlm", input = text, top_k = 3 })).GetProperty("data")[0].GetProperty("masks")[0];
        Assert.Equal(expected, mask.EnumerateArray().Select(c => new MaskCandidate(c.GetProperty("token").GetString()!, c.GetProperty("id").GetInt32(), c.GetProperty("score").GetDouble(), c.GetProperty("text").GetString()!)));
        Assert.Contains("[MASK]", await server.Refused("/v1/fill-mask", new { model = "bert-mlm", input = "no gap" }, 400, "input"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("embeddings", """{"model":"bert-mlm"}""", "input")]
    [InlineData("embeddings", """{"model":"bert-mlm","input":"a","encoding_format":"hex"}""", "encoding_format")]
    [InlineData("embeddings", """{"model":"bert-mlm","input":"a","dimensions":10000}""", "dimensions")]
    [InlineData("embeddings", """{"model":"bert-mlm","input":"a","prompt_name":"query"}""", "prompt_name")]
    [InlineData("embeddings", """{"model":"bart","input":"a"}""", "model")]
    [InlineData("rerank", """{"model":"bert-mlm","documents":["a"]}""", "query")]
    [InlineData("rerank", """{"model":"bert-mlm","query":"a","documents":[7]}""", "documents[0]")]
    [InlineData("rerank", """{"model":"bert-mlm","query":"a","documents":["a"],"top_n":0}""", "top_n")]
    [InlineData("classify", """{"model":"bert-mlm","input":"a"}""", "model")]
    [InlineData("classify", """{"model":"bert-classify","input":["a","b"],"pair":"a"}""", "pair")]
    [InlineData("fill-mask", """{"model":"bert-mlm","input":"[MASK]","top_k":0}""", "top_k")]
    public async Task What_is_wrong_is_told_by_parameter(string route, string body, string parameter) => await server.Refused("/v1/" + route, body, 400, parameter);
}
