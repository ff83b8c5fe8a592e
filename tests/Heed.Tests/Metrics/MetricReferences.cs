using System.Text.Json;
using Heed.Tests.Formats;

namespace Heed.Tests.Metrics;

/// <summary>What the programs with which figures are published make of texts, labels and numbers: see tests/references/make_metric_references.py.</summary>
internal static class MetricReferences
{
    /// <summary>The rows of a part of a file.</summary>
    public static JsonElement[] Read(string file, string part)
    {
        JsonElement[] rows = [.. JsonDocument.Parse(File.ReadAllBytes(FixtureFolder.Path("metrics/" + file))).RootElement.GetProperty(part).EnumerateArray()];
        Assert.NotEmpty(rows);
        return rows;
    }

    public static string[] Texts(this JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(t => t.GetString()!)];

    public static double[] Numbers(this JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(t => t.GetDouble())];

    public static int[] Whole(this JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(t => t.GetInt32())];

    public static double Number(this JsonElement row, string name) => row.GetProperty(name).GetDouble();

    public static string Text(this JsonElement row, string name) => row.GetProperty(name).GetString()!;

    /// <summary>Compares numbers to 10 digits.</summary>
    public static void Near(double expected, double given) => Assert.True(Math.Abs(expected - given) <= 1e-10 * Math.Max(1, Math.Abs(expected)), $"expected {expected:R}, given {given:R}");
}
