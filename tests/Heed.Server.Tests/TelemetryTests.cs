using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Heed.Server.Tests;

/// <summary>What the server tells of itself.</summary>
[Collection("server")]
public sealed class TelemetryTests(SmallModels models)
{
    [Fact]
    public async Task Metrics_count_what_was_done()
    {
        await using TestServer server = await TestServer.Start([models.Writer]);
        await server.Post("/v1/completions", new { prompt = "abc", max_tokens = 7, logit_bias = new Dictionary<string, int> { ["2"] = -100 } });
        await server.Post("/v1/completions", new { prompt = "abc", top_p = 9 }, 400);
        await server.Client.GetAsync("/v1/guessed");
        await server.Client.GetAsync("/v1/guessed/again");
        Dictionary<string, double> metrics = await Read(server);
        Assert.Equal(1, metrics["heed_server_requests_total{route=\"/v1/completions\",status=\"200\"}"]);
        Assert.Equal(1, metrics["heed_server_requests_total{route=\"/v1/completions\",status=\"400\"}"]);
        Assert.Equal(2, metrics["heed_server_requests_total{route=\"none\",status=\"404\"}"]);
        Assert.Equal(3, metrics["heed_server_tokens_total{gen_ai_operation_name=\"text_completion\",gen_ai_provider_name=\"heed\",gen_ai_request_model=\"chat\",gen_ai_token_type=\"input\"}"]);
        Assert.Equal(7, metrics["heed_server_tokens_total{gen_ai_operation_name=\"text_completion\",gen_ai_provider_name=\"heed\",gen_ai_request_model=\"chat\",gen_ai_token_type=\"output\"}"]);
        Assert.Equal(1, metrics["gen_ai_server_time_to_first_token_seconds_count{gen_ai_operation_name=\"text_completion\",gen_ai_provider_name=\"heed\",gen_ai_request_model=\"chat\"}"]);
        Assert.Equal(6, metrics["gen_ai_server_time_per_output_token_seconds_count{gen_ai_operation_name=\"text_completion\",gen_ai_provider_name=\"heed\",gen_ai_request_model=\"chat\"}"]);
        Assert.Equal(6, metrics["gen_ai_server_time_per_output_token_seconds_bucket{gen_ai_operation_name=\"text_completion\",gen_ai_provider_name=\"heed\",gen_ai_request_model=\"chat\",le=\"+Inf\"}"]);
        Assert.InRange(metrics["gen_ai_server_time_per_output_token_seconds_sum{gen_ai_operation_name=\"text_completion\",gen_ai_provider_name=\"heed\",gen_ai_request_model=\"chat\"}"], 1e-9, 60);
        Assert.Equal(1, metrics["gen_ai_server_request_duration_seconds_count{gen_ai_operation_name=\"text_completion\",gen_ai_provider_name=\"heed\",gen_ai_request_model=\"chat\"}"]);
        Assert.Equal(0, metrics["heed_engine_sequences{gen_ai_request_model=\"chat\",state=\"running\"}"]);
        Assert.Equal(1, metrics["heed_models_loaded"]);
        double[] buckets = [.. metrics.Where(m => m.Key.StartsWith("heed_server_request_duration_seconds_bucket{route=\"/v1/completions\"", StringComparison.Ordinal)).Select(m => m.Value)];
        Assert.Equal(buckets.Order(), buckets);
        Assert.Equal(2, buckets[^1]);
    }

    [Fact]
    public async Task Traces_tell_of_each_generation()
    {
        List<Activity> seen = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == HeedTelemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (seen) seen.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await models.Server.Post("/v1/completions", new { model = "gaps", prompt = "abcd", max_tokens = 2 });
        Activity one;
        lock (seen) one = Assert.Single(seen, a => a.OperationName == "text_completion gaps" && a.GetTagItem("gen_ai.usage.input_tokens") is 4);
        Assert.InRange((long)one.GetTagItem("gen_ai.usage.output_tokens")!, 1, 2);
    }

    [Fact]
    public async Task The_document_names_every_route_and_what_it_takes()
    {
        JsonElement document = await models.Server.Get("/openapi/v1.json");
        string[] paths = [.. document.GetProperty("paths").EnumerateObject().Select(p => p.Name)];
        foreach (string path in (string[])["/health", "/metrics", "/v1/models", "/v1/completions", "/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/rerank", "/v1/classify", "/v1/fill-mask"]) Assert.Contains(path, paths);
        JsonElement schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.True(schemas.GetProperty("ChatRequest").GetProperty("properties").TryGetProperty("max_completion_tokens", out _));
        Assert.True(schemas.GetProperty("CompletionRequest").GetProperty("properties").TryGetProperty("temperature", out _));
    }

    private static async Task<Dictionary<string, double>> Read(TestServer server)
    {
        string text = await server.Client.GetStringAsync("/metrics");
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#').ToDictionary(l => l[..l.LastIndexOf(' ')], l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }
}
