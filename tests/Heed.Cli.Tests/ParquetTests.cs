using System.Text.Json;
using Heed.Data.Records;
using Heed.Parquet;
using Parquet;
using Parquet.Schema;
using Parquet.Serialization;

namespace Heed.Cli.Tests;

/// <summary>Parquet files as another program writes them, read by the library and by the real command.</summary>
public sealed class ParquetTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    private sealed class Turn
    {
        public string? Role { get; set; }

        public List<string?>? Parts { get; set; }
    }

    private sealed class Row
    {
        public string? Text { get; set; }

        public int Label { get; set; }

        public double? Score { get; set; }

        public List<string?>? Tags { get; set; }

        public List<Turn>? Turns { get; set; }

        public Dictionary<string, long>? Counts { get; set; }
    }

    // Every shape that nesting takes: absent, empty, one, several; at both levels.
    private static Row[] Rows() =>
    [
        new() { Text = "one", Label = 1, Score = 0.1, Tags = ["a", null, "c"], Turns = [new() { Role = "user", Parts = ["x", "y"] }, new() { Role = null, Parts = [] }], Counts = new() { ["k"] = 5, ["l"] = 6 } },
        new() { Text = null, Label = -2, Score = null, Tags = null, Turns = null, Counts = null },
        new() { Text = "三", Label = 3, Score = 1e30, Tags = [], Turns = [], Counts = [] },
        new() { Text = "four", Label = 4, Score = -2.5, Tags = ["z"], Turns = [new() { Role = "bot", Parts = null }, new() { Role = "user", Parts = [null] }], Counts = new() { ["m"] = 7 } },
    ];

    private string Write(string name, IEnumerable<Row> rows, int? group = null, CompressionMethod compression = CompressionMethod.Snappy)
    {
        using FileStream file = File.Create(folder[name]);
        ParquetSerializer.SerializeAsync(rows, file, new ParquetOptions { CompressionMethod = compression, RowGroupSize = group }).GetAwaiter().GetResult();
        return folder[name];
    }

    private static string Json(RecordValue value) => value.Text is { } text ? JsonSerializer.Serialize(text)
        : value.Items is { } items ? $"[{string.Join(",", items.Select(Json))}]"
        : value.Fields is { } fields ? $"{{{string.Join(",", fields.Select(f => $"{JsonSerializer.Serialize(f.Key)}:{Json(f.Value)}"))}}}"
        : "null";

    private static string Json(Row r) => Json(RecordValue.Of(new Dictionary<string, RecordValue>
    {
        ["Text"] = Of(r.Text),
        ["Label"] = RecordValue.Of($"{r.Label}"),
        ["Score"] = Of(r.Score?.ToString("R", System.Globalization.CultureInfo.InvariantCulture)),
        ["Tags"] = r.Tags is null ? RecordValue.Nothing : RecordValue.Of([.. r.Tags.Select(Of)]),
        ["Turns"] = r.Turns is null ? RecordValue.Nothing : RecordValue.Of([.. r.Turns.Select(t => RecordValue.Of(new Dictionary<string, RecordValue> { ["Role"] = Of(t.Role), ["Parts"] = t.Parts is null ? RecordValue.Nothing : RecordValue.Of([.. t.Parts.Select(Of)]) }))]),
        ["Counts"] = r.Counts is null ? RecordValue.Nothing : RecordValue.Of(r.Counts.ToDictionary(c => c.Key, c => RecordValue.Of($"{c.Value}"))),
    }));

    private static RecordValue Of(string? text) => text is null ? RecordValue.Nothing : RecordValue.Of(text);

    [Theory]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Zstd)]
    [InlineData(CompressionMethod.None)]
    public void Nested_rows_come_back_as_they_were_written(CompressionMethod compression)
    {
        DataRecord[] records = [.. ParquetRecords.Read(Write("a.parquet", Rows(), group: 3, compression), [], new RecordFaults())];
        Assert.Equal(Rows().Select(Json), records.Select(r => Json(RecordValue.Of(r.Values))));
        Assert.Equal([1L, 2, 3, 4], records.Select(r => r.Line));
        Assert.Equal(["{\"Text\":\"one\",\"Label\":\"1\"}"], ParquetRecords.Read(folder["a.parquet"], ["Label", "Text", "none"], new RecordFaults()).Take(1).Select(r => Json(RecordValue.Of(r.Values))));
    }

    [Fact]
    public void A_damaged_file_is_named_and_a_damaged_row_group_is_one_fault()
    {
        string path = Write("a.parquet", Enumerable.Range(0, 400).Select(i => new Row { Text = $"text {i * 7919 % 1009}", Label = i }), group: 100, CompressionMethod.None);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(folder["short.parquet"], bytes[..(bytes.Length / 2)]);
        Assert.Contains("short.parquet", Assert.Throws<InvalidDataException>(() => ParquetRecords.Read(folder["short.parquet"], [], new RecordFaults()).Count()).Message, StringComparison.Ordinal);
        for (int i = 4; i < 40; i++) bytes[i] = 0xFF; // the first page's header
        File.WriteAllBytes(folder["bad.parquet"], bytes);
        RecordFaults faults = new(1);
        Assert.Equal(300, ParquetRecords.Read(folder["bad.parquet"], ["Text"], faults).Count());
        Assert.Equal(1, faults.Count);
        Assert.Contains("row group", Assert.Throws<InvalidDataException>(() => ParquetRecords.Read(folder["bad.parquet"], ["Text"], new RecordFaults()).Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_trains_on_a_folder_of_parquet_files()
    {
        Directory.CreateDirectory(folder["set"]);
        File.WriteAllText(folder["set/README.md"], "A set.");
        IEnumerable<Row> Some(int from, int count) => Enumerable.Range(from, count).Select(i => new Row { Text = $"{i} green bottles hang on the wall; take {i % 7} down.", Tags = ["pass it around"] });
        Write("set/train-00000-of-00002.parquet", Some(0, 40));
        Write("set/train-00001-of-00002.parquet", Some(40, 20));
        Write("set/validation-00000-of-00001.parquet", Some(60, 20));
        string recipe = folder.Write("r.json", """
            {
              "data": { "source": ["set"], "text": "{Text} {Tags}", "tokenizer": "bytes" },
              "algorithm": { "depth": 1, "width": 16, "heads": 2, "context": 16, "batch": 4, "steps": 3, "schedule": { "warmup_steps": 2 } },
              "compute": {}
            }
            """);
        string text = Cli.Run("train", recipe, "--output", folder["run"]).Good().Out;
        Assert.Contains("validation loss", text, StringComparison.Ordinal);
        File.WriteAllText(folder["set/train-00001-of-00002.parquet"], "no parquet");
        Cli.Run("train", recipe, "--output", folder["other"]).Failed("train-00001-of-00002.parquet");
    }
}
