using System.Text.Json;
using Heed.Tasks;
using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>POST /v1/rerank, /v1/classify and /v1/fill-mask: what encoders tell of texts.</summary>
internal static class ReadingEndpoints
{
    /// <summary>Documents in the order in which they fit a question.</summary>
    public static async Task Rerank(HttpContext context, ModelRegistry registry, ServerOptions limits)
    {
        RerankRequest request = await JsonBody.Read(context, ApiJson.Default.RerankRequest);
        if (string.IsNullOrWhiteSpace(request.Query)) throw ApiException.Invalid("query", "query must be a text that is not empty");
        if (request.Documents is not { Count: > 0 } documents) throw ApiException.Invalid("documents", "documents must be a list of one text or more");
        string[] texts = ReadingScope.Few([.. documents.Select(Document)], "documents", limits);
        WritingOptions.Demand("top_n", request.TopN, n => n >= 1, "1 or more");
        IReadOnlyList<RankedText> ranked = await ReadingScope.Run(context, registry, limits, request.Model, "/v1/rerank", "documents", (model, _) => model.Reranker.Rank(request.Query, texts, request.TopN));
        RerankResult[] results = [.. ranked.Select(r => new RerankResult(r.Index, r.Score, request.ReturnDocuments == true ? new RerankDocument(r.Text) : null))];
        await context.Response.WriteAsJsonAsync(new RerankResponse($"rerank-{Guid.NewGuid():N}", registry.Find(request.Model).Name, results), ApiJson.Relaxed.RerankResponse);
    }

    /// <summary>The labels of texts, or of pairs of texts.</summary>
    public static async Task Classify(HttpContext context, ModelRegistry registry, ServerOptions limits)
    {
        ClassifyRequest request = await JsonBody.Read(context, ApiJson.Default.ClassifyRequest);
        string[] texts = ReadingScope.Texts(request.Input, "input", limits), seconds = JsonParts.Texts(request.Pair, "pair");
        if (request.Pair is not null && seconds.Length != texts.Length) throw ApiException.Invalid("pair", $"pair must have as many texts as input, {texts.Length}, given {seconds.Length}");
        WritingOptions.Demand("top_n", request.TopN, n => n >= 1, "1 or more");
        IReadOnlyList<IReadOnlyList<LabelScore>> found = await ReadingScope.Run(context, registry, limits, request.Model, "/v1/classify", "input", (model, _) =>
            model.Classifier.ClassifyAll([.. texts.Select((text, i) => (text, seconds.Length > 0 ? seconds[i] : null))]));
        ClassifyData[] data = [.. found.Select((labels, i) => new ClassifyData(i, labels[0].Label, labels[0].Score, [.. labels.Take(request.TopN ?? labels.Count).Select(l => new LabelData(l.Label, l.Score))]))];
        await context.Response.WriteAsJsonAsync(new ClassifyResponse("list", registry.Find(request.Model).Name, data), ApiJson.Relaxed.ClassifyResponse);
    }

    /// <summary>What may stand at the masks of texts.</summary>
    public static async Task Fill(HttpContext context, ModelRegistry registry, ServerOptions limits)
    {
        FillMaskRequest request = await JsonBody.Read(context, ApiJson.Default.FillMaskRequest);
        string[] texts = ReadingScope.Texts(request.Input, "input", limits);
        WritingOptions.Demand("top_k", request.TopK, k => k is >= 1 and <= 100, "1 to 100");
        FillMaskData[] data = await ReadingScope.Run(context, registry, limits, request.Model, "/v1/fill-mask", "input", (model, _) =>
            texts.Select((text, i) => new FillMaskData(i, [.. model.FillMask.Fill(text, request.TopK ?? 5).Select(mask => (IReadOnlyList<MaskData>)[.. mask.Select(c => new MaskData(c.Token, c.Id, c.Probability, c.Text))])])).ToArray());
        await context.Response.WriteAsJsonAsync(new FillMaskResponse("list", registry.Find(request.Model).Name, data), ApiJson.Relaxed.FillMaskResponse);
    }

    private static string Document(JsonElement document, int i)
    {
        string name = $"documents[{i}]";
        if (document.ValueKind == JsonValueKind.Object && document.TryGetProperty("text", out JsonElement text)) return JsonParts.Text(text, $"{name}.text");
        return JsonParts.Text(document, name);
    }
}
