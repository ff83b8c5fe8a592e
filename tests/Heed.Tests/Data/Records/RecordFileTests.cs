using System.IO.Compression;
using System.Text;
using CsCheck;
using Heed.Data.Records;
using Heed.Tests.Formats;

namespace Heed.Tests.Data.Records;

/// <summary>Records from files of every kind, and what is wrong with those that cannot be used.</summary>
public sealed class RecordFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string File(string name, string content)
    {
        string path = folder[name];
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        if (!name.EndsWith(".gz", StringComparison.Ordinal))
        {
            System.IO.File.WriteAllBytes(path, bytes);
            return path;
        }
        using GZipStream packed = new(System.IO.File.Create(path), CompressionLevel.Fastest);
        packed.Write(bytes);
        return path;
    }

    private static string[] Texts(IEnumerable<DataRecord> records, string template) => [.. records.Select(new RecordText(template).Of)];

    [Theory]
    [InlineData("a.jsonl", "{\"text\": \"so\\n1\", \"n\": 1.50}\n\n{\"n\": true, \"text\": \"zwei\"}")]
    [InlineData("a.jsonl.gz", "\uFEFF{\"text\": \"so\\n1\", \"n\": 1.50}\r\n{\"n\": true, \"text\": \"zwei\"}\r\n")]
    [InlineData("a.csv", "n,text\n1.50,\"so\n1\"\ntrue,zwei\n")]
    [InlineData("a.csv.gz", "\"n\",\"text\"\r\n1.50,\"so\n1\"\r\ntrue,\"zwei\"")]
    public void NamedColumnsAreReadFromEveryKind(string name, string content)
    {
        string path = File(name, content);
        Assert.Equal(["so\n1|1.50", "zwei|true"], Texts(RecordFile.Read(path, ["text"]), "{text}|{n}"));
    }

    [Fact]
    public void ATableWithoutNamesIsReadByPlace()
    {
        Assert.Equal(["b-a", "d-c"], Texts(RecordFile.Read(File("a.tsv", "a\tb\nc\td\n"), ["text"]), "{2}-{1}"));
        Assert.Equal(["b-a", "d-c"], Texts(RecordFile.Read(File("a.csv", "a,b\nc,d\n")), "{2}-{1}"));
        Assert.Equal(["a\tb", "plain"], Texts(RecordFile.Read(File("a.txt", " a\tb\n\nplain\n")), "text"));
    }

    [Fact]
    public void AListIsJoinedByLinesAndNothingIsEmpty()
    {
        DataRecord record = RecordFile.Read(File("a.jsonl", "{\"lines\": [\"一\", \"二\"], \"none\": null}")).Single();
        Assert.Equal("{一\n二}", new RecordText("{{{lines}}}{none}").Of(record));
        Assert.Equal(["lines", "none"], new RecordText("{{{lines}}}{none}").Columns);
        RecordException e = Assert.Throws<RecordException>(() => new RecordText("{title}").Of(record));
        Assert.Contains("\"title\" is missing; there are lines, none", e.Message);
    }

    [Theory]
    [InlineData("{text")]
    [InlineData("text}")]
    [InlineData("{}")]
    public void ATemplateWithoutMatchingBracesIsRefused(string template) => Assert.Contains(template, Assert.Throws<FormatException>(() => new RecordText(template)).Message);

    [Fact]
    public void FaultsAreToldWithTheirLineAndPassedOverUpToTheLimit()
    {
        string path = File("bad.jsonl", "{\"text\": \"ok\"}\n{\"text\": \n[1]\n{\"text\": \"\\ud800\"}\n{\"text\": \"end\"}\n");
        List<string> told = [];
        RecordFaults faults = new(3, told.Add);
        Assert.Equal(["ok", "end"], Texts(RecordFile.Read(path, null, faults), "text"));
        Assert.Equal(3, faults.Count);
        Assert.Collection(told, f => Assert.Contains("line 2: not valid JSON", f), f => Assert.Contains("line 3: expected a JSON object, but the line is Array", f), f => Assert.Contains("line 4", f));
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => RecordFile.Read(path, null, new RecordFaults(2)).Count());
        Assert.Contains("line 4", e.Message);
        Assert.Contains("at most 2", e.Message);
        Assert.Contains("line 2", Assert.Throws<InvalidDataException>(() => RecordFile.Read(path).Count()).Message);
    }

    [Fact]
    public void DamagedFilesAreNamed()
    {
        Assert.Throws<FileNotFoundException>(() => RecordFile.Read(folder["none.jsonl"]).Count());
        System.IO.File.WriteAllBytes(folder["latin.txt"], [(byte)'o', (byte)'k', (byte)'\n', 0xE9, (byte)'\n']);
        Assert.Contains("latin.txt, line 2: the line is not UTF-8", Assert.Throws<InvalidDataException>(() => RecordFile.Read(folder["latin.txt"]).Count()).Message);
        System.IO.File.WriteAllBytes(folder["no.jsonl.gz"], [1, 2, 3, 4]);
        Assert.Contains("gzip", Assert.Throws<InvalidDataException>(() => RecordFile.Read(folder["no.jsonl.gz"]).Count()).Message);
        Assert.Contains("line 2: a quote is opened", Assert.Throws<InvalidDataException>(() => RecordFile.Read(File("q.csv", "a,b\n\"c,d\n")).Count()).Message);
        Assert.Contains("line 3: 1 fields, but the first line names 2", Assert.Throws<InvalidDataException>(() => RecordFile.Read(File("f.csv", "a,b\n1,2\n3\n"), ["a"]).Count()).Message);
    }

    [Fact]
    public void CsvGivesEveryTableBack()
    {
        Gen<string> field = Gen.Char["ab \",;\n\t漢"].Array[0, 6].Select(c => new string(c));
        field.Array[2].Array[1, 5].Sample(rows =>
        {
            StringBuilder csv = new("x,y\n");
            foreach (string[] row in rows) csv.Append(string.Join(',', row.Select(f => $"\"{f.Replace("\"", "\"\"", StringComparison.Ordinal)}\""))).Append('\n');
            Assert.Equal(rows, RecordFile.Read(File("t.csv", csv.ToString()), ["x"]).Select(r => (string[])[r.Text("x"), r.Text("y")]));
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void LongLinesAndManyLinesAreRead()
    {
        string[] lines = [.. Enumerable.Range(0, 50).Select(i => new string((char)('a' + i % 26), i * i * 80))];
        Assert.Equal(lines.Where(l => l.Length > 0), Texts(RecordFile.Read(File("long.txt", string.Join('\n', lines))), "text"));
    }
}
