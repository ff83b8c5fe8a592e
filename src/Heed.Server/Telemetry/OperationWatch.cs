using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Heed.Server;

/// <summary>Measures one piece of work of a model, until it is disposed.</summary>
internal sealed class OperationWatch : IDisposable
{
    private readonly long start = Stopwatch.GetTimestamp();
    private readonly Histogram<double> duration;
    private bool succeeded;

    /// <summary>Begins.</summary>
    public OperationWatch(Histogram<double> duration, Activity? span, string operation, string model)
    {
        (this.duration, Span) = (duration, span);
        Tags = new TagList { { "gen_ai.operation.name", operation }, { "gen_ai.provider.name", "heed" }, { "gen_ai.request.model", model } };
        foreach ((string name, object? value) in Tags) span?.SetTag(name, value);
    }

    /// <summary>Its span, if somebody listens.</summary>
    public Activity? Span { get; }

    /// <summary>What and whose work it is.</summary>
    public TagList Tags { get; }

    /// <summary>Time since its begin.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(start);

    /// <summary>It came to its end.</summary>
    public void Succeeded() => succeeded = true;

    public void Dispose()
    {
        TagList tags = Tags;
        if (!succeeded)
        {
            // The work failed, or the caller went away.
            tags.Add("error.type", "unfinished");
            Span?.SetTag("error.type", "unfinished").SetStatus(ActivityStatusCode.Error);
        }
        duration.Record(Elapsed.TotalSeconds, tags);
        Span?.Dispose();
    }
}
