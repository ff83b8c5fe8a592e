using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>Collects the server's instruments and writes them in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/).</summary>
internal sealed class PrometheusText : IDisposable
{
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly MeterListener listener = new();
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, Family> families = new(StringComparer.Ordinal); // under the gate

    public PrometheusText(ServerMetrics metrics)
    {
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Meter == metrics.Meter) own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();
    }

    /// <summary>What the server measures, for Prometheus.</summary>
    public static Task Handle(HttpContext context, PrometheusText metrics)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return context.Response.WriteAsync(metrics.Write(), context.RequestAborted);
    }

    /// <summary>All that was measured.</summary>
    public string Write()
    {
        StringBuilder text = new();
        lock (gate)
        {
            // What is only observed has no value where its model is gone.
            foreach (Family family in families.Values.Where(f => f.Observed)) family.Series.Clear();
            listener.RecordObservableInstruments();
            foreach ((string name, Family family) in families) family.Write(name, text);
        }
        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string name = NameOf(instrument), labels = Labels(tags);
        lock (gate)
        {
            if (!families.TryGetValue(name, out Family? family)) families[name] = family = new Family(instrument);
            if (!family.Series.TryGetValue(labels, out Series? series)) family.Series[labels] = series = new Series();
            series.Take(value, family);
        }
    }

    private static string NameOf(Instrument instrument)
    {
        string name = instrument.Name.Replace('.', '_') + instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return Family.Counts(instrument) ? name + "_total" : name;
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        List<string> labels = [];
        foreach ((string key, object? value) in tags)
        {
            string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            labels.Add($"{key.Replace('.', '_')}=\"{text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)}\"");
        }
        labels.Sort(StringComparer.Ordinal);
        return string.Join(',', labels);
    }

    /// <summary>An instrument and its series by labels.</summary>
    private sealed class Family(Instrument instrument)
    {
        public SortedDictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);

        public bool Observed => instrument.IsObservable;

        public bool Sums => instrument is Counter<long>;

        public bool HasBuckets => instrument is Histogram<double>;

        public static bool Counts(Instrument instrument) => instrument is Counter<long> or ObservableCounter<long>;

        public void Write(string name, StringBuilder text)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {instrument.Description}\n# TYPE {name} {(HasBuckets ? "histogram" : Counts(instrument) ? "counter" : "gauge")}\n");
            foreach ((string labels, Series series) in Series) series.Write(name, labels, this, text);
        }
    }

    /// <summary>The values of one set of labels.</summary>
    private sealed class Series
    {
        private readonly long[] buckets = new long[Bounds.Length + 1];
        private double sum;
        private long count;

        public void Take(double value, Family family)
        {
            count++;
            sum = family.Sums || family.HasBuckets ? sum + value : value;
            if (!family.HasBuckets) return;
            int bucket = Array.BinarySearch(Bounds, value);
            buckets[bucket < 0 ? ~bucket : bucket]++;
        }

        public void Write(string name, string labels, Family family, StringBuilder text)
        {
            string own = labels.Length == 0 ? "" : $"{{{labels}}}", more = labels.Length == 0 ? "" : labels + ",";
            if (!family.HasBuckets)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}{own} {sum}\n");
                return;
            }
            long below = 0;
            for (int i = 0; i <= Bounds.Length; i++)
            {
                below += buckets[i];
                string bound = i < Bounds.Length ? Bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{more}le=\"{bound}\"}} {below}\n");
            }
            text.Append(CultureInfo.InvariantCulture, $"{name}_sum{own} {sum}\n{name}_count{own} {count}\n");
        }
    }
}
