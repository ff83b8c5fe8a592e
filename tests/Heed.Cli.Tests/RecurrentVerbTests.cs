using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;

namespace Heed.Cli.Tests;

/// <summary>Recurrent models, tables and comparisons by the real command.</summary>
public sealed class RecurrentVerbTests
{
    [Fact]
    public void ARecurrentModelIsTrainedWritesAndIsMeasured()
    {
        using Folder folder = new();
        string recipe = folder.Recipe("\"steps\": 6, \"family\": \"lstm\"", data: "\"tokenizer\": \"words\""), run = folder["run"];
        Cli.Run("train", recipe, "--output", run, "--quiet").Good();
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "config.json")));
        Assert.Equal("heed_lstm", config.RootElement.GetProperty("model_type").GetString());

        using JsonDocument text = JsonDocument.Parse(Cli.Run("generate", run, "1 green", "--greedy", "--max-tokens", "5", "--json").Good().Out);
        Assert.Equal(5, text.RootElement.GetProperty("tokens").GetArrayLength());
        using JsonDocument next = JsonDocument.Parse(Cli.Run("next", run, "1 green", "--top", "3", "--json").Good().Out);
        Assert.Equal(text.RootElement.GetProperty("tokens")[0].GetProperty("id").GetInt32(), next.RootElement.GetProperty("tokens")[0].GetProperty("id").GetInt32());
        using JsonDocument measured = JsonDocument.Parse(Cli.Run("perplexity", run, folder.Write("t.txt", "1 green bottles\n2 green\n"), "--json").Good().Out);
        Assert.Equal(6, measured.RootElement.GetProperty("tokens").GetInt64()); // five words and two line ends, but for the first word
        Cli.Run("perplexity", run, folder["t.txt"], "--stride", "2").Failed("reads the text once");
        Cli.Run("generate", run, "1 green", "--lookup").Failed("recurrent");
    }

    [Fact]
    public void AColumnIsPredictedFromTheOthers()
    {
        using Folder folder = new();
        static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
        string rows = string.Concat(Enumerable.Range(0, 160).Select(i => $"{Number(i % 16)},{(i % 5 == 0 ? "" : Number(i % 7))},{(i % 3 == 0 ? "red" : "\"blue, dark\"")},{Number(10 + 3 * (i % 16) + (i % 3 == 0 ? 20 : 0))}\n"));
        folder.Write("t.csv", "size,age,colour,price\n" + rows);
        folder.Write("r.json", """
            { "data": { "source": "t.csv", "target": "price", "validation_fraction": 0.2, "test_fraction": 0.2, "table": { "exclude": "age" } },
              "algorithm": { "objective": "regression", "family": "tabular", "depth": 1, "width": 16, "batch": 32, "steps": 60, "tabular": { "frequencies": 4, "joint": "size", "joint_frequencies": 4, "members": 2 },
                             "optimizer": { "learning_rate": 0.02 }, "schedule": { "warmup_steps": 2 } }, "compute": {} }
            """);
        using JsonDocument end = JsonDocument.Parse(Cli.Run("train", folder["r.json"], "--output", folder["run"], "--json").Good().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        Assert.True(end.RootElement.GetProperty("test_r2").GetDouble() > 0.7, end.RootElement.ToString());
        Assert.True(end.RootElement.GetProperty("test_linear_regression_rmse").GetDouble() < 1e-3); // the price is a plane over size and colour

        using JsonDocument figures = JsonDocument.Parse(Cli.Run("predict", folder["run"], folder["t.csv"], "--output", folder["p.csv"], "--json").Good().Out);
        Assert.Equal(160, figures.RootElement.GetProperty("rows").GetInt32());
        string[] lines = File.ReadAllLines(folder["p.csv"]);
        Assert.Equal("price", lines[0]);
        double[] truth = [.. Enumerable.Range(0, 160).Select(i => 10.0 + 3 * (i % 16) + (i % 3 == 0 ? 20 : 0))];
        double error = Math.Sqrt(lines[1..].Select((line, i) => Math.Pow(double.Parse(line, CultureInfo.InvariantCulture) - truth[i], 2)).Average());
        Assert.Equal(error, figures.RootElement.GetProperty("rmse").GetDouble(), 1e-4);
        Cli.Run("predict", folder["run"], folder.Write("bad.csv", "size,hue\n1,red\n")).Failed("no column \"colour\"");
    }

    [Fact]
    public void FamiliesOfOneSizeAreComparedInOnePicture()
    {
        using Folder folder = new();
        string recipe = folder.Recipe("\"steps\": 5");
        using JsonDocument result = JsonDocument.Parse(Cli.Run("compare", recipe, "--set", "algorithm.width=64", "--families", "lstm,gpt2", "--minutes", "0.0001", "--recall-minutes", "0.0001", "--output", folder["c"], "--json").Good().Out);
        JsonElement[] families = [.. result.RootElement.GetProperty("families").EnumerateArray()];
        long[] sizes = [.. families.Select(f => f.GetProperty("parameters").GetInt64())];
        Assert.InRange(sizes[0], 0.98 * sizes[1], 1.02 * sizes[1]);
        foreach (JsonElement family in families)
        {
            Assert.Equal([8, 16, 32, 64, 128, 256], family.GetProperty("recall").EnumerateArray().Select(r => r.GetProperty("distance").GetInt32()));
            Assert.True(family.GetProperty("validation_loss").GetDouble() > 0);
        }
        XDocument picture = XDocument.Load(Path.Combine(folder["c"], "comparison.svg"));
        Assert.Equal(2, picture.Descendants().Count(e => e.Name.LocalName == "rect"));
        Cli.Run("compare", folder.Recipe("\"family\": \"lstm\"")).Failed("Transformer");
    }
}
