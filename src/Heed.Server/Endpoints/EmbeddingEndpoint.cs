using System.Buffers.Binary;
using System.Text.Json;
using Heed.Tasks;
using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>POST /v1/embeddings: vectors of texts.</summary>
internal static class EmbeddingEndpoint
{
    public static async Task Handle(HttpContext context, ModelRegistry registry, ServerOptions limits)
    {
        EmbeddingRequest request = await JsonBody.Read(context, ApiJson.Default.EmbeddingRequest);
        if (request.EncodingFormat is not (null or "float" or "base64")) throw ApiException.Invalid("encoding_format", $"encoding_format must be float or base64, given {request.EncodingFormat}");
        int[][]? ids = JsonParts.HoldsIds(request.Input) ? ReadingScope.Few(JsonParts.IdLists(request.Input!.Value, "input"), "input", limits) : null;
        if (ids is not null && request.PromptName is not null) throw ApiException.Invalid("prompt_name", "token ids are read as they are: with prompt_name the input must be texts");
        string[] texts = ids is null ? ReadingScope.Texts(request.Input, "input", limits) : [];
        ModelSource source = registry.Find(request.Model);
        (float[][] vectors, int tokens) = await ReadingScope.Run(context, registry, limits, request.Model, "/v1/embeddings", "input", (model, end) =>
        {
            TextEmbedder embedder = model.Embedder;
            WritingOptions.Demand("dimensions", request.Dimensions, d => d >= 1 && d <= embedder.Dimensions, $"1 to {embedder.Dimensions}");
            if (request.PromptName is { } prompt && !embedder.Options.Prompts.ContainsKey(prompt)) throw ApiException.Invalid("prompt_name", $"the model {model.Source.Name} has no prompt '{prompt}'; it has {(embedder.Options.Prompts.Count == 0 ? "none" : string.Join(", ", embedder.Options.Prompts.Keys))}");
            float[][] made = ids is null ? embedder.EmbedAll(texts, request.PromptName, end) : embedder.EmbedTokens(ids, end);
            return (request.Dimensions is { } count ? [.. made.Select(v => Shortened(v, count, embedder.Options.Normalize))] : made, ids?.Sum(i => i.Length) ?? texts.Sum(t => embedder.CountTokens(t, request.PromptName)));
        });
        bool packed = request.EncodingFormat == "base64";
        EmbeddingData[] data = [.. vectors.Select((vector, i) => new EmbeddingData("embedding", i, packed ? Packed(vector) : JsonSerializer.SerializeToElement(vector, ApiJson.Default.SingleArray)))];
        await context.Response.WriteAsJsonAsync(new EmbeddingResponse("list", data, source.Name, new ReadingUsage(tokens, tokens)), ApiJson.Relaxed.EmbeddingResponse);
    }

    // The first values alone, of the length that the whole vector has.
    private static float[] Shortened(float[] vector, int count, bool normalize)
    {
        float[] first = vector[..count];
        double length = Math.Sqrt(first.Sum(v => (double)v * v));
        return normalize && length > 0 ? [.. first.Select(v => (float)(v / length))] : first;
    }

    private static JsonElement Packed(float[] vector)
    {
        byte[] bytes = new byte[vector.Length * sizeof(float)];
        for (int i = 0; i < vector.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
        return JsonSerializer.SerializeToElement(Convert.ToBase64String(bytes), ApiJson.Default.String);
    }
}
