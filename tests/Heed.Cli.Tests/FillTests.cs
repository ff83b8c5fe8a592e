using System.Text.Json;

namespace Heed.Cli.Tests;

/// <summary>heed fill.</summary>
[Collection("tiny model")]
public sealed class FillTests(TinyModel tiny) : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Data_fills_blanks_and_nothing_else_changes()
    {
        string template = folder.Write("letter.txt", "Dear {{name}},\n\\{{x}} {x}  {{ two words }}\t{{name}}!\r\nend");
        string data = folder.Write("data.json", """{"name":"Ann {{y}}","two words":1.50,"more":[]}""");
        Assert.Equal("Dear Ann {{y}},\n{{x}} {x}  1.50\tAnn {{y}}!\r\nend", Cli.Run("fill", template, "--data", data).Good().Out);
    }

    [Fact]
    public void Each_record_is_a_text()
    {
        string template = folder.Write("t.txt", "{{a}}-{{b}}");
        string csv = folder.Write("d.csv", "a,b\r\n1,\"x, \"\"y\"\"\"\r\n\n2,z\n"), lines = folder.Write("d.jsonl", "{\"a\":1,\"b\":\"x\"}\n\n{\"a\":2,\"b\":\"y\"}\n");
        Assert.Equal("1-x, \"y\"\n2-z\n", Cli.Run("fill", template, "--data", csv).Good().Out);
        Assert.Equal("", Cli.Run("fill", template, "--data", lines, "--output", folder["out-{n}.txt"]).Good().Out);
        Assert.Equal(("1-x", "2-y"), (File.ReadAllText(folder["out-1.txt"]), File.ReadAllText(folder["out-2.txt"])));
        Outcome json = Cli.RunWith("{\"a\":\"é\",\"b\":0}\n", "fill", template, "--data", "-", "--json").Good();
        Assert.Equal("é-0", JsonDocument.Parse(json.Out).RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public void A_model_fills_within_the_bounds()
    {
        string template = folder.Write("t.txt", "take {{n:regex=[3-6]}} {{w:choice=down|wall}}");
        JsonElement root = JsonDocument.Parse(Cli.Run("fill", template, "--model", tiny.Model, "--json").Good().Out).RootElement;
        JsonElement[] values = [.. root.GetProperty("values").EnumerateArray()];
        Assert.Equal($"take {values[0].GetProperty("value").GetString()} {values[1].GetProperty("value").GetString()}", root.GetProperty("text").GetString());
        Assert.Matches("^take [3-6] (down|wall)$", root.GetProperty("text").GetString()!);
        Assert.All(values, v => Assert.InRange(v.GetProperty("probability").GetDouble(), 1e-3, 1));
        Assert.All(values, v => Assert.Equal("model", v.GetProperty("source").GetString()));
        // Data goes before the model.
        string data = folder.Write("d.json", """{"n":5}""");
        Assert.StartsWith("take 5 ", Cli.Run("fill", template, "--data", data, "--model", tiny.Model, "--temperature", "1", "--seed", "4").Good().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_is_said_with_line_and_column()
    {
        Failed("a\n {{name}}", "line 2, column 2", "'name' is not in the data");
        Failed("a {{n:schema={\"not\":1}}}", "line 1, column 3", "#/not");
        Failed("a {{x}} {{n:choice=a|b}}", "line 1, column 9", "does not allow the value 'c'", "{\"x\":1,\"n\":\"c\"}");
        Cli.Run("fill", folder.Write("t.txt", "x"), "--data", folder.Write("d.csv", "a,b\n1\n")).Failed("row 2 has 1 fields");
        Cli.Run("fill", folder["t.txt"], "--temperature", "-1").Misused("--temperature");
        Cli.Run("fill", folder.Write("t.txt", "a{{x:max=3}}{{y:max=3}}"), "--model", tiny.Model).Failed("need text between them");

        void Failed(string template, string place, string words, string data = "{}")
        {
            Outcome outcome = Cli.Run("fill", folder.Write("t.txt", template), "--data", folder.Write("d.json", data));
            outcome.Failed(words);
            Assert.Contains(place, outcome.Error, StringComparison.Ordinal);
        }
    }
}
