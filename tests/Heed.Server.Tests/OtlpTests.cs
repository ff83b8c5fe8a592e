using System.Collections.Concurrent;
using System.Text;
using Heed.Cli;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Command = Heed.Cli.Tests.Cli;

namespace Heed.Server.Tests;

/// <summary>What `heed serve --otlp` sends, received by a small collector (https://opentelemetry.io/docs/specs/otlp/#otlphttp).</summary>
[Collection("server")]
public sealed class OtlpTests(SmallModels models)
{
    [Fact]
    public async Task A_collector_gets_spans_and_metrics_without_prompts()
    {
        ConcurrentBag<(string Path, byte[] Body)> received = [];
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using WebApplication collector = builder.Build();
        collector.Run(async context =>
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body);
            received.Add((context.Request.Path, body.ToArray()));
            context.Response.ContentType = "application/x-protobuf";
        });
        await collector.StartAsync();
        await using (TestServer server = await TestServer.Start([models.Writer], null, b => OtlpExport.Add(b.Services, collector.Urls.Single())))
        {
            await server.Post("/v1/completions", new { prompt = "a secret prompt", max_tokens = 3, logit_bias = new Dictionary<string, int> { ["2"] = -100 } });
            await server.Post("/v1/embeddings", new { input = "a secret prompt" });
            await server.Stop();
        }
        // resource_spans.scope_spans.spans, of which 5 is the name, 9 the attributes, 1 and 4 trace and parent.
        byte[][][] spans = [.. received.Where(r => r.Path == "/v1/traces").SelectMany(r => Protobuf.Find(r.Body, 1, 2, 2)).Select(s => (byte[][])[[.. Protobuf.Find(s, 5).Single()], s])];
        Assert.Equal(["POST /v1/completions", "POST /v1/embeddings", "embeddings chat", "text_completion chat"], spans.Select(s => Encoding.UTF8.GetString(s[0])).Order(StringComparer.Ordinal));
        byte[] work = spans.Single(s => Encoding.UTF8.GetString(s[0]) == "text_completion chat")[1], request = spans.Single(s => Encoding.UTF8.GetString(s[0]) == "POST /v1/completions")[1];
        Assert.Equal(Protobuf.Find(request, 1).Single(), Protobuf.Find(work, 1).Single()); // one trace
        Assert.Equal(Protobuf.Find(request, 2).Single(), Protobuf.Find(work, 4).Single()); // the request is the parent
        Assert.Superset(new HashSet<string> { "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens" }, Protobuf.Find(work, 9, 1).Select(Encoding.UTF8.GetString).ToHashSet());
        // resource_metrics.scope_metrics.metrics, of which 1 is the name.
        HashSet<string> metrics = [.. received.Where(r => r.Path == "/v1/metrics").SelectMany(r => Protobuf.Find(r.Body, 1, 2, 2, 1)).Select(Encoding.UTF8.GetString)];
        Assert.Superset(new HashSet<string> { "gen_ai.server.request.duration", "gen_ai.server.time_to_first_token", "gen_ai.server.time_per_output_token", "heed.server.requests", "heed.server.tokens", "heed.engine.cache.pages" }, metrics);
        Assert.DoesNotContain(received, r => Encoding.Latin1.GetString(r.Body).Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_no_address_is_refused() => Command.Run("serve", "poems-zh", "--otlp", "nowhere").Misused("--otlp");

    /// <summary>As much of the wire format as is needed (https://protobuf.dev/programming-guides/encoding/).</summary>
    private static class Protobuf
    {
        /// <summary>The fields of bytes that a path of numbers leads to.</summary>
        public static IEnumerable<byte[]> Find(byte[] message, params int[] path)
        {
            IEnumerable<byte[]> found = [message];
            foreach (int number in path) found = found.SelectMany(m => Fields(m).Where(f => f.Number == number).Select(f => f.Bytes));
            return found;
        }

        private static IEnumerable<(int Number, byte[] Bytes)> Fields(byte[] message)
        {
            for (int at = 0; at < message.Length;)
            {
                ulong tag = Varint(message, ref at);
                int length = (int)(tag & 7) switch { 0 => -1, 1 => 8, 5 => 4, 2 => (int)Varint(message, ref at), _ => throw new InvalidDataException($"wire type {tag & 7}") };
                if (length < 0) Varint(message, ref at);
                else
                {
                    yield return ((int)(tag >> 3), message[at..(at + length)]);
                    at += length;
                }
            }
        }

        private static ulong Varint(byte[] bytes, ref int at)
        {
            ulong value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte part = bytes[at++];
                value |= (ulong)(part & 127) << shift;
                if (part < 128) return value;
            }
        }
    }
}
