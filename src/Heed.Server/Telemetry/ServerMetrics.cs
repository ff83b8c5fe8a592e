using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Heed.Generation;

namespace Heed.Server;

/// <summary>
/// What the server measures, as .NET's own instruments: OpenTelemetry collects them under <see cref="HeedTelemetry.MeterName"/>, and /metrics shows them to
/// Prometheus. Names of what is generated are those of OpenTelemetry's conventions (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/).
/// </summary>
internal sealed class ServerMetrics
{
    private static readonly ActivitySource Activities = new(HeedTelemetry.SourceName);

    private readonly Counter<long> requests, tokens;
    private readonly Histogram<double> duration, operations, first, between;
    private readonly ModelRegistry registry;

    public ServerMetrics(IMeterFactory meters, ModelRegistry registry)
    {
        this.registry = registry;
        Meter meter = Meter = meters.Create(HeedTelemetry.MeterName);
        requests = meter.CreateCounter<long>("heed.server.requests", description: "Requests that were answered");
        duration = meter.CreateHistogram<double>("heed.server.request.duration", "s", "Time from a request to the end of its answer");
        tokens = meter.CreateCounter<long>("heed.server.tokens", description: "Tokens of prompts (input) and answers (output)");
        operations = meter.CreateHistogram<double>("gen_ai.server.request.duration", "s", "Time that a model works on a request, from its start to its last token");
        first = meter.CreateHistogram<double>("gen_ai.server.time_to_first_token", "s", "Time from the start of a request's generation to its first token");
        between = meter.CreateHistogram<double>("gen_ai.server.time_per_output_token", "s", "Time between two tokens of a text");
        meter.CreateObservableGauge("heed.engine.sequences", () => Engines((s, tag) => [new(s.Running, tag, new("state", "running")), new(s.Waiting, tag, new("state", "waiting"))]), description: "Texts that are being written, or wait");
        meter.CreateObservableGauge("heed.engine.cache.pages", () => Engines((s, tag) => [new(s.PagesInUse, tag, new("state", "used")), new(s.Pages - s.PagesInUse, tag, new("state", "free"))]), description: "Pages of the cache of keys and values");
        meter.CreateObservableGauge("heed.engine.cache.size", () => Engines((s, tag) => [new(s.CacheBytes, tag)]), "By", "Memory that the cache has taken");
        meter.CreateObservableCounter("heed.engine.tokens.reused", () => Engines((s, tag) => [new(s.TokensReused, tag)]), description: "Tokens of prompts that did not have to be computed");
        meter.CreateObservableGauge("heed.models.loaded", () => registry.Loaded.Count, description: "Models in memory");
    }

    /// <summary>The meter of this server; other servers in the process have their own.</summary>
    public Meter Meter { get; }

    /// <summary>A request was answered.</summary>
    public void Answered(string route, int status, TimeSpan time)
    {
        requests.Add(1, new("route", route), new("status", status));
        duration.Record(time.TotalSeconds, new KeyValuePair<string, object?>("route", route));
    }

    /// <summary>A model begins to work on a request.</summary>
    /// <param name="operation">What it does, in OpenTelemetry's words where they have one.</param>
    /// <param name="model">Which one.</param>
    public OperationWatch Begin(string operation, string model) => new(operations, Activities.StartActivity($"{operation} {model}"), operation, model);

    /// <summary>Passes pieces on and measures them.</summary>
    public async IAsyncEnumerable<TextPiece> Watch(string model, WritingPlan plan, IAsyncEnumerable<TextPiece> pieces, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using OperationWatch watch = Begin(plan.Operation, model);
        TagList tags = watch.Tags;
        long written = 0;
        long[] last = new long[plan.Prompts.Count * plan.Count];
        string[] finish = new string[last.Length];
        Array.Fill(finish, "error");
        try
        {
            await foreach (TextPiece piece in pieces.WithCancellation(cancellation).ConfigureAwait(false))
            {
                written += piece.Count;
                if (piece.Count > 0)
                {
                    long now = Stopwatch.GetTimestamp();
                    if (written == piece.Count) first.Record(watch.Elapsed.TotalSeconds, tags);
                    if (last[piece.Choice] != 0) between.Record(Stopwatch.GetElapsedTime(last[piece.Choice], now).TotalSeconds, tags);
                    last[piece.Choice] = now;
                }
                finish[piece.Choice] = piece.Finish ?? finish[piece.Choice];
                yield return piece;
            }
            watch.Succeeded();
        }
        finally
        {
            tokens.Add(plan.PromptTokens, [.. tags, new("gen_ai.token.type", "input")]);
            tokens.Add(written, [.. tags, new("gen_ai.token.type", "output")]);
            watch.Span?.SetTag("gen_ai.usage.input_tokens", plan.PromptTokens).SetTag("gen_ai.usage.output_tokens", written).SetTag("gen_ai.response.finish_reasons", finish);
        }
    }

    private IEnumerable<Measurement<long>> Engines(Func<EngineStatistics, KeyValuePair<string, object?>, Measurement<long>[]> measure) =>
        registry.Loaded.Where(l => l.Model.Writer is DecoderWriter).SelectMany(l => measure(((DecoderWriter)l.Model.Writer!).Statistics, new("gen_ai.request.model", l.Model.Source.Name)));
}
