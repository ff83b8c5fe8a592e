using Heed.Server;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Heed.Cli;

/// <summary>Sends what a server measures to an OpenTelemetry collector (https://opentelemetry.io/docs/specs/otlp/). Logs are not sent.</summary>
internal static class OtlpExport
{
    private const int GrpcPort = 4317; // of OTLP over gRPC; every other port is taken for HTTP

    /// <summary>Whether a text is the address of a collector.</summary>
    public static bool IsEndpoint(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https";

    /// <summary>Adds the exporters; they send while the server runs, and the rest when it ends.</summary>
    /// <param name="services">The server's.</param>
    /// <param name="endpoint">The collector's address; null = what the environment says (OTEL_EXPORTER_OTLP_*), else this machine's.</param>
    public static void Add(IServiceCollection services, string? endpoint) => services.AddOpenTelemetry()
        .ConfigureResource(resource => resource.AddService("heed"))
        // The request's own span comes along: it is the parent of the work's, and continues the caller's trace.
        .WithTracing(tracing => tracing.AddSource(HeedTelemetry.SourceName, "Microsoft.AspNetCore").AddOtlpExporter(otlp => Aim(otlp, endpoint, "traces")))
        .WithMetrics(metrics => metrics.AddMeter(HeedTelemetry.MeterName).AddOtlpExporter(otlp => Aim(otlp, endpoint, "metrics")));

    private static void Aim(OtlpExporterOptions otlp, string? endpoint, string signal)
    {
        if (endpoint is null) return;
        Uri address = new(endpoint);
        bool grpc = address.Port == GrpcPort;
        (otlp.Protocol, otlp.Endpoint) = grpc ? (OtlpExportProtocol.Grpc, address) : (OtlpExportProtocol.HttpProtobuf, new Uri($"{endpoint.TrimEnd('/')}/v1/{signal}"));
    }
}
