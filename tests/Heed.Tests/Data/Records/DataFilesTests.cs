using Heed.Data.Records;
using Heed.Tests.Formats;

namespace Heed.Tests.Data.Records;

/// <summary>Which files paths, globs and folders stand for.</summary>
public sealed class DataFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public DataFilesTests()
    {
        foreach (string name in (string[])["hub/README.md", "hub/dataset_infos.json", "hub/.git/train.jsonl", "hub/_temp/train.jsonl", "hub/data/train-00001-of-00002.jsonl", "hub/data/train-00000-of-00002.jsonl", "hub/data/validation-00000-of-00001.jsonl.gz",
            "hub/data/test-00000-of-00001.jsonl", "hub/data/other.jsonl", "texts/b/two.txt", "texts/a.txt", "texts/README.md", "flat/one.csv", "flat/training.tsv", "parts/train/1.txt", "parts/dev/constraint.txt", "parts/dev/2.txt", "plain/trainer.jsonl", "plain/latest.jsonl"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
            File.WriteAllText(folder[name], name);
        }
    }

    public void Dispose() => folder.Dispose();

    private string[] Find(string source, DataSplit split = DataSplit.Training) => Names(DataFiles.Find([folder[source]], split));

    private string[] Names(DataFiles files) => [.. files.Paths.Select(p => Path.GetRelativePath(folder.Path, p).Replace('\\', '/'))];

    [Fact]
    public void AFolderGivesTheFilesOfTheSplitInOrder()
    {
        Assert.Equal(["hub/data/train-00000-of-00002.jsonl", "hub/data/train-00001-of-00002.jsonl"], Find("hub"));
        Assert.Equal(["hub/data/validation-00000-of-00001.jsonl.gz"], Find("hub", DataSplit.Validation));
        Assert.Equal(["hub/data/test-00000-of-00001.jsonl"], Find("hub", DataSplit.Test));
        Assert.Equal(["parts/dev/2.txt", "parts/dev/constraint.txt"], Find("parts", DataSplit.Validation)); // "constraint" is no word of a split
        Assert.Equal(["flat/training.tsv"], Find("flat"));
    }

    [Fact]
    public void WithoutNamesOfSplitsAllFilesAreForWhatIsAskedFor()
    {
        Assert.Equal(["texts/a.txt", "texts/b/two.txt"], Find("texts"));
        Assert.Equal(["texts/a.txt", "texts/b/two.txt"], Find("texts", DataSplit.Test));
        Assert.Equal(["plain/latest.jsonl", "plain/trainer.jsonl"], Find("plain"));
        Assert.Null(DataFiles.FindApart([folder["texts"], folder["texts/a.txt"]], DataSplit.Validation));
        Assert.Equal(["hub/data/validation-00000-of-00001.jsonl.gz"], Names(DataFiles.FindApart([folder["hub"]], DataSplit.Validation)!));
    }

    [Theory]
    [InlineData("hub/data/train-*.jsonl", 2)]
    [InlineData("hub/data/t????-*", 2)]
    [InlineData("hub/*.jsonl", 0)]
    [InlineData("**/a.txt", 1)]
    [InlineData("hub/**/train*.jsonl", 3)]
    [InlineData("*/*.txt", 1)]
    [InlineData("*/[a].txt", 0)]
    [InlineData("none/*.txt", 0)]
    public void AGlobGivesWhatMatches(string glob, int count)
    {
        if (count == 0) Assert.Contains(glob, Assert.Throws<FileNotFoundException>(() => Find(glob)).Message);
        else Assert.Equal(count, Find(glob).Length);
    }

    [Fact]
    public void TextsOfAFolderAreDocumentsAndASingleFileIsRunningText()
    {
        Assert.Equal(["texts/a.txt", "texts/b/two.txt"], DataFiles.Find([folder["texts"]]).Read().Select(r => r.Text("text")));
        Assert.True(DataFiles.Find([folder["texts/a.txt"]]).IsRunningText);
        Assert.False(DataFiles.Find([folder["texts"]]).IsRunningText);
        Assert.False(DataFiles.Find([folder["hub/data/other.jsonl"]]).IsRunningText);
        File.WriteAllText(folder["texts/a.txt"], "one\ntwo\n");
        Assert.Equal(["one", "two"], DataFiles.Find([folder["texts/a.txt"]]).Read().Select(r => r.Text("text")));
        Assert.Equal(["one\ntwo\n", "one\ntwo\n"], DataFiles.Find([folder["texts/a.txt"], folder["texts/a.txt"]]).Read(documents: true).Select(r => r.Text("text")));
    }

    [Fact]
    public void WhatCannotBeMeantIsRefused()
    {
        Directory.CreateDirectory(folder["empty"]);
        File.WriteAllText(folder["empty/README.md"], "nothing");
        Assert.Contains("no data file (.csv", Assert.Throws<InvalidDataException>(() => Find("empty")).Message);
        Assert.Contains("says validation", Assert.Throws<InvalidDataException>(() => Find("flat", DataSplit.Validation)).Message);
        File.WriteAllText(folder["flat/train.jsonl"], "{}");
        Assert.Contains(".jsonl and .tsv", Assert.Throws<InvalidDataException>(() => Find("flat")).Message);
        Assert.Contains("none.txt", Assert.Throws<FileNotFoundException>(() => Find("none.txt")).Message);
    }

    [Fact]
    public void AKindThatNobodyReadsIsNamed()
    {
        File.WriteAllText(folder["a.unheard"], "one two");
        Assert.True(RecordFile.IsText(folder["a.unheard"]));
        RecordFormat.Register(".unheard", (path, columns, faults) => File.ReadAllText(path).Split(' ').Select((w, i) => new DataRecord(path, i + 1, new Dictionary<string, RecordValue> { ["w"] = RecordValue.Of(w) })));
        Assert.Equal(["one", "two"], RecordFile.Read(folder["a.unheard"]).Select(r => r.Text("w")));
        Assert.False(RecordFile.IsText(folder["a.unheard"]));
    }

    [Fact]
    public void ATornGzipIsOneFaultAndUtf16IsNamed()
    {
        byte[] packed;
        using (MemoryStream whole = new())
        {
            using (System.IO.Compression.GZipStream gzip = new(whole, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
                for (int i = 0; i < 20_000; i++) gzip.Write(System.Text.Encoding.UTF8.GetBytes($"{i * 7919 % 10007}\n"));
            packed = whole.ToArray();
        }
        File.WriteAllBytes(folder["torn.txt.gz"], packed[..(packed.Length / 2)]);
        RecordFaults faults = new(1);
        Assert.InRange(RecordFile.Read(folder["torn.txt.gz"], null, faults).Count(), 1000, 19_000);
        Assert.Equal(1, faults.Count);
        Assert.Contains("1 record was passed over: 1 of ", faults.Summary);
        File.WriteAllBytes(folder["wide.txt"], System.Text.Encoding.Unicode.GetPreamble().Concat(System.Text.Encoding.Unicode.GetBytes("text")).ToArray());
        Assert.Contains("UTF-16", Assert.Throws<InvalidDataException>(() => RecordFile.Read(folder["wide.txt"]).Count()).Message);
    }
}
