using Heed.Models;
using Heed.Tasks;
using Heed.Tensors;
using Heed.Tests.Formats;
using Heed.Tests.Models;
using Heed.Tokenization;

namespace Heed.Tests.Tasks;

/// <summary>Vectors of texts and what is made of them: search, ranking, groups.</summary>
public sealed class EmbeddingTests
{
    private const string Words = "cat dog bird red green blue bread water query : passage";

    private static TextEmbedder Embedder(EmbeddingOptions? options = null, bool mixes = false)
    {
        Oracle o = new(HeadKind.None, Words, mixes: mixes);
        return new TextEmbedder(o.Model, o.Tokenizer, options);
    }

    [Theory]
    [InlineData(Pooling.First)]
    [InlineData(Pooling.Mean)]
    [InlineData(Pooling.Last)]
    public void PoolingIsThatOfTheHiddenStates(Pooling pooling)
    {
        Tokenizer tokenizer = Oracle.Trained();
        Transformer model = TinyModels.Random(TinyEncoders.Config("bert", HeadKind.None, vocabulary: tokenizer.VocabularySize));
        TextEmbedder embedder = new(model, tokenizer, new EmbeddingOptions { Pooling = pooling, Normalize = false });
        float[][] together = embedder.EmbedAll(Oracle.Sentences);
        for (int i = 0; i < together.Length; i++)
        {
            using MemoryScope scope = new();
            int[] ids = tokenizer.Encode(Oracle.Sentences[i]);
            Tensor hidden = model.Hidden(Tensor.From(new Shape(1, ids.Length), ids));
            for (int c = 0; c < embedder.Dimensions; c++)
            {
                float expected = pooling switch
                {
                    Pooling.First => hidden.Row(0)[c],
                    Pooling.Last => hidden.Row(ids.Length - 1)[c],
                    _ => Enumerable.Range(0, ids.Length).Average(t => hidden.Row(t)[c]),
                };
                Assert.Equal(expected, together[i][c], 2e-5f);
            }
        }
    }

    [Fact]
    public void VectorsHaveLengthOneAndAreNearWhereWordsAreShared()
    {
        TextEmbedder embedder = Embedder();
        float[] a = embedder.Embed("red cat"), b = embedder.Embed("cat red"), c = embedder.Embed("red dog"), d = embedder.Embed("blue bread");
        Assert.Equal(1, Math.Sqrt(a.Sum(v => (double)v * v)), 1e-5);
        Assert.Equal(1, TextEmbedder.Similarity(a, b), 1e-5);
        Assert.True(TextEmbedder.Similarity(a, c) > TextEmbedder.Similarity(a, d) + 0.1);
        Assert.Equal(0, TextEmbedder.Similarity(a, new float[a.Length]));
        Assert.Equal(-1, TextEmbedder.Similarity(a, [.. a.Select(v => -v)]), 1e-9);
        Assert.Throws<ArgumentException>(() => TextEmbedder.Similarity(a, a.AsSpan(1)));
    }

    [Fact]
    public void PromptsStandBeforeTheText()
    {
        Dictionary<string, string> prompts = new() { ["query"] = "query: ", ["passage"] = "passage: " };
        TextEmbedder plain = Embedder(), prompted = Embedder(new EmbeddingOptions { Prompts = prompts, DefaultPrompt = "passage" });
        Assert.Equal(plain.Embed("passage: cat"), prompted.Embed("cat"));
        Assert.Equal(plain.Embed("query: cat"), prompted.Embed("cat", "query"));
        Assert.Contains("known are query, passage", Assert.Throws<ArgumentException>(() => prompted.Embed("cat", "title")).Message);
        Assert.Contains("default prompt \"title\"", Assert.Throws<ArgumentException>(() => Embedder(new EmbeddingOptions { DefaultPrompt = "title" })).Message);
    }

    [Theory]
    [InlineData(HeadKind.Vocabulary)]
    [InlineData(HeadKind.Sequence)]
    [InlineData(HeadKind.None)]
    public void AnyHeadsFileGivesVectors(HeadKind head)
    {
        using TemporaryFolder folder = new();
        Oracle o = new(head, Words);
        TaskTests.Save(o, folder.Path);
        Assert.Equal(Embedder().Embed("red cat"), TextEmbedder.Load(folder.Path).Embed("red cat"));
    }

    [Fact]
    public void AFolderOfSentenceTransformersSaysHow()
    {
        using TemporaryFolder folder = new();
        string body = folder["0_Transformer"];
        TaskTests.Save(new Oracle(HeadKind.None, Words), body);
        File.WriteAllText(folder["modules.json"], """
            [{ "idx": 0, "name": "0", "path": "0_Transformer", "type": "sentence_transformers.models.Transformer" },
             { "idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling" }]
            """);
        Directory.CreateDirectory(folder["1_Pooling"]);
        File.WriteAllText(folder["1_Pooling/config.json"], """{ "word_embedding_dimension": 16, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": false, "pooling_mode_lasttoken": true }""");
        File.WriteAllText(Path.Combine(body, "sentence_bert_config.json"), """{ "max_seq_length": 3, "do_lower_case": true }""");
        File.WriteAllText(folder["config_sentence_transformers.json"], """{ "prompts": { "query": "query: " }, "default_prompt_name": null }""");
        TextEmbedder embedder = TextEmbedder.Load(folder.Path);
        Assert.Equal((Pooling.Last, false, 3, true, (string?)null), (embedder.Options.Pooling, embedder.Options.Normalize, embedder.Options.MaximumTokens, embedder.Options.LowerCase, embedder.Options.DefaultPrompt));
        Assert.Equal("query: ", embedder.Options.Prompts["query"]);
        Assert.Equal(embedder.Embed("cat"), embedder.Embed("cat dog bird")); // three tokens, two of them special
        File.WriteAllText(folder["modules.json"], File.ReadAllText(folder["modules.json"]).Replace("]", """, { "idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize" }]"""));
        Assert.True(TextEmbedder.Load(folder.Path).Options.Normalize);

        foreach ((string file, string text, string expected) in ((string, string, string)[])
            [
                ("modules.json", """[{ "path": "2_Dense", "type": "sentence_transformers.models.Dense" }]""", "a module of kind Dense is not supported"),
                ("modules.json", """[{ "path": "../elsewhere", "type": "sentence_transformers.models.Transformer" }]""", "leads out of the folder"),
                ("modules.json", "{}", "expected a list of modules"),
                ("1_Pooling/config.json", """{ "pooling_mode_max_tokens": true }""", "only pooling_mode_cls_token, pooling_mode_mean_tokens, pooling_mode_lasttoken"),
                ("1_Pooling/config.json", """{ "pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true }""", "one way of pooling is supported, given pooling_mode_cls_token, pooling_mode_mean_tokens"),
            ])
        {
            string before = File.ReadAllText(folder[file]);
            File.WriteAllText(folder[file], text);
            Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => TextEmbedder.Load(folder.Path)).Message);
            File.WriteAllText(folder[file], before);
        }
    }

    [Fact]
    public void SearchFindsTheNearestLines()
    {
        string[] lines = ["red cat", "", "blue bread", "red dog", "cat", "cat"];
        SemanticSearch search = new(Embedder(), lines);
        Assert.Equal(5, search.Count);
        IReadOnlyList<SearchHit> hits = search.Find("cat", 3);
        Assert.Equal([4, 5, 0], hits.Select(h => h.Index));
        Assert.Equal(["cat", "cat", "red cat"], hits.Select(h => h.Text));
        Assert.Equal(1, hits[0].Similarity, 1e-5);
        Assert.Equal([0, 2, 3, 4, 5], search.Find("cat", 100).Select(h => h.Index).Order());
        Assert.Empty(new SemanticSearch(Embedder(), ["  "]).Find("cat"));
        SemanticSearch prompted = new(Embedder(new EmbeddingOptions { Prompts = new Dictionary<string, string> { ["query"] = "query: ", ["passage"] = "passage: " } }), lines);
        Assert.Equal(TextEmbedder.Similarity(Embedder().Embed("query: cat"), Embedder().Embed("passage: cat")), prompted.Find("cat")[0].Similarity, 1e-6);
    }

    [Fact]
    public void ACrossEncoderReadsQuestionAndTextTogether()
    {
        Oracle o = new Oracle(HeadKind.Sequence, Words, ["relevant"], mixes: true).Says(0, "red", 8).Bias(0, 2);
        using TemporaryFolder folder = new();
        TaskTests.Save(o, folder.Path);
        Reranker reranker = Reranker.Load(folder.Path);
        Assert.True(reranker.IsCrossEncoder);
        IReadOnlyList<RankedText> ranked = reranker.Rank("cat", ["blue bread", "red dog", "red red"]);
        Assert.Equal([2, 1, 0], ranked.Select(r => r.Index));
        Assert.All(ranked, r => Assert.InRange(r.Score, 0, 1));
        Assert.Single(reranker.Rank("cat", ["blue bread", "red dog"], count: 1));
        double raw = new Reranker(new TextClassifier(o.Model, o.Tokenizer), raw: true).Score("cat", "red dog");
        Assert.Equal(1 / (1 + Math.Exp(-raw)), reranker.Score("cat", "red dog"), 1e-9);

        foreach (string key in (string[])["\"sbert_ce_default_activation_function\": \"torch.nn.modules.linear.Identity\"", "\"sentence_transformers\": { \"activation_fn\": \"torch.nn.modules.linear.Identity\" }"])
        {
            File.WriteAllText(folder["config.json"], ModelFolder.ConfigJson(o.Model.Config).Insert(1, key + ","));
            Assert.Equal(raw, Reranker.Load(folder.Path).Score("cat", "red dog"), 1e-9);
            Assert.NotEqual(raw, Reranker.Load(folder.Path, raw: false).Score("cat", "red dog"));
        }
    }

    [Fact]
    public void WithoutACrossEncoderVectorsRank()
    {
        using TemporaryFolder folder = new();
        TaskTests.Save(new Oracle(HeadKind.Vocabulary, Words), folder.Path);
        Reranker reranker = Reranker.Load(folder.Path);
        Assert.False(reranker.IsCrossEncoder);
        Assert.Equal([1, 2, 0, 3], reranker.Rank("red cat", ["blue bread", "cat red", "red", " "]).Select(r => r.Index));
        Oracle two = new(HeadKind.Sequence, Words, ["no", "yes"]);
        Assert.Contains("has one label, given 2: no, yes", Assert.Throws<ArgumentException>(() => new Reranker(new TextClassifier(two.Model, two.Tokenizer))).Message);
    }
}
